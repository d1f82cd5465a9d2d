/**
 * `dipper find`: objects by name, size, age and metadata, and a command for each.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import type { FindConditions } from "../../objects/browse/find.ts";
import type { ObjectEntry } from "../../objects/list.ts";
import { examples, type Run } from "../command.ts";
import { fillTemplate, runEach, splitWords } from "../exec_template.ts";
import type { Invocation } from "../invocation.ts";
import { JsonArray } from "../json_array.ts";
import { Lines } from "../lines.ts";
import { type CommandTarget, explained, openTarget } from "../target.ts";

interface FindFlags {
  readonly name?: string;
  readonly path?: string;
  readonly larger?: string;
  readonly smaller?: string;
  readonly older?: string;
  readonly newer?: string;
  readonly class?: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly exec?: string;
  readonly jobs: number;
}

/** Adds the command. */
export function registerFind(program: Command, run: Run): void {
  program.command("find")
    .summary("find objects by name, size, age, metadata")
    .description(
      "Prints the addresses of the objects that meet every condition, or runs a command for each. " +
        "The command is started without a shell: {uri}, {bucket}, {key}, {name}, {size} and {etag} " +
        "stand for the object in its words, whatever characters they hold.",
    )
    .argument("[uri]", "s3://BUCKET[/PREFIX], a pattern, or a prefix in the default bucket")
    .option("--name <pattern>", "the last part of the key, as in '*.csv'")
    .option("--path <pattern>", "the whole key, as in 'raw/**/2013*.csv'")
    .option("--larger <size>", "more bytes than, as in 10MB or 1GiB")
    .option("--smaller <size>", "fewer bytes than")
    .option("--older <age>", "written before: 30d, 12h, or a date as 2026-01-31")
    .option("--newer <age>", "written since")
    .option("--class <name>", "storage class, as in STANDARD")
    .option(
      "--meta <name=pattern>",
      "user metadata, again for each; asks for every object that meets the rest",
      collectMeta,
      {},
    )
    .option("--exec <command>", "run it for each object, as in 'echo {uri}'")
    .option("--jobs <count>", "commands at once", parseJobs, 1)
    .addHelpText(
      "after",
      examples(
        "dipper find s3://demo --name '*.csv' --smaller 1MB",
        "dipper find s3://demo --newer 1h --json",
        "dipper find s3://demo --name '*.parquet' --exec 'echo {size} {uri}'",
      ),
    )
    .action(run(async (invocation, uri: string | undefined, flags: FindFlags) => {
      const words = flags.exec === undefined ? undefined : splitWords(flags.exec);
      const conditions = await conditionsOf(flags);
      const target = await openTarget(invocation, uri, "any");
      const found = await explained(
        target,
        () => Promise.resolve(matching(target, conditions)),
      );
      if (words !== undefined) await execute(invocation, target, await found, words, flags.jobs);
      else await print(invocation, target, await found);
    }));
}

async function matching(
  { store, bucket, key, signal }: CommandTarget,
  conditions: FindConditions,
): Promise<AsyncIterable<ObjectEntry>> {
  const { isGlob } = await import("../../objects/browse/glob.ts");
  const { walkGlob, walkPrefix } = await import("../../objects/browse/walk.ts");
  const { findObjects } = await import("../../objects/browse/find.ts");
  const walk = isGlob(key) ? walkGlob : walkPrefix;
  return findObjects(store, bucket, walk(store, bucket, key, { signal }), conditions, signal);
}

async function conditionsOf(flags: FindFlags): Promise<FindConditions> {
  const { parseMoment } = await import("../../objects/browse/duration.ts");
  const { parseSize } = await import("../../settings.ts");
  const now = new Date();
  const size = (text: string | undefined, what: string) =>
    text === undefined ? undefined : parseSize(text, what);
  const moment = (text: string | undefined, what: string) =>
    text === undefined ? undefined : parseMoment(text, what, now);
  return {
    name: flags.name,
    path: flags.path,
    largerThan: size(flags.larger, "--larger"),
    smallerThan: size(flags.smaller, "--smaller"),
    before: moment(flags.older, "--older"),
    since: moment(flags.newer, "--newer"),
    storageClass: flags.class,
    metadata: flags.meta,
  };
}

async function print(
  invocation: Invocation,
  { bucket }: CommandTarget,
  found: AsyncIterable<ObjectEntry>,
): Promise<void> {
  const { formatS3Uri } = await import("../../store/uri.ts");
  const { visible } = await import("../../show/text.ts");
  const { host, flags } = invocation;
  const json = flags.json ? new JsonArray(host.stdout) : undefined;
  const lines = new Lines(invocation);
  for await (const entry of found) {
    const uri = formatS3Uri({ bucket, key: entry.key });
    if (json !== undefined) await json.add({ ...entry, uri });
    else await lines.add(host.stdout.isTerminal ? visible(uri) : uri);
  }
  await lines.end();
  await json?.end();
}

async function execute(
  invocation: Invocation,
  { bucket }: CommandTarget,
  found: AsyncIterable<ObjectEntry>,
  words: readonly string[],
  jobs: number,
): Promise<void> {
  const { templateValues } = await import("../../objects/browse/find.ts");
  async function* commands() {
    for await (const entry of found) {
      const values = templateValues(bucket, entry);
      yield { name: values.uri, words: fillTemplate(words, values) };
    }
  }
  await runEach(invocation, commands(), jobs);
}

function collectMeta(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Write name=pattern.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function parseJobs(text: string): number {
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs > 0 && jobs <= 64) return jobs;
  throw new InvalidArgumentError("Write a number from 1 to 64.");
}
