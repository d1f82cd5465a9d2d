/**
 * `dipper versions`: what objects were before.
 *
 * @module
 */
import type { Command } from "commander";
import { agreed, say } from "../careful.ts";
import type { Run } from "../command.ts";
import { commandGroup } from "../group.ts";
import type { Invocation } from "../invocation.ts";
import { JsonArray } from "../json_array.ts";
import { columns, dateText, Lines } from "../lines.ts";
import { openTarget } from "../target.ts";

/** Adds the commands. */
export function registerVersions(program: Command, run: Run): void {
  const group = commandGroup(program, run, {
    name: "versions",
    summary: "older versions of objects: list, read, restore",
    description:
      "Switches versioning on and off, lists versions and delete markers, reads, compares and " +
      "restores them. stat, head, cat and presign take --version-id.",
    examples: [
      "dipper versions enable s3://demo",
      "dipper versions list s3://demo/nycflights13/airlines.csv",
      "dipper versions restore s3://demo/nycflights13/airlines.csv",
      "dipper versions status s3://demo --json",
    ],
  });
  addState(group, run);
  addList(group, run);
  addRead(group, run);
  addCompare(group, run);
  addRestore(group, run);
  addRemove(group, run);
}

function addState(group: Command, run: Run): void {
  group.command("status")
    .description("Says whether a bucket keeps versions.")
    .argument("[bucket]", "s3://BUCKET")
    .action(run(async (invocation, argument: string | undefined) => {
      const { versioningOf } = await import("../../objects/versions/state.ts");
      const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
      const versioning = await versioningOf(store, bucket, signal);
      if (invocation.flags.json) await invocation.printJson({ bucket, versioning });
      else await invocation.print(`${versioning}\n`);
    }));
  for (const [name, state, text] of STATES) {
    group.command(name)
      .description(text)
      .argument("[bucket]", "s3://BUCKET")
      .action(run(async (invocation, argument: string | undefined) => {
        const { setVersioning } = await import("../../objects/versions/state.ts");
        const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
        await setVersioning(store, bucket, state, signal);
        if (invocation.flags.json) await invocation.printJson({ bucket, versioning: state });
        else await say(invocation, `versioning of s3://${bucket} is ${state}`);
      }));
  }
}

const STATES = [
  ["enable", "enabled", "Makes a bucket keep what is overwritten or deleted."],
  [
    "suspend",
    "suspended",
    "Makes a bucket keep no further versions; those that there are stay, and are paid for.",
  ],
] as const;

function addList(group: Command, run: Run): void {
  group.command("list")
    .description(
      "Lists every version and delete marker under an address, the newest of a key first; * marks " +
        "the latest. Ends with how much the older ones take.",
    )
    .argument("[uri]", "s3://BUCKET[/PREFIX or KEY]")
    .option("--older", "only what is not the latest", false)
    .action(run(async (invocation, uri: string | undefined, flags: { older: boolean }) => {
      const { listVersions } = await import("../../objects/versions/list.ts");
      const { formatBytes, formatQuantity } = await import("../../show/human.ts");
      const { visible } = await import("../../show/text.ts");
      const { host, flags: { json: asJson } } = invocation;
      const { store, bucket, key, signal } = await openTarget(invocation, uri, "any");
      const json = asJson ? new JsonArray(host.stdout) : undefined;
      const lines = new Lines(invocation);
      let [versions, older, olderBytes, markers] = [0, 0, 0, 0];
      for await (const entry of listVersions(store, bucket, { prefix: key, signal })) {
        if (entry.isMarker) markers++;
        else versions++;
        if (!entry.isLatest && !entry.isMarker) {
          older++;
          olderBytes += entry.size;
        }
        if (flags.older && entry.isLatest) continue;
        if (json !== undefined) {
          await json.add(entry);
          continue;
        }
        const size = entry.isMarker ? "deleted" : formatBytes(entry.size);
        const name = host.stdout.isTerminal ? visible(entry.key) : entry.key;
        await lines.add(
          `${dateText(entry.lastModified)}  ${size.padStart(9)} ` +
            `${entry.isLatest ? "*" : " "}${entry.versionId}  ${name}`,
        );
      }
      await lines.end();
      await json?.end();
      await say(
        invocation,
        `${formatQuantity(versions, "version")}, ${formatQuantity(older, "older one")} of them ` +
          `(${formatBytes(olderBytes)}), ${formatQuantity(markers, "delete marker")}`,
      );
    }));
}

function addRead(group: Command, run: Run): void {
  group.command("read")
    .description("Writes the bytes of one version to standard output.")
    .argument("<uri>", "s3://BUCKET/KEY")
    .requiredOption("--version-id <id>", "as versions list shows it")
    .action(run(async (invocation, uri: string, { versionId }: { versionId: string }) => {
      const { readObject } = await import("../../objects/browse/read.ts");
      const { store, signal, ...location } = await openTarget(invocation, uri, "object");
      for await (const chunk of readObject(store, location, { versionId, signal })) {
        await invocation.host.stdout.write(chunk);
      }
    }));
}

