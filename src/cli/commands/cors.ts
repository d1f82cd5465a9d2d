/**
 * `dipper cors`: which web pages may read a bucket.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { UsageError } from "../../errors.ts";
import { CORS_PRESETS, type CORSRule } from "../../objects/cors/cors.ts";
import type { PreflightAnswer } from "../../objects/cors/preflight.ts";
import { say } from "../careful.ts";
import type { Run } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { commandGroup } from "../group.ts";
import type { Invocation } from "../invocation.ts";
import { type CommandTarget, openTarget } from "../target.ts";
import { formatQuantity } from "../../show/human.ts";

interface SetFlags {
  readonly preset?: typeof CORS_PRESETS[number];
  readonly origin: readonly string[];
  readonly file?: string;
}

interface CheckFlags {
  readonly origin: string;
  readonly method: string;
  readonly header: readonly string[];
}

/** Adds the commands. */
export function registerCors(program: Command, run: Run): void {
  const group = commandGroup(program, run, {
    name: "cors",
    summary: "which web pages may read a bucket",
    description:
      "Shows, sets and checks the rules by which browsers let web pages of other sites use a bucket. " +
      "They give nobody a right: who may read is said by policy and ACL.",
    examples: [
      "dipper cors set s3://demo --preset read-from-browser --origin https://maps.example.org",
      "dipper cors show s3://demo",
      "dipper cors check s3://demo --origin https://maps.example.org",
      "dipper cors remove s3://demo",
    ],
  });
  group.command("show")
    .description("Shows the rules, in the form that set --file takes.")
    .argument("[bucket]", "s3://BUCKET")
    .action(run(async (invocation, argument: string | undefined) => {
      const { getCors } = await import("../../objects/cors/cors.ts");
      const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
      const rules = await getCors(store, bucket, signal);
      if (rules.length === 0) invocation.notice(`s3://${bucket} has no CORS rules`);
      if (invocation.flags.json) return await invocation.printJson(rules);
      if (rules.length > 0) await invocation.print(JSON.stringify(rules, undefined, 2) + "\n");
    }));
  group.command("set")
    .description(
      "Sets the rules, by a preset or by a file (XML, the console's list, or the form of the API); " +
        "those that were there are gone. Asks with a real preflight whether they work.",
    )
    .argument("[bucket]", "s3://BUCKET")
    .addOption(new Option("--preset <name>", "ready rules").choices([...CORS_PRESETS]))
    .option("--origin <origin>", "for a preset: pages of this site, again for each", collect, [])
    .option("--file <path>", "rules of your own")
    .action(run(async (invocation, argument: string | undefined, flags: SetFlags) => {
      const { setCors } = await import("../../objects/cors/cors.ts");
      const rules = await rulesOf(flags);
      const target = await openTarget(invocation, argument, "bucket");
      await setCors(target.store, target.bucket, rules, target.signal);
      const seen = await checkRule(target, rules[0]);
      if (invocation.flags.json) await invocation.printJson({ rules, preflight: seen });
      else {await say(
          invocation,
          `set ${formatQuantity(rules.length, "CORS rule")} of s3://${target.bucket}`,
        );}
      if (seen !== undefined && !seen.allowed) {
        invocation.notice(`a preflight is still refused: ${seen.why}; it may take a minute`);
      }
    }));
  group.command("remove")
    .description("Removes all rules.")
    .argument("[bucket]", "s3://BUCKET")
    .action(run(async (invocation, argument: string | undefined) => {
      const { setCors } = await import("../../objects/cors/cors.ts");
      const { store, bucket, signal } = await openTarget(invocation, argument, "bucket");
      await setCors(store, bucket, [], signal);
      if (invocation.flags.json) await invocation.printJson([]);
      else await say(invocation, `removed the CORS rules of s3://${bucket}`);
    }));
  group.command("check")
    .description("Asks the service as a browser does, and exits with 4 when a page may not.")
    .argument("[uri]", "s3://BUCKET[/KEY]")
    .requiredOption("--origin <origin>", "site of the page, as https://maps.example.org")
    .option("--method <name>", "what the page does", "GET")
    .option("--header <name>", "header that it sends, again for each", collect, [])
    .action(run(async (invocation, argument: string | undefined, flags: CheckFlags) => {
      const { preflight } = await import("../../objects/cors/preflight.ts");
      const { store, bucket, key, signal } = await openTarget(invocation, argument, "any");
      const answer = await preflight(store, { bucket, key: key || "any" }, {
        origin: flags.origin,
        method: flags.method.toUpperCase(),
        headers: flags.header,
        signal,
      });
      await show(invocation, answer, flags);
      return answer.allowed ? EXIT.done : EXIT.permission;
    }));
}

async function rulesOf({ preset, origin, file }: SetFlags): Promise<CORSRule[]> {
  const { corsPreset, readCors } = await import("../../objects/cors/cors.ts");
  if ((preset === undefined) === (file === undefined)) {
    throw new UsageError("say --preset or --file, one of them", {
      hint: `The presets are ${CORS_PRESETS.join(", ")}.`,
    });
  }
  if (preset !== undefined) return corsPreset(preset, origin.length === 0 ? ["*"] : origin);
  const { readSettingsFile } = await import("../settings_file.ts");
  const rules = readCors(await readSettingsFile(file!));
  if (rules.length === 0) {
    throw new UsageError("the file has no rule", { hint: "To remove all: dipper cors remove." });
  }
  return rules;
}

/** A preflight that the rule must let pass; undefined when its origins are patterns. */
async function checkRule(
  { store, bucket, signal }: CommandTarget,
  { AllowedOrigins = [], AllowedMethods = [] }: CORSRule,
): Promise<PreflightAnswer | undefined> {
  const { preflight } = await import("../../objects/cors/preflight.ts");
  const named = AllowedOrigins.find((each) => !each.includes("*"));
  const origin = named ?? (AllowedOrigins.includes("*") ? "https://example.org" : undefined);
  if (origin === undefined) return undefined;
  const request = { origin, method: AllowedMethods[0], signal };
  return await preflight(store, { bucket, key: "any" }, request);
}

async function show(
  invocation: Invocation,
  answer: PreflightAnswer,
  { origin, method }: CheckFlags,
): Promise<void> {
  if (invocation.flags.json) return await invocation.printJson(answer);
  const { visible } = await import("../../show/text.ts");
  const what = `${method.toUpperCase()} from ${origin}`;
  await invocation.print(
    visible(answer.allowed ? `${what} is allowed` : `${what} is not allowed: ${answer.why}`) + "\n",
  );
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
