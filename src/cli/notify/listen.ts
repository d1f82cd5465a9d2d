/**
 * Hearing of changes of objects, and telling a person or a program.
 *
 * @module
 */
import { type DipperError, isDipperError, PartialError, UsageError } from "../../errors.ts";
import type { Listener } from "../../objects/notify/listen/listener.ts";
import type { ObjectNews } from "../../objects/notify/listen/news.ts";
import { say } from "../careful.ts";
import { fillTemplate, runEach } from "../exec_template.ts";
import type { Invocation } from "../invocation.ts";
import { type CommandTarget, openTarget } from "../target.ts";
import { setRule } from "./listen_rule.ts";
import { DEFAULT_PREFETCH, openSource, type Source, type SourceFlags } from "./listen_source.ts";
import { newsJson, newsLine, templateValues } from "./news_text.ts";
import { formatQuantity } from "../../show/human.ts";

/** Flags of the command. */
export interface ListenFlags extends SourceFlags {
  readonly events: string;
  readonly persistent: boolean;
  readonly reconcile?: string;
  readonly exec?: string;
  readonly state?: string;
  readonly once: boolean;
  readonly maxEvents?: number;
}

/** Signals that come within this time are one interruption. */
const ONE_INTERRUPTION_MS = 1000;

/** Listens until it is ended: by Ctrl-C, by `--max-events`, or with `--once` when all is told. */
export async function listen(
  invocation: Invocation,
  argument: string | undefined,
  flags: ListenFlags,
  words: readonly string[] | undefined,
): Promise<void> {
  const { Listener } = await import("../../objects/notify/listen/listener.ts");
  const target = await openTarget(invocation, argument, "any");
  const onFailure = (error: unknown) => invocation.notice(messageOf(error));
  const onOthers = once(() =>
    invocation.notice("events of other addresses come as well, and are passed over")
  );
  await using listener = await Listener.open(target.store, target.bucket, {
    prefix: target.key,
    suffix: flags.suffix,
    statePath: flags.state ?? await defaultState(invocation, target, flags.suffix),
    reconcileEvery: await every(flags.reconcile),
    onFailure,
    onOthers: flags.queue === undefined ? undefined : onOthers,
    signal: invocation.signal,
  });
  // A later Ctrl-C ends the process, as everywhere. Not at once: `timeout` and the like send two.
  using taken = invocation.host.signals.take(() => {
    listener.end("now");
    Deno.unrefTimer(setTimeout(() => taken[Symbol.dispose](), ONE_INTERRUPTION_MS));
  });
  const over = new AbortController();
  let broken: DipperError | undefined;
  const events = {
    onFailure,
    onEnd: (error: DipperError) => {
      broken = error;
      listener.end("now");
    },
    onReturn: async () => {
      await source?.caughtUp(over.signal);
      if (!over.signal.aborted) await listener.listAgain();
    },
  };
  await using source = await openSource(invocation, target, listener, { flags, events });
  await using _rule = source === undefined || !flags.register
    ? undefined
    : await setRule(invocation, target, listener, {
      ...flags,
      to: { ...source.push, delivery: flags.persistent ? "persistent" : "at-once" },
    });
  const until = flags.once ? "" : " until Ctrl-C";
  if (source !== undefined) invocation.notice(`listening at ${source.shown}${until}`);
  const started = start(invocation, listener, { flags, source, over: over.signal });
  try {
    const count = await tellAll(invocation, listener, flags, words);
    over.abort();
    const failure = await started ?? broken;
    if (failure !== undefined) throw failure;
    await say(
      invocation,
      `told of ${formatQuantity(count, "change")}; ` +
        `${formatQuantity(listener.objects, "object is", "objects are")} known`,
    );
  } finally {
    over.abort();
  }
}

/** The first listing, beside which events are told already; its failure ends the rest. */
async function start(
  invocation: Invocation,
  listener: Listener,
  { flags, source, over }: { flags: ListenFlags; source: Source | undefined; over: AbortSignal },
): Promise<Error | undefined> {
  const isNew = !listener.hasBase;
  try {
    // What waits at a broker is told as events, not as found.
    await source?.caughtUp(over);
    await listener.start();
    if (isNew && listener.hasBase) {
      invocation.notice(
        `${formatQuantity(listener.objects, "object is", "objects are")} there already; ` +
          "changes are told from now",
      );
    }
    if (flags.once) listener.end("drained");
  } catch (error) {
    const hasEnded = listener.hasEnded;
    listener.end("now");
    if (!hasEnded) return error instanceof Error ? error : new Error(String(error));
  }
}

/** @returns how many were told */
async function tellAll(
  invocation: Invocation,
  listener: Listener,
  { maxEvents, amqp, prefetch = DEFAULT_PREFETCH }: ListenFlags,
  words: readonly string[] | undefined,
): Promise<number> {
  const failed: string[] = [];
  const mostFailed = amqp === undefined ? Infinity : prefetch;
  let count = 0;
  for await (const news of listener.news()) {
    count++;
    if (!await tell(invocation, news, words)) {
      listener.leave(news);
      failed.push(`s3://${news.bucket}/${news.key}`);
    }
    if (count === maxEvents || failed.length >= mostFailed) listener.end("now");
  }
  if (failed.length === 0) return count;
  const why = failed.length >= mostFailed ? ", as many as --prefetch lets wait" : "";
  throw new PartialError(`the command failed for ${failed.length} of ${count} changes${why}`, {
    failed,
    hint: `The first is ${failed[0]}. They come again at the next start.`,
  });
}

/** @returns whether the command, if there is one, has succeeded */
async function tell(
  invocation: Invocation,
  news: ObjectNews,
  words: readonly string[] | undefined,
): Promise<boolean> {
  if (words === undefined || news.repeated === "yes") {
    const text = invocation.flags.json
      ? JSON.stringify(newsJson(news))
      : newsLine(news, invocation.host.stdout.isTerminal);
    if (words === undefined) await invocation.print(`${text}\n`);
    else invocation.notice(newsLine(news, true));
    return true;
  }
  const values = templateValues(news);
  async function* command() {
    yield { name: values.uri, words: fillTemplate(words!, values) };
  }
  try {
    await runEach(invocation, command(), 1);
    return true;
  } catch (error) {
    if (!isDipperError(error, "partial")) throw error;
    invocation.notice(`the command failed for ${values.uri}`);
    return false;
  }
}

/** In the cache folder, for each address another one. */
async function defaultState(
  { host }: Invocation,
  { store, bucket, key }: CommandTarget,
  suffix: string,
): Promise<string> {
  const { sha256 } = await import("../../range/digest.ts");
  const { join } = await import("node:path");
  const scope = sha256(JSON.stringify([store.endpoint?.origin, bucket, key, suffix])).slice(0, 16);
  return join(host.settings.cacheDirectory, "notify", `${scope}.jsonl`);
}

async function every(span: string | undefined): Promise<number | undefined> {
  if (span === undefined) return undefined;
  const { parseDuration } = await import("../../objects/browse/duration.ts");
  const seconds = parseDuration(span, "--reconcile");
  if (seconds < 1) throw new UsageError("--reconcile is a second at least");
  return seconds * 1000;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}
