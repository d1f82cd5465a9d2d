/**
 * Notification rules of a bucket: shown, added beside the others, removed, each change read back.
 *
 * @module
 */
import { isDipperError, NotFoundError, UnsupportedError, UsageError } from "../../errors.ts";
import { sha256 } from "../../range/digest.ts";
import { isAws } from "../../store/endpoint.ts";
import { nearestNames } from "../../store/nearest.ts";
import type { Store } from "../../store/store.ts";
import { deleteOnCeph, getConfiguration, putConfiguration } from "./configuration.ts";
import {
  type NotificationRule,
  readConfiguration,
  withoutRules,
  withRule,
} from "./configuration_xml.ts";
import { checkPush, kindOfArn, type PushDestination } from "./destination.ts";
import { createTopic, deleteTopic, listTopics, topicName } from "./topics.ts";

export type { NotificationRule };

/** What a new rule is about. */
export interface NewRule {
  /** Made from the rest when absent, so that the same rule is not there twice. */
  readonly name?: string;
  /** Full names, such as `s3:ObjectCreated:*`. */
  readonly events: readonly string[];
  readonly prefix?: string;
  readonly suffix?: string;
  /** ARN of a topic, queue or function, or an address for a topic that is made. */
  readonly to: string | PushDestination;
}

/**
 * The rules of a bucket.
 *
 * @throws {UnsupportedError} when the service has none
 */
export async function listRules(
  store: Store,
  bucket: string,
  signal?: AbortSignal,
): Promise<NotificationRule[]> {
  return readConfiguration(await getConfiguration(store, bucket, signal));
}

/**
 * Adds a rule beside the others and reads it back. For an address a topic is made first, which goes
 * with the rule.
 *
 * @throws {UsageError} when another rule has the name
 * @throws {UnsupportedError} when the service has no notifications, or does not keep the rule as told
 */
export async function addRule(
  store: Store,
  bucket: string,
  wanted: NewRule,
  signal?: AbortSignal,
): Promise<NotificationRule> {
  const { to, events, prefix = "", suffix = "" } = wanted;
  if (typeof to !== "string") {
    if (store.endpoint === undefined || isAws(store.endpoint)) throw onlyArns(bucket);
    checkPush(store, to);
  }
  const kind = typeof to === "string" ? kindOfArn(to) : "topic";
  const name = wanted.name ?? nameOf(wanted);
  const before = await getConfiguration(store, bucket, signal);
  const rule = (arn: string): NotificationRule => ({ name, kind, arn, events, prefix, suffix });
  const same = readConfiguration(before).find((each) => each.name === name);
  if (same !== undefined && differences(same, rule(same.arn)).length > 0) throw taken(bucket, name);
  if (same !== undefined && typeof to === "string" && same.arn !== to) throw taken(bucket, name);
  const arn = typeof to === "string"
    ? to
    : await createTopic(store, topicName(bucket, name), to, { bucket, signal });
  try {
    await putConfiguration(store, bucket, withRule(before, rule(arn)), signal);
    const kept = (await listRules(store, bucket, signal)).find((each) => each.name === name);
    if (kept === undefined) throw notKept(store, bucket, `rules for a ${kind}`);
    const lost = differences(kept, rule(arn));
    if (lost.length === 0) return kept;
    await removeRules(store, bucket, [name], signal);
    throw notKept(store, bucket, `the ${lost.join(", ")} of the rule`);
  } catch (error) {
    const isOwn = typeof to !== "string" && same === undefined;
    if (isOwn) await deleteTopic(store, arn, signal).catch(() => {}); // the first failure counts
    throw explained(store, rule(arn), error);
  }
}

/**
 * Removes rules by name, or all of them, with the topics that were made for them, and reads back.
 *
 * @returns the rules that were removed
 * @throws {NotFoundError} when there is no rule of a name
 */
export async function removeRules(
  store: Store,
  bucket: string,
  names: readonly string[] | "all",
  signal?: AbortSignal,
): Promise<NotificationRule[]> {
  const before = await getConfiguration(store, bucket, signal);
  const rules = readConfiguration(before);
  const there = rules.map(({ name }) => name);
  const wanted = names === "all" ? there : names;
  const missing = wanted.find((name) => !there.includes(name));
  if (missing !== undefined) throw noRule(bucket, missing, there);
  if (wanted.length === 0) return [];
  await putRest(store, bucket, withoutRules(before, wanted), signal);
  let left = await stillThere(store, bucket, wanted, signal);
  if (left.length > 0 && await hasTopics(store, signal)) {
    for (const name of left) await deleteOnCeph(store, bucket, name, signal);
    left = await stillThere(store, bucket, wanted, signal);
  }
  if (left.length > 0) {
    throw new UnsupportedError(`the rule ${left[0]} is still there after it was removed`, {
      bucket,
      hint: "The service adds rules and removes none. Ask who runs it.",
    });
  }
  const removed = rules.filter(({ name }) => wanted.includes(name));
  await removeOwnTopics(store, bucket, removed, signal);
  return removed;
}

