/**
 * Commands made from a template and started without a shell, so that no name of an object can become
 * a command or a flag.
 *
 * @module
 */
import { PartialError, UsageError } from "../errors.ts";
import type { Invocation } from "./invocation.ts";

/** A command for one object. */
export interface ObjectCommand {
  /** What it is about, for messages. */
  readonly name: string;
  /** Program and arguments; undefined when the object's name would be taken for a flag. */
  readonly words: readonly string[] | undefined;
}

/**
 * Cuts a template into words as a shell does, with quotes and backslashes and nothing else.
 *
 * @throws {UsageError} when a quote is not closed or there is no word
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (quote !== "" && char === quote) quote = "";
    else if (quote === "" && (char === "'" || char === '"')) {
      quote = char;
      word ??= "";
    } else if (char === "\\" && quote !== "'" && at + 1 < text.length) {
      word = (word ?? "") + text[++at];
    } else if (quote === "" && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== "") throw new UsageError(`the command has an open quote: ${text}`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new UsageError("the command is empty");
  return words;
}

/**
 * The words with `{name}` replaced by its value; undefined when a value at a word's beginning starts
 * with a hyphen, which programs take for a flag.
 *
 * @throws {UsageError} when the template names something that there is not
 */
export function fillTemplate(
  words: readonly string[],
  values: Readonly<Record<string, string>>,
): readonly string[] | undefined {
  let isFlag = false;
  const filled = words.map((word, index) =>
    word.replace(/\{(\w+)\}/g, (whole, name: string, at: number) => {
      if (!Object.hasOwn(values, name)) {
        throw new UsageError(`the command names ${whole}, which there is not`, {
          hint: `There are ${Object.keys(values).map((each) => `{${each}}`).join(", ")}.`,
        });
      }
      if (index > 0 && at === 0 && values[name].startsWith("-")) isFlag = true;
      return values[name];
    })
  );
  return isFlag ? undefined : filled;
}

/**
 * Runs the commands, `jobs` at once; their output goes where ours does, in whole pieces.
 *
 * @throws {PartialError} when some failed, which are named
 * @throws {UsageError} when there is no such program
 */
export async function runEach(
  invocation: Invocation,
  commands: AsyncIterable<ObjectCommand>,
  jobs: number,
): Promise<void> {
  const failed: string[] = [];
  const running = new Set<Promise<void>>();
  let count = 0;
  let stop: unknown;
  for await (const { name, words } of commands) {
    count++;
    if (words === undefined) {
      failed.push(name);
      invocation.notice(`${name}: its name begins as a flag does; write {uri}, or ./{key}`);
      continue;
    }
    const job = runOne(invocation, words)
      .then((code) => void (code === 0 || failed.push(name)))
      .catch((error) => void (stop ??= error))
      .finally(() => running.delete(job));
    running.add(job);
    if (running.size >= jobs) await Promise.race(running);
    if (stop !== undefined) break;
  }
  await Promise.all(running);
  if (stop !== undefined) throw stop;
  if (failed.length === 0) return;
  throw new PartialError(`the command failed for ${failed.length} of ${count} objects`, {
    failed,
    hint: `The first is ${failed[0]}.`,
  });
}

async function runOne(
  { host, signal }: Invocation,
  [program, ...args]: readonly string[],
): Promise<number> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal,
    }).output();
    await host.stdout.write(stdout);
    await host.stderr.write(stderr);
    return code;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(`there is no program ${program}`, { cause: error });
    }
    throw error;
  }
}