function addCompare(group: Command, run: Run): void {
  group.command("compare")
    .description(
      "Says in what two versions differ, by what the service knows of them: size, ETag, checksum, " +
        "type, metadata. Unless told, the latest and the one before it.",
    )
    .argument("<uri>", "s3://BUCKET/KEY")
    .option("--older <id>", "one version; the one before the latest unless told")
    .option("--newer <id>", "the other; the latest unless told")
    .action(run(async (invocation, uri: string, flags: { older?: string; newer?: string }) => {
      const { compareVersions } = await import("../../objects/versions/restore.ts");
      const { store, signal, ...location } = await openTarget(invocation, uri, "object");
      const found = await compareVersions(store, location, {
        a: flags.older,
        b: flags.newer,
        signal,
      });
      if (invocation.flags.json) return await invocation.printJson(found);
      const { visible } = await import("../../show/text.ts");
      const { older, newer, sameBytes, differs } = found;
      const row = (name: string, of: (stat: typeof older) => unknown) => [
        name,
        visible(String(of(older) ?? "-")),
        visible(String(of(newer) ?? "-")),
        String(of(older)) === String(of(newer)) ? "" : "differs",
      ];
      await invocation.print(columns([
        row("version", (stat) => stat.versionId).with(3, ""),
        row("modified", (stat) => stat.lastModified?.toISOString()).with(3, ""),
        row("size", (stat) => stat.size),
        row("etag", (stat) => stat.etag),
        row("type", (stat) => stat.contentType),
        row("class", (stat) => stat.storageClass ?? "STANDARD"),
        row("metadata", (stat) => JSON.stringify(stat.metadata)),
      ], ["left", "left", "left", "left"]));
      const bytes = { true: "the same bytes", false: "other bytes" }[String(sameBytes)] ??
        "whether the bytes are the same is not known (uploaded in parts)";
      const rest = differs.length === 0 ? "" : `; differs: ${differs.join(", ")}`;
      await invocation.print(`${bytes}${rest}\n`);
    }));
}

function addRestore(group: Command, run: Run): void {
  group.command("restore")
    .description(
      "Makes a version the latest again: by a copy inside the service, or where only delete markers " +
        "are above it, by taking them away. Without an id: what there was before the delete.",
    )
    .argument("<uri>", "s3://BUCKET/KEY")
    .option("--version-id <id>", "as versions list shows it")
    .action(run(async (invocation, uri: string, { versionId }: { versionId?: string }) => {
      const { restoreVersion } = await import("../../objects/versions/restore.ts");
      const { store, signal, ...location } = await openTarget(invocation, uri, "object");
      const restored = await restoreVersion(store, location, { versionId, signal });
      if (invocation.flags.json) return await invocation.printJson(restored);
      const text = {
        copied: `the bytes of ${restored.from} are the latest again`,
        undeleted: `${restored.from} is the latest again: its delete markers are gone`,
        unchanged: `${restored.from} is the latest already`,
      }[restored.how];
      await say(invocation, `${restored.uri}: ${text}`);
    }));
}

function addRemove(group: Command, run: Run): void {
  group.command("remove")
    .description("Removes one version, or one delete marker, for good. Asks first.")
    .argument("<uri>", "s3://BUCKET/KEY")
    .requiredOption("--version-id <id>", "as versions list shows it")
    .option("--yes", "do not ask", false)
    .action(
      run(async (
        invocation: Invocation,
        uri: string,
        flags: { versionId: string; yes: boolean },
      ) => {
        const { versionId } = flags;
        const { removeVersion, versionsOf } = await import("../../objects/versions/restore.ts");
        const { formatBytes } = await import("../../show/human.ts");
        const { NotFoundError } = await import("../../errors.ts");
        const target = await openTarget(invocation, uri, "object");
        const { store, signal } = target;
        const found = (await versionsOf(store, target, signal))
          .find((each) => each.versionId === versionId);
        if (found === undefined) {
          throw new NotFoundError("key", `${target.uri} has no version ${versionId}`, {
            bucket: target.bucket,
            key: target.key,
            hint: `The versions there are: dipper versions list ${target.uri}`,
          });
        }
        const what = found.isMarker ? "delete marker" : `version (${formatBytes(found.size)})`;
        await agreed(
          invocation,
          `remove the ${what} ${versionId} of ${target.uri} for good`,
          flags,
        );
        await removeVersion(store, target, versionId, signal);
        if (invocation.flags.json) await invocation.printJson({ uri: target.uri, removed: found });
        else await say(invocation, `removed ${versionId} of ${target.uri}`);
      }),
    );
}
