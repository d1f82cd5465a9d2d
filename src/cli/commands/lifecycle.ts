/**
 * `dipper lifecycle`: what a bucket removes by itself.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import { UsageError } from "../../errors.ts";
import type { LifecycleRule } from "../../objects/lifecycle/rules.ts";
import type { RuleForecast } from "../../objects/lifecycle/forecast.ts";
import { agreed, say } from "../careful.ts";
import type { Run } from "../command.ts";
import { commandGroup } from "../group.ts";
import type { Invocation } from "../invocation.ts";
import { type CommandTarget, openTarget } from "../target.ts";
import { formatQuantity } from "../../show/human.ts";

interface RuleFlags {
  readonly file?: string;
  readonly id?: string;
  readonly prefix?: string;
  readonly expire?: number;
  readonly oldVersions?: number;
  readonly keepVersions?: number;
  readonly unfinished?: number;
  readonly transition: readonly { readonly days: number; readonly storageClass: string }[];
}

/** Adds the commands. */
export function registerLifecycle(program: Command, run: Run): void {
  const group = commandGroup(program, run, {
    name: "lifecycle",
    summary: "what a bucket removes by itself",
    description:
      "Shows, tests and sets the rules by which the service removes or moves what is old. Days are " +
      "counted from the writing, to the next midnight UTC.",
    examples: [
      "dipper lifecycle set s3://demo --prefix tmp/ --expire 30d --yes",
      "dipper lifecycle set s3://demo --old-versions 90d --unfinished 7d --yes",
      "dipper lifecycle show s3://demo",
      "dipper lifecycle test s3://demo --days 60",
      "dipper lifecycle remove s3://demo --yes",
    ],
  });
  group.command("show")
    .description("Says in words what is deleted and moved when; with --json, the rules themselves.")
    .argument("[bucket]", "s3://BUCKET")
    .action(run(async (invocation, argument: string | undefined) => {
      const { getLifecycle } = await import("../../objects/lifecycle/rules.ts");
      const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
      const rules = await getLifecycle(store, bucket, signal);
      if (invocation.flags.json) return await invocation.printJson({ Rules: rules });
      if (rules.length === 0) invocation.notice(`s3://${bucket} has no lifecycle rules`);
      else await invocation.print(await wordsOf(rules));
    }));
  ruleFlags(
    group.command("test")
      .description(
        "Lists the bucket and says what the rules that are set, or those of the flags, would remove " +
          "at their next run and in the days to come. Changes nothing.",
      )
      .argument("[bucket]", "s3://BUCKET"),
  )
    .option("--days <count>", "how far to look ahead", days, 30)
    .action(
      run(async (invocation, argument: string | undefined, flags: RuleFlags & { days: number }) => {
        const { getLifecycle } = await import("../../objects/lifecycle/rules.ts");
        const target = await openTarget(invocation, argument, "bucket");
        const rules = await givenRules(flags) ??
          await getLifecycle(target.store, target.bucket, target.signal);
        const forecasts = await forecast(target, rules, flags.days);
        if (invocation.flags.json) await invocation.printJson(forecasts);
        else await invocation.print(await forecastText(forecasts, flags.days));
      }),
    );
  ruleFlags(
    group.command("set")
      .description(
        "Sets one rule by flags, beside those that there are (one of the same id is replaced), or " +
          "all rules by a file. Says first what they will delete, and asks.",
      )
      .argument("[bucket]", "s3://BUCKET"),
  )
    .option("--yes", "do not ask", false)
    .action(
      run(async (invocation, argument: string | undefined, flags: RuleFlags & { yes: boolean }) => {
        await set(invocation, await openTarget(invocation, argument, "bucket"), flags);
      }),
    );
  group.command("remove")
    .description("Removes all rules, or the one of an id.")
    .argument("[bucket]", "s3://BUCKET")
    .option("--id <name>", "that rule alone")
    .option("--yes", "do not ask", false)
    .action(
      run(async (
        invocation,
        argument: string | undefined,
        flags: { id?: string; yes: boolean },
      ) => {
        const { getLifecycle, setLifecycle } = await import("../../objects/lifecycle/rules.ts");
        const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
        const rules = await getLifecycle(store, bucket, signal);
        const left = flags.id === undefined ? [] : rules.filter(({ ID }) => ID !== flags.id);
        const gone = rules.length - left.length;
        if (flags.id !== undefined && gone === 0) {
          throw new UsageError(`s3://${bucket} has no lifecycle rule ${flags.id}`, {
            hint: `There are: ${rules.map(({ ID }) => ID).join(", ") || "none"}.`,
          });
        }
        if (gone > 0) {
          await agreed(
            invocation,
            `remove ${formatQuantity(gone, "lifecycle rule")} of s3://${bucket}`,
            flags,
          );
          await setLifecycle(store, bucket, left, signal);
        }
        if (invocation.flags.json) await invocation.printJson({ Rules: left });
        else {await say(
            invocation,
            `removed ${formatQuantity(gone, "lifecycle rule")} of s3://${bucket}`,
          );}
      }),
    );
}

function ruleFlags(command: Command): Command {
  return command
    .option("--file <path>", "rules in XML or JSON, instead of flags")
    .option("--prefix <prefix>", "only keys that begin so")
    .option("--expire <age>", "delete objects of this age", days)
    .option("--old-versions <age>", "delete versions that were replaced so long ago", days)
    .option("--keep-versions <count>", "but keep so many of each key", whole)
    .option("--unfinished <age>", "abort uploads that began so long ago", days)
    .option("--transition <age:class>", "move to a storage class, as 30d:GLACIER", transition, [])
    .option("--id <name>", "of the rule; made from the prefix unless told");
}

