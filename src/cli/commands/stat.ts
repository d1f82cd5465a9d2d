/**
 * `dipper stat`: what an object is.
 *
 * @module
 */
import type { Command } from "commander";
import type { ObjectStat } from "../../objects/browse/stat.ts";
import { examples, type Run } from "../command.ts";
import type { Invocation } from "../invocation.ts";
import { properties } from "../lines.ts";
import { openTarget } from "../target.ts";

/** Adds the command. */
export function registerStat(program: Command, run: Run): void {
  program.command("stat")
    .summary("headers, metadata and checksum of an object")
    .description(
      "Shows what the service says of one object: size, times, ETag, checksum, storage class, " +
        "version, its headers and its user metadata. One request.",
    )
    .argument("<uri>", "s3://BUCKET/KEY, or a key in the default bucket")
    .option("--version-id <id>", "that version, instead of the latest")
    .addHelpText(
      "after",
      examples(
        "dipper stat s3://demo/nycflights13/airlines.csv",
        "dipper stat s3://demo/nycflights13/airlines.csv --json",
      ),
    )
    .action(run(async (invocation, uri: string, { versionId }: { versionId?: string }) => {
      const { statObject } = await import("../../objects/browse/stat.ts");
      const { store, signal, ...location } = await openTarget(invocation, uri, "object");
      const stat = await statObject(store, location, { versionId, signal });
      if (invocation.flags.json) await invocation.printJson(stat);
      else await print(invocation, stat);
    }));
}

async function print(invocation: Invocation, stat: ObjectStat): Promise<void> {
  const { visible } = await import("../../show/text.ts");
  const { formatBytes, formatCount } = await import("../../show/human.ts");
  const { checksum, size } = stat;
  const parts = stat.parts === undefined ? "" : ` (${stat.parts} parts)`;
  const rows: [string, string | undefined][] = [
    ["size", size < 1000 ? `${size} B` : `${formatCount(size)} B (${formatBytes(size)})`],
    ["modified", stat.lastModified?.toISOString()],
    ["etag", stat.etag === undefined ? undefined : `${stat.etag}${parts}`],
    [
      "checksum",
      checksum && `${checksum.algorithm} ${checksum.value}` +
        (checksum.of === "parts" ? " (of its parts)" : ""),
    ],
    ["version", stat.versionId],
    ["class", stat.storageClass ?? "STANDARD"],
    ["content-type", stat.contentType],
    ["content-encoding", stat.contentEncoding],
    ...Object.entries(stat.headers),
    ...Object.entries(stat.metadata).map(([name, value]): [string, string] => [
      `x-amz-meta-${name}`,
      value,
    ]),
  ];
  const shown = rows.map(([name, value]): [string, string | undefined] => [
    visible(name),
    value === undefined ? undefined : visible(value),
  ]);
  await invocation.print(`${invocation.style.bold(visible(stat.uri))}\n${properties(shown)}`);
}
