/**
 * Hearing of changes of objects, and telling a person or a program.
 *
 * @module
 */
import { isDipperError, PartialError, UsageError } from "../../errors.ts";
import type { PushDestination } from "../../objects/notify/destination.ts";
import type { Inbox } from "../../objects/notify/listen/inbox.ts";
import type { Listener } from "../../objects/notify/listen/listener.ts";
import type { ObjectNews } from "../../objects/notify/listen/news.ts";
import { say } from "../careful.ts";
import { fillTemplate, runEach } from "../exec_template.ts";
import type { Invocation } from "../invocation.ts";
import { type CommandTarget, openTarget } from "../target.ts";
import { newsJson, newsLine, templateValues } from "./news_text.ts";
import { warnOfRemovals } from "./warning.ts";

/** Where a webhook is. */
export interface WebhookPlace {
  readonly hostname: string;
  readonly port: number;
}

/** Flags of the command. */
export interface ListenFlags {
  readonly webhook?: WebhookPlace;
  readonly path?: string;
  readonly register: boolean;
  readonly address?: string;
  readonly events: string;
  readonly persistent: boolean;
  readonly suffix: string;
  readonly reconcile?: string;
  readonly exec?: string;
  readonly state?: string;
  readonly once: boolean;
  readonly maxEvents?: number;
}

/** Signals that come within this time are one interruption. */
const ONE_INTERRUPTION_MS = 1000;

/** Addresses that mean every one of the machine, and none that a service could call. */
const ANY_ADDRESS = ["0.0.0.0", "::"];

/** Listens until it is ended: by Ctrl-C, by `--max-events`, or with `--once` when all is told. */
export async function listen(
  invocation: Invocation,
  argument: string | undefined,
  flags: ListenFlags,
  words: readonly string[] | undefined,
): Promise<void> {
  const { Listener } = await import("../../objects/notify/listen/listener.ts");
  const { openInbox } = await import("../../objects/notify/listen/inbox.ts");
  const target = await openTarget(invocation, argument, "any");
  const onFailure = (error: unknown) => invocation.notice(messageOf(error));
  await using listener = await Listener.open(target.store, target.bucket, {
    prefix: target.key,
    suffix: flags.suffix,
    statePath: flags.state ?? await defaultState(invocation, target, flags.suffix),
    reconcileEvery: await every(flags.reconcile),
    onFailure,
    signal: invocation.signal,
  });
  // A later Ctrl-C ends the process, as everywhere. Not at once: `timeout` and the like send two.
  using taken = invocation.host.signals.take(() => {
    listener.end("now");
    Deno.unrefTimer(setTimeout(() => taken[Symbol.dispose](), ONE_INTERRUPTION_MS));
  });
  const path = flags.path ?? (flags.register ? `/dipper-${crypto.randomUUID()}` : undefined);
  await using inbox = flags.webhook === undefined
    ? undefined
    : openInbox({ ...flags.webhook, path, take: listener.take, onFailure });
  await using _rule = inbox === undefined || !flags.register
    ? undefined
    : await register(invocation, target, listener, { flags, inbox, path: path! });
  if (inbox !== undefined) sayAddress(invocation, flags.webhook!, inbox, path);
  const started = start(invocation, listener, flags);
  const count = await tellAll(invocation, listener, flags, words);
  const failure = await started;
  if (failure !== undefined) throw failure;
  await say(invocation, `told of ${count} changes; ${listener.objects} objects are known`);
}

/** The first listing, beside which events are told already; its failure ends the rest. */
async function start(
  invocation: Invocation,
  listener: Listener,
  { once }: ListenFlags,
): Promise<Error | undefined> {
  const isNew = !listener.hasBase;
  try {
    await listener.start();
    if (isNew && listener.hasBase) {
      invocation.notice(`${listener.objects} objects are there already; changes are told from now`);
    }
    if (once) listener.end("drained");
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
  { maxEvents }: ListenFlags,
  words: readonly string[] | undefined,
): Promise<number> {
  const failed: string[] = [];
  let count = 0;
  for await (const news of listener.news()) {
    count++;
    if (!await tell(invocation, news, words)) failed.push(`s3://${news.bucket}/${news.key}`);
    if (maxEvents !== undefined && count >= maxEvents) listener.end("now");
  }
  if (failed.length === 0) return count;
  throw new PartialError(`the command failed for ${failed.length} of ${count} changes`, {
    failed,
    hint: `The first is ${failed[0]}.`,
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

/** Sets a rule for the inbox; it goes when this is disposed of. */
async function register(
  invocation: Invocation,
  target: CommandTarget,
  listener: Listener,
  { flags, inbox, path }: { flags: ListenFlags; inbox: Inbox; path: string },
): Promise<AsyncDisposable> {
  const { parseEvents } = await import("../../objects/notify/events.ts");
  const { addRule, removeRules } = await import("../../objects/notify/rules.ts");
  const { store, bucket, key, signal } = target;
  const remove = async (name: string) => {
    try {
      await removeRules(store, bucket, [name]);
    } catch (error) {
      if (!isDipperError(error, "key_not_found")) throw error;
    }
    listener.markRule(undefined);
  };
  if (listener.leftRule !== undefined) await remove(listener.leftRule);
  const name = `dipper-listen-${crypto.randomUUID().slice(0, 8)}`;
  const events = parseEvents(flags.events);
  const to: PushDestination = {
    address: flags.address ?? addressOf(flags.webhook!, inbox.port, path),
    delivery: flags.persistent ? "persistent" : "at-once",
  };
  listener.markRule(name);
  try {
    await addRule(store, bucket, { name, events, prefix: key, suffix: flags.suffix, to }, signal);
  } catch (error) {
    const mayBeSet = isDipperError(error, "network", "timeout", "cancelled");
    if (!mayBeSet) listener.markRule(undefined);
    throw error;
  }
  warnOfRemovals(invocation, events);
  return { [Symbol.asyncDispose]: () => remove(name) };
}

function addressOf({ hostname }: WebhookPlace, port: number, path: string): string {
  if (ANY_ADDRESS.includes(hostname)) {
    throw new UsageError(`a service cannot call ${hostname}`, {
      hint: "Say what it can call: --address http://THIS-MACHINE:PORT/PATH, with the same --path.",
    });
  }
  return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}${path}`;
}

function sayAddress(
  invocation: Invocation,
  { hostname }: WebhookPlace,
  { port }: Inbox,
  path = "/",
): void {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  invocation.notice(`listening at http://${host}:${port}${path} until Ctrl-C`);
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
