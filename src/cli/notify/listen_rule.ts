/**
 * A rule that sends events to a listener while it listens.
 *
 * @module
 */
import { isDipperError } from "../../errors.ts";
import type { PushDestination } from "../../objects/notify/destination.ts";
import type { Listener } from "../../objects/notify/listen/listener.ts";
import type { Invocation } from "../invocation.ts";
import type { CommandTarget } from "../target.ts";
import { warnOfRemovals } from "./warning.ts";

/** What the rule is about. */
export interface ListenRule {
  readonly events: string;
  readonly suffix: string;
  readonly to: PushDestination;
}

/** Sets the rule; it goes when this is disposed of. One that a killed listener left goes first. */
export async function setRule(
  invocation: Invocation,
  target: CommandTarget,
  listener: Listener,
  { events: words, suffix, to }: ListenRule,
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
  const events = parseEvents(words);
  listener.markRule(name);
  try {
    await addRule(store, bucket, { name, events, prefix: key, suffix, to }, signal);
  } catch (error) {
    const mayBeSet = isDipperError(error, "network", "timeout", "cancelled");
    if (!mayBeSet) listener.markRule(undefined);
    throw error;
  }
  warnOfRemovals(invocation, events);
  return { [Symbol.asyncDispose]: () => remove(name) };
}
