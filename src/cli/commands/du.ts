/**
 * `dipper du`: where the bytes are.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { UsageBy } from "../../objects/browse/usage.ts";
import { examples, type Run } from "../command.ts";
import { columns } from "../lines.ts";
import { explained, openTarget } from "../target.ts";

interface DuFlags {
  readonly by: UsageBy;
  readonly depth: number;
  readonly bytes: boolean;
}

/** Adds the command. */
export function registerDu(program: Command, run: Run): void {
  program.command("du")
    .summary("sizes by prefix, storage class or type")
    .description(
      "Sums the objects under an address or of a pattern, the largest group first. Old versions " +
        "and unfinished uploads are not in it: see versions list and uploads list.",
    )
    .argument("[uri]", "s3://BUCKET[/PREFIX], a pattern, or a prefix in the default bucket")
    .addOption(
      new Option("--by <what>", "what the sums are by").choices(["prefix", "class", "type"])
        .default("prefix"),
    )
    .option("--depth <levels>", "levels of prefixes that are told apart", parseDepth, 1)
    .option("--bytes", "exact sizes", false)
    .addHelpText(
      "after",
      examples(
        "dipper du s3://demo",
        "dipper du s3://demo --by type",
        "dipper du s3://demo --json",
      ),
    )
    .action(run(async (invocation, uri: string | undefined, flags: DuFlags) => {
      const { isGlob } = await import("../../objects/browse/glob.ts");
      const { walkGlob, walkPrefix } = await import("../../objects/browse/walk.ts");
      const { sumUsage } = await import("../../objects/browse/usage.ts");
      const target = await openTarget(invocation, uri, "any");
      const { store, bucket, key, signal } = target;
      const walk = isGlob(key) ? walkGlob : walkPrefix;
      const base = key.slice(0, isGlob(key) ? key.search(/[*?[{\\]/) : key.length);
      const folder = base.slice(0, base.lastIndexOf("/") + 1);
      const { total, groups } = await explained(
        target,
        () => sumUsage(walk(store, bucket, key, { signal }), { ...flags, base: folder }),
      );
      if (invocation.flags.json) {
        return await invocation.printJson({ uri: target.uri, by: flags.by, ...total, groups });
      }
      const { formatBytes, formatCount } = await import("../../show/human.ts");
      const { visible } = await import("../../show/text.ts");
      const size = (bytes: number) => flags.bytes ? String(bytes) : formatBytes(bytes);
      const name = (text: string) =>
        flags.by !== "prefix" ? text : `s3://${bucket}/${visible(text)}`;
      const rows = [
        ...groups.map((group) => [size(group.bytes), formatCount(group.objects), name(group.name)]),
        [size(total.bytes), formatCount(total.objects), "total"],
      ];
      await invocation.print(columns(rows, ["right", "right", "left"]));
    }));
}

function parseDepth(text: string): number {
  const levels = Number(text);
  if (Number.isInteger(levels) && levels >= 0) return levels;
  throw new InvalidArgumentError("Write a number of levels.");
}
