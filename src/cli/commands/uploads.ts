/**
 * `dipper uploads`: unfinished multipart uploads.
 *
 * @module
 */
import type { Command } from "commander";
import type { UploadRecord } from "../../objects/unfinished/resume.ts";
import type { UploadSize } from "../../objects/unfinished/sizes.ts";
import { agreed, say } from "../careful.ts";
import type { Run } from "../command.ts";
import type { ExitCode } from "../exit_codes.ts";
import { commandGroup } from "../group.ts";
import type { Invocation } from "../invocation.ts";
import { JsonArray } from "../json_array.ts";
import { dateText, Lines } from "../lines.ts";
import { type CommandTarget, openTarget } from "../target.ts";

/** Adds the commands. */
export function registerUploads(program: Command, run: Run): void {
  const group = commandGroup(program, run, {
    name: "uploads",
    summary: "unfinished uploads: list, go on, abort",
    description:
      "Parts of uploads that were never completed are in no listing, but are stored and paid for. " +
      "To have them removed by the service: dipper lifecycle set --unfinished 7d.",
    examples: [
      "dipper uploads list s3://demo",
      "dipper uploads resume s3://demo",
      "dipper uploads abort s3://demo --older 7d --yes",
    ],
  });
  group.command("list")
    .description(
      "Lists them with what has arrived of each, and the file on this machine that it can go on with.",
    )
    .argument("[uri]", "s3://BUCKET[/PREFIX]")
    .option("--older <age>", "begun before: 7d, 12h, or a date")
    .action(run(async (invocation, uri: string | undefined, flags: { older?: string }) => {
      const target = await openTarget(invocation, uri, "any");
      await print(invocation, target, await unfinished(target, flags.older));
    }));
  group.command("resume")
    .description(
      "Goes on with those under an address that dipper cp, mv or sync began on this machine and that " +
        "were cut short, as long as their files are as they were. What has arrived is not sent again.",
    )
    .argument("[uri]", "s3://BUCKET[/PREFIX]")
    .option("-n, --dry-run", "print what would go on, do nothing", false)
    .action(run(resumeCommand));
  group.command("abort")
    .description(
      "Aborts those under an address that are older than told, or all with --older 0s. Says how " +
        "many and how much, and asks.",
    )
    .argument("[uri]", "s3://BUCKET[/PREFIX]")
    .requiredOption("--older <age>", "begun before: 7d, 12h, or a date")
    .option("--yes", "do not ask", false)
    .action(
      run(async (invocation, uri: string | undefined, flags: { older: string; yes: boolean }) => {
        const { abortUpload } = await import("../../objects/unfinished/sizes.ts");
        const { formatBytes, formatQuantity } = await import("../../show/human.ts");
        const target = await openTarget(invocation, uri, "any");
        const uploads = await Array.fromAsync(await unfinished(target, flags.older));
        const bytes = uploads.reduce((sum, each) => sum + each.bytes, 0);
        const much = `${formatQuantity(uploads.length, "unfinished upload")} ` +
          `(${formatBytes(bytes)})`;
        if (uploads.length > 0) {
          await agreed(invocation, `abort ${much} of ${target.uri}`, flags);
          for (const upload of uploads) {
            await abortUpload(target.store, target.bucket, upload, target.signal);
          }
        }
        if (!invocation.flags.json) return await say(invocation, `aborted ${much}`);
        await invocation.printJson({ aborted: uploads.length, bytes, uploads });
      }),
    );
}

async function resumeCommand(
  invocation: Invocation,
  uri: string | undefined,
  { dryRun }: { readonly dryRun: boolean },
): Promise<ExitCode> {
  const { resumeUploads } = await import("../../objects/unfinished/resume.ts");
  const { TransferReport } = await import("../transfer_report.ts");
  const target = await openTarget(invocation, uri, "any");
  using report = await TransferReport.open(invocation, "each");
  const { signal, stores } = target;
  const options = { dryRun, signal, onEvent: report.take };
  return await report.end(await resumeUploads(stores, target.uri, options));
}

async function unfinished(
  { store, bucket, key, signal }: CommandTarget,
  older: string | undefined,
): Promise<AsyncGenerator<UploadSize>> {
  const { unfinishedUploads } = await import("../../objects/unfinished/sizes.ts");
  const { parseMoment } = await import("../../objects/browse/duration.ts");
  const now = new Date();
  const moment = older === undefined ? undefined : parseMoment(older, "--older", now);
  // Services round to the second: what began in this one is before now.
  const before = moment !== undefined && moment >= now ? new Date(now.getTime() + 1000) : moment;
  return unfinishedUploads(store, bucket, { prefix: key, before, signal });
}

async function print(
  invocation: Invocation,
  { store, bucket }: CommandTarget,
  uploads: AsyncIterable<UploadSize>,
): Promise<void> {
  const { UploadRecords } = await import("../../objects/unfinished/resume.ts");
  const records = new UploadRecords();
  const { visible } = await import("../../show/text.ts");
  const { formatBytes, formatQuantity } = await import("../../show/human.ts");
  const json = invocation.flags.json ? new JsonArray(invocation.host.stdout) : undefined;
  const lines = new Lines(invocation);
  let [count, bytes] = [0, 0];
  for await (const upload of uploads) {
    count++;
    bytes += upload.bytes;
    const record = records.of({ store, bucket, key: upload.key }, upload);
    if (json !== undefined) await json.add({ ...upload, record });
    else {
      const size = `${formatBytes(upload.bytes).padStart(9)}  ${
        formatQuantity(upload.parts, "part").padStart(10)
      }`;
      await lines.add(
        `${dateText(upload.initiated)}  ${size}  ${visible(upload.key)}  ${upload.uploadId}` +
          recordText(record, visible),
      );
    }
  }
  await lines.end();
  await json?.end();
  await say(invocation, `${formatQuantity(count, "unfinished upload")}, ${formatBytes(bytes)}`);
}

/** What is known here of an upload, at the end of its line. */
function recordText(
  record: UploadRecord | undefined,
  visible: (text: string) => string,
): string {
  if (record === undefined) return "";
  const { from, obstacle } = record;
  return `  ${obstacle === undefined ? "can go on" : "cannot go on"}: ${visible(from)}` +
    (obstacle === undefined ? "" : ` (${obstacle})`);
}
