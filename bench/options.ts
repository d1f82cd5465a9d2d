/**
 * The command line of the bench.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type BenchQuery, QUERIES } from "./queries.ts";
import { type ContenderName, CONTENDERS } from "./run/contender.ts";

/** The cases beside the questions. */
export const CASES = ["readers", "tail", "memory"] as const;
export type CaseName = (typeof CASES)[number];

/** What is to be run. */
export interface BenchOptions {
  readonly queries: readonly BenchQuery[];
  readonly delays: readonly number[];
  readonly contenders: readonly ContenderName[];
  readonly cases: readonly CaseName[];
  readonly repetitions: number;
  /** Whether contenders that decide no target are asked at 30 and 100 ms too. */
  readonly scope: "all" | "main";
  /** An answer slower than this, in seconds, is not asked for again. */
  readonly slow: number;
  /** Whether samples of a run that was ended count. */
  readonly mode: "continue" | "fresh";
  readonly output: string | undefined;
  /** The object of the memory case, in GiB. */
  readonly gibibytes: number;
}

/** What `--help` says. */
export const HELP = `deno task bench [options]

Dipper beside httpfs and polars over an S3 service that answers late, on this machine.

  --quick             few questions, 30 ms, once each: minutes
  --only NAMES        questions and cases, such as count,wide,tail
  --delay MS          of 30, 100 and 0; 0 is without bound of bandwidth too
  --contenders NAMES  of ${CONTENDERS.join(", ")}
  --main              at 30 and 100 ms only those that decide the targets
  --reps N            how often each of the main contenders is asked: medians of N (default 5)
  --slow SECONDS      an answer slower than this is not asked for again (default 60)
  --fresh             forgets what an ended run of the same code has measured
  --output FOLDER     for samples, JSON and pictures
  --help

A run that is ended goes on where it was, as long as the code is the same. Questions:
  ${QUERIES.map(({ name }) => name).join(" ")}
Cases:
  ${CASES.join(" ")}
`;

/** Command lines that cannot be. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
}

/**
 * Understands the command line; undefined when help is asked for.
 *
 * @throws {OptionsError} for what cannot be understood
 */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const only = names(values.only);
  const known: readonly string[] = [...QUERIES.map(({ name }) => name), ...CASES];
  check(only ?? [], known, "--only");
  const contenders = names(values.contenders) ?? CONTENDERS;
  check(contenders, CONTENDERS, "--contenders");
  const isQuick = values.quick === true;
  return {
    queries: QUERIES.filter((query) =>
      only === undefined ? !isQuick || query.isQuick === true : only.includes(query.name)
    ),
    delays: names(values.delay)?.map((text) => number(text, "--delay", 0)) ??
      (isQuick ? [30] : [30, 100, 0]),
    contenders: CONTENDERS.filter((name) => contenders.includes(name)),
    cases: CASES.filter((name) => only === undefined || only.includes(name)),
    repetitions: values.reps === undefined ? isQuick ? 1 : 5 : number(values.reps, "--reps", 1),
    slow: values.slow === undefined ? 60 : number(values.slow, "--slow", 0),
    scope: values.main ? "main" : "all",
    mode: values.fresh ? "fresh" : "continue",
    output: values.output,
    gibibytes: isQuick ? 2 : 20,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean" },
        only: { type: "string" },
        delay: { type: "string" },
        contenders: { type: "string" },
        reps: { type: "string" },
        slow: { type: "string" },
        fresh: { type: "boolean" },
        main: { type: "boolean" },
        output: { type: "string" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (cause) {
    throw new OptionsError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function names(text: string | undefined): string[] | undefined {
  return text?.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function check(given: readonly string[], known: readonly string[], option: string): void {
  const wrong = given.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw new OptionsError(`${option}: there is no ${wrong}; there are ${known.join(", ")}`);
  }
}

function number(text: string, option: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= least) return value;
  throw new OptionsError(`${option}: ${text} is not a number of at least ${least}`);
}