/**
 * Ceph merges what is put with what is there, and refuses a configuration without a rule and one that
 * names a topic that is gone.
 */
async function putRest(
  store: Store,
  bucket: string,
  xml: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await putConfiguration(store, bucket, xml, signal);
  } catch (error) {
    const code = isDipperError(error) ? error.context.code : undefined;
    if (code !== "MalformedXML" && code !== "NoSuchKey") throw error;
  }
}

async function stillThere(
  store: Store,
  bucket: string,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const rules = await listRules(store, bucket, signal);
  return rules.map(({ name }) => name).filter((name) => names.includes(name));
}

/** Whether the store answers for topics at its own address, as Ceph does. */
async function hasTopics(store: Store, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await listTopics(store, signal);
    return true;
  } catch (error) {
    if (isDipperError(error, "unsupported")) return false;
    throw error;
  }
}

async function removeOwnTopics(
  store: Store,
  bucket: string,
  removed: readonly NotificationRule[],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (store.endpoint === undefined || isAws(store.endpoint)) return;
  for (const { arn, name } of removed) {
    if (arn.endsWith(`:${topicName(bucket, name)}`)) await deleteTopic(store, arn, signal);
  }
}

/** What of a rule is not as it was wanted. */
function differences(kept: NotificationRule, wanted: NotificationRule): string[] {
  const events = (rule: NotificationRule) => [...rule.events].sort().join(" ");
  return [
    ...(kept.arn === wanted.arn && kept.kind === wanted.kind ? [] : ["destination"]),
    ...(events(kept) === events(wanted) ? [] : ["events"]),
    ...(kept.prefix === wanted.prefix ? [] : ["prefix"]),
    ...(kept.suffix === wanted.suffix ? [] : ["suffix"]),
  ];
}

function nameOf({ events, prefix = "", suffix = "", to }: NewRule): string {
  const text = JSON.stringify([[...events].sort(), prefix, suffix, to]);
  return `dipper-${sha256(text).slice(0, 8)}`;
}

function taken(bucket: string, name: string): UsageError {
  return new UsageError(`s3://${bucket} has another rule ${name}`, {
    bucket,
    hint: `Choose another --name, or remove it: dipper notify remove s3://${bucket} --name ${name}`,
  });
}

function onlyArns(bucket: string): UnsupportedError {
  return new UnsupportedError(
    "AWS sends events to a topic, a queue or a function, not an address",
    {
      bucket,
      hint: "Make an SNS topic with the address as its subscriber, and write --topic ARN.",
    },
  );
}

function notKept(store: Store, bucket: string, what: string): UnsupportedError {
  return new UnsupportedError(`${store.endpoint?.origin ?? "AWS"} does not keep ${what}`, {
    store: store.name,
    bucket,
    hint: "Nothing was left behind.",
  });
}

/** What a refusal of a rule is about: its message is empty on Ceph. */
function explained(store: Store, { arn, events }: NotificationRule, error: unknown): unknown {
  if (!isDipperError(error)) return error;
  if (error.context.code === "NoSuchKey") {
    return new NotFoundError(
      "key",
      `there is no topic ${arn}, or another rule names one that is gone`,
      { hint: "`dipper notify topics` and `dipper notify list` show both.", cause: error },
    );
  }
  if (error.context.code !== "InvalidArgument") return error;
  return new UnsupportedError(`${store.endpoint?.origin ?? "AWS"} refuses the rule`, {
    ...error.context,
    hint: `It may not know one of the events (${events.join(", ")}) or may not send to ${arn}.`,
    cause: error,
  });
}

function noRule(bucket: string, name: string, there: readonly string[]): NotFoundError {
  const near = nearestNames(name, there);
  return new NotFoundError("key", `s3://${bucket} has no notification rule ${name}`, {
    bucket,
    nearest: near,
    hint: near.length > 0
      ? `Did you mean ${near.join(", ")}?`
      : `dipper notify list s3://${bucket} shows the rules.`,
  });
}
