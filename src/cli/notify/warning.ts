/**
 * What a person should know before a rule does harm.
 *
 * @module
 */
import { coversRemovals } from "../../objects/notify/events.ts";
import type { Invocation } from "../invocation.ts";

/**
 * Ceph 16.2.15 was seen to abort in `RGWDeleteMultiObj` when a notification of a removal was due, with
 * a webhook and with a persistent topic; single deletes, and rules about other events, do no harm.
 */
export function warnOfRemovals(invocation: Invocation, events: readonly string[]): void {
  if (!coversRemovals(events)) return;
  invocation.notice(
    "the rule is about removals: the gateway of Ceph 16.2 ends itself when DeleteObjects " +
      "(dipper rm -r, rb --force, and others' tools) removes an object of such a rule; ask which " +
      "release it is, or leave removals to the listings of dipper notify listen",
  );
}
