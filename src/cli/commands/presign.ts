/**
 * `dipper presign`: addresses that carry a permission.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { UsageError } from "../../errors.ts";
import { say } from "../careful.ts";
import { examples, type Run } from "../command.ts";
import { openTarget } from "../target.ts";

interface PresignFlags {
  readonly put: boolean;
  readonly expires: string;
  readonly versionId?: string;
  readonly download?: string | true;
  readonly contentType?: string;
  readonly responseType?: string;
}

/** Adds the command. */
export function registerPresign(program: Command, run: Run): void {
  program.command("presign")
    .summary("an address that lets anybody read or write one object")
    .description(
      "Prints an address with which anybody may read one object, or write it (--put), for a while. " +
        "Nothing is asked of the service. Seven days are the longest that a signature lasts, and " +
        "with temporary credentials the address ends with them. The curl line goes to standard " +
        "error.",
    )
    .argument("<uri>", "s3://BUCKET/KEY, or a key in the default bucket")
    .option("--expires <span>", "how long: 30m, 2h, 7d", "1h")
    .option("--put", "to write the object instead of reading it", false)
    .option("--version-id <id>", "that version, instead of the latest")
    .addOption(
      new Option("--download [name]", "browsers save it, under that name, instead of showing it"),
    )
    .option("--response-type <type>", "content type that the answer gets")
    .option("--content-type <type>", "with --put: the type that must be sent")
    .addHelpText(
      "after",
      examples(
        "dipper presign s3://demo/nycflights13/airlines.csv --expires 2h",
        "dipper presign s3://demo/new.csv --put --expires 7d --content-type text/csv",
        "dipper presign s3://demo/nycflights13/airlines.csv --download data.csv --json",
      ),
    )
    .action(run(async (invocation, uri: string, flags: PresignFlags) => {
      checkFlags(flags);
      const { curlLine, presign } = await import("../../objects/presign/presign.ts");
      const { parseDuration } = await import("../../objects/browse/duration.ts");
      const { store, signal, ...location } = await openTarget(invocation, uri, "object");
      const name = location.key.slice(location.key.lastIndexOf("/") + 1) || "object";
      const presigned = await presign(store, location, {
        method: flags.put ? "PUT" : "GET",
        expiresIn: parseDuration(flags.expires, "--expires"),
        versionId: flags.versionId,
        contentType: flags.contentType,
        response: {
          contentType: flags.responseType,
          contentDisposition: flags.download === undefined
            ? undefined
            : disposition(flags.download === true ? name : flags.download),
        },
        signal,
      });
      const curl = curlLine(presigned, name);
      if (presigned.warning !== undefined) invocation.notice(presigned.warning);
      if (invocation.flags.json) return await invocation.printJson({ ...presigned, curl });
      await invocation.print(`${presigned.url}\n`);
      await say(invocation, `good until ${presigned.expires.toISOString()}`);
      await say(invocation, curl);
    }));
}

function checkFlags({ put, versionId, download, responseType, contentType }: PresignFlags): void {
  if (put && (versionId ?? download ?? responseType) !== undefined) {
    throw new UsageError("--version-id, --download and --response-type are for reading", {
      hint: "Leave them out, or leave out --put.",
    });
  }
  if (!put && contentType !== undefined) {
    throw new UsageError("--content-type is for --put", {
      hint: "For what the answer gets there is --response-type.",
    });
  }
}

/** `Content-Disposition` of RFC 6266, for names beyond ASCII as well. */
function disposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, "_");
  const extended = plain === name ? "" : `; filename*=UTF-8''${encodeURIComponent(name)}`;
  return `attachment; filename="${plain}"${extended}`;
}
