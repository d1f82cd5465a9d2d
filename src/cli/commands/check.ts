/**
 * `dipper check`: proves a connection, step by step.
 *
 * @module
 */
import type { Command } from "commander";
import type { CheckStep } from "../../store/check.ts";
import type { Store } from "../../store/store.ts";
import { UsageError } from "../../errors.ts";
import { examples, type Run } from "../command.ts";
import { EXIT, type ExitCode, exitCodeForTag } from "../exit_codes.ts";
import type { Invocation } from "../invocation.ts";

/** Adds the command. */
export function registerCheck(program: Command, run: Run): void {
  program.command("check")
    .summary("prove a connection, step by step")
    .description(
      "Proves the connection to a store and, with a bucket, what may be done in it: resolve, " +
        "reach, TLS, sign, clock, list, write and remove a small test object, ranged read, " +
        "conditional write, versioning. Says for each failure what to do. Leaves nothing behind; " +
        "where it may not delete, it asks before it writes.",
    )
    .argument("[uri]", "s3://BUCKET; none means the default bucket, else the store alone")
    .option("-y, --yes", "do not ask before a step that may leave a test object behind", false)
    .addHelpText("after", examples("dipper check", "dipper check s3://demo"))
    .action(
      run((invocation, uri: string | undefined, flags: { readonly yes: boolean }) =>
        runCheck(invocation, { uri, yes: flags.yes })
      ),
    );
}

/** What to check, and how. */
export interface CheckTarget {
  readonly uri?: string;
  readonly yes?: boolean;
  /** Profile to use instead of the flags' store. */
  readonly profile?: string;
}

/** Runs the check and shows each step as it ends. */
export async function runCheck(invocation: Invocation, target: CheckTarget): Promise<ExitCode> {
  const { StoreSet } = await import("../../store/store_set.ts");
  const { checkConnection } = await import("../../store/check.ts");
  const { resolveS3Uri } = await import("../../store/uri.ts");
  const { visible } = await import("../../show/text.ts");
  const { signal, flags, prompt } = invocation;
  const stores = await StoreSet.resolve(
    target.profile === undefined ? invocation.storeOptions() : { profile: target.profile },
  );
  const bucket = target.uri === undefined
    ? stores.default?.bucket
    : resolveS3Uri(target.uri, stores.default?.bucket).bucket;
  const store = bucket === undefined ? stores.default : await stores.storeFor(bucket, signal);
  if (store === undefined) {
    throw new UsageError("there are several stores, and nothing says which one to check", {
      hint: "Name a bucket, or one store: dipper check --profile NAME.",
    });
  }
  const confirm = (question: string) =>
    target.yes
      ? Promise.resolve(true)
      : prompt.interactive
      ? prompt.confirm(visible(question))
      : Promise.resolve(false);
  if (!flags.json) await printHead(invocation, store, bucket);
  const printer = new StepPrinter(invocation, visible);
  const result = await checkConnection(store, {
    bucket,
    signal,
    confirm,
    onStep: flags.json ? undefined : (step) => printer.add(step),
  });
  printer.end();
  if (flags.json) await invocation.printJson(result);
  else await invocation.print(`\n${verdict(invocation, result.steps)}\n`);
  return exitCodeOf(result.steps);
}

async function printHead(
  { print, style }: Invocation,
  store: Store,
  bucket: string | undefined,
): Promise<void> {
  const { describeEndpoint } = await import("../../store/endpoint.ts");
  const at = describeEndpoint(store.endpoint, store.region);
  await print(style.bold(bucket === undefined ? at : `s3://${bucket} at ${at}`) + "\n");
}

function verdict({ style }: Invocation, steps: readonly CheckStep[]): string {
  const count = (status: CheckStep["status"]) =>
    steps.filter((step) => step.status === status).length;
  const failed = count("failed");
  const warned = count("warning");
  if (failed > 0) return style.red(failed === 1 ? "1 step failed" : `${failed} steps failed`);
  const good = style.green("the connection works");
  return warned === 0 ? good : `${good}, with ${warned === 1 ? "a warning" : `${warned} warnings`}`;
}

/** Steps before any request is signed. */
const NETWORK_STEPS = new Set<CheckStep["step"]>(["resolve", "reach", "tls", "clock"]);

/** What the first failure was about. */
function exitCodeOf(steps: readonly CheckStep[]): ExitCode {
  const failed = steps.find(({ status }) => status === "failed");
  if (failed === undefined) return EXIT.done;
  if (failed.tag !== undefined) return exitCodeForTag(failed.tag);
  if (NETWORK_STEPS.has(failed.step)) return EXIT.network;
  return failed.step === "sign" ? EXIT.permission : EXIT.failed;
}

/** What the steps are called on the screen. */
const STEPS: Readonly<Record<string, string>> = {
  tls: "TLS",
  cors: "CORS",
  sts: "STS",
  range: "ranged read",
};

/** Prints steps as they end; steps that were skipped together stand on one line. */
class StepPrinter {
  readonly #invocation: Invocation;
  readonly #visible: (text: string) => string;
  #skipped: CheckStep[] = [];

  constructor(invocation: Invocation, visible: (text: string) => string) {
    this.#invocation = invocation;
    this.#visible = visible;
  }

  add(step: CheckStep): void {
    if (step.status === "skipped") {
      if (this.#skipped.length > 0 && this.#skipped[0].detail !== step.detail) this.#flush();
      this.#skipped.push(step);
      return;
    }
    this.#flush();
    this.#print(step, step.detail);
  }

  end(): void {
    this.#flush();
  }

  #flush(): void {
    const [first, ...others] = this.#skipped;
    this.#skipped = [];
    if (first === undefined) return;
    const also = others.map(({ step }) => nameOf(step)).join(", ");
    this.#print(first, also === "" ? first.detail : `${first.detail}; nor were tried: ${also}`);
  }

  #print({ step, status, hint }: CheckStep, detail: string): void {
    const { style, host } = this.#invocation;
    const mark = {
      ok: style.green("✓"),
      failed: style.red("✗"),
      warning: style.yellow("!"),
      unsupported: style.dim("–"),
      skipped: style.dim("–"),
    }[status];
    const lines = wrap(this.#visible(detail), host.stdout.columns - LABEL - 4);
    const indent = " ".repeat(LABEL + 3);
    let text = `${mark} ${nameOf(step).padEnd(LABEL)} ${lines.join(`\n${indent}`)}\n`;
    if (hint !== undefined) {
      const hints = wrap(this.#visible(hint), host.stdout.columns - LABEL - 10);
      text += `${indent}${style.cyan("hint:")} ${hints.join(`\n${indent}      `)}\n`;
    }
    this.#invocation.print(text).catch(() => {}); // the reader has gone: the check still cleans up
  }
}

function nameOf(step: CheckStep["step"]): string {
  return STEPS[step] ?? step.replaceAll("-", " ");
}

/** Width of the steps' names. */
const LABEL = 17;

/** Breaks text at spaces; a word that is too long stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