async function givenRules(flags: RuleFlags): Promise<LifecycleRule[] | undefined> {
  const { lifecycleRule, readLifecycle } = await import("../../objects/lifecycle/rules.ts");
  if (flags.file !== undefined) {
    const { readSettingsFile } = await import("../settings_file.ts");
    return readLifecycle(await readSettingsFile(flags.file));
  }
  const says = flags.expire ?? flags.oldVersions ?? flags.unfinished ?? flags.transition[0];
  if (says === undefined) return undefined;
  return [lifecycleRule({
    id: flags.id,
    prefix: flags.prefix,
    expireDays: flags.expire,
    oldVersionDays: flags.oldVersions,
    keepVersions: flags.keepVersions,
    unfinishedDays: flags.unfinished,
    transitions: flags.transition,
  })];
}

async function set(
  invocation: Invocation,
  target: CommandTarget,
  flags: RuleFlags & { readonly yes: boolean },
): Promise<void> {
  const { getLifecycle, mergeRules, setLifecycle } = await import(
    "../../objects/lifecycle/rules.ts"
  );
  const { store, bucket, signal } = target;
  const given = await givenRules(flags);
  if (given === undefined) {
    throw new UsageError("no rule was given", {
      hint: "Say --expire, --old-versions, --unfinished, --transition or --file.",
    });
  }
  const before = await getLifecycle(store, bucket, signal);
  const rules = flags.file === undefined ? mergeRules(before, given) : given;
  const forecasts = await forecast(target, given, AHEAD);
  if (!invocation.flags.json && !invocation.flags.quiet) {
    await invocation.host.stderr.write(
      await wordsOf(given) + await forecastText(forecasts, AHEAD),
    );
  }
  const going = forecasts.flatMap(({ removals }) => removals)
    .reduce((sum, { now }) => sum + now.count, 0);
  const replaced = flags.file === undefined ? 0 : before.length;
  const also = replaced === 0 ? "" : ` instead of ${replaced} that there are`;
  await agreed(
    invocation,
    `set ${formatQuantity(given.length, "lifecycle rule")} of s3://${bucket}${also}, deleting ` +
      `${formatQuantity(going, "thing")} at the next run`,
    { yes: flags.yes || (going === 0 && replaced === 0 && !deletes(given)) },
  );
  await setLifecycle(store, bucket, rules, signal);
  if (invocation.flags.json) await invocation.printJson({ Rules: rules, forecasts });
  else {await say(
      invocation,
      `set ${formatQuantity(given.length, "lifecycle rule")} of s3://${bucket}`,
    );}
}

/** Days that are looked ahead before rules are set. */
const AHEAD = 30;

function deletes(rules: readonly LifecycleRule[]): boolean {
  return rules.some(({ Expiration, NoncurrentVersionExpiration }) =>
    (Expiration ?? NoncurrentVersionExpiration) !== undefined
  );
}

async function forecast(
  { store, bucket, signal }: CommandTarget,
  rules: readonly LifecycleRule[],
  days: number,
): Promise<RuleForecast[]> {
  const { forecastLifecycle } = await import("../../objects/lifecycle/forecast.ts");
  const { versionListing } = await import("../../objects/versions/list.ts");
  const { versioningOf } = await import("../../objects/versions/state.ts");
  const { listUploads } = await import("../../objects/uploads.ts");
  const keepsVersions = await versioningOf(store, bucket, signal) !== "off";
  return await forecastLifecycle(rules, {
    versions: versionListing(store, bucket, keepsVersions ? "versions" : "objects", signal),
    uploads: listUploads(store, bucket, { signal }),
    keepsVersions,
  }, { now: new Date(), days });
}

async function wordsOf(rules: readonly LifecycleRule[]): Promise<string> {
  const { lifecycleWords } = await import("../../objects/lifecycle/words.ts");
  const { visible } = await import("../../show/text.ts");
  return rules.map((rule) =>
    `${visible(rule.ID ?? "(no id)")}\n` +
    lifecycleWords(rule).map((line) => `  ${visible(line)}\n`).join("")
  ).join("");
}

async function forecastText(forecasts: readonly RuleForecast[], days: number): Promise<string> {
  const { formatBytes, formatCount } = await import("../../show/human.ts");
  const { visible } = await import("../../show/text.ts");
  const lines = forecasts.flatMap(({ rule, removals, atMost }) => {
    const name = visible(rule.ID ?? "(no id)");
    if (removals.length === 0) return [`${name}: nothing goes in ${days} days`];
    return removals.flatMap(({ what, now, soon, examples }) => [
      `${name}: ${atMost ? "at most " : ""}${formatCount(now.count)} ${what} ` +
      `(${formatBytes(now.bytes)}) at the next run, ${formatCount(soon.count)} ` +
      `(${formatBytes(soon.bytes)}) within ${days} days`,
      `  such as ${examples.map(visible).join(", ")}`,
    ]);
  });
  return lines.map((line) => `${line}\n`).join("");
}

function days(text: string): number {
  const match = /^(\d+)\s*(d|days?|w|weeks?|y|years?)?$/i.exec(text.trim());
  if (match === null || Number(match[1]) < 1) {
    throw new InvalidArgumentError("Write whole days: 30d, 4w or 1y.");
  }
  const unit = (match[2] ?? "d")[0].toLowerCase();
  return Number(match[1]) * ({ d: 1, w: 7, y: 365 }[unit] ?? 1);
}

function whole(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("Write a whole number.");
}

function transition(
  text: string,
  before: RuleFlags["transition"],
): RuleFlags["transition"] {
  const at = text.lastIndexOf(":");
  if (at < 1) throw new InvalidArgumentError("Write age:class, as 30d:GLACIER.");
  return [...before, { days: days(text.slice(0, at)), storageClass: text.slice(at + 1) }];
}
