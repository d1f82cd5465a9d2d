/**
 * Kinds of events of a bucket: in plain words and as the protocol names them.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
 * @module
 */
import { UsageError } from "../../errors.ts";
import { nearestNames } from "../../store/nearest.ts";

/** Plain words and what they stand for. */
export const EVENT_WORDS: Readonly<Record<string, string>> = {
  created: "s3:ObjectCreated:*",
  put: "s3:ObjectCreated:Put",
  post: "s3:ObjectCreated:Post",
  copied: "s3:ObjectCreated:Copy",
  multipart: "s3:ObjectCreated:CompleteMultipartUpload",
  removed: "s3:ObjectRemoved:*",
  deleted: "s3:ObjectRemoved:Delete",
  marker: "s3:ObjectRemoved:DeleteMarkerCreated",
  restored: "s3:ObjectRestore:*",
  lost: "s3:ReducedRedundancyLostObject",
  replication: "s3:Replication:*",
  expired: "s3:LifecycleExpiration:*",
  transition: "s3:LifecycleTransition",
  tagging: "s3:ObjectTagging:*",
  acl: "s3:ObjectAcl:Put",
};

/**
 * The events that a comma-separated text names, in words or in full.
 *
 * @throws {UsageError} when one is neither
 */
export function parseEvents(text: string): string[] {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (names.length === 0) throw new UsageError("no event is named", { hint: wordsHint() });
  return [...new Set(names.map(eventOf))];
}

function eventOf(name: string): string {
  if (/^s3:[A-Za-z]+(:[A-Za-z]+|:[A-Za-z]+:?\*|:\*)*$/.test(name)) return name;
  const word = name.toLowerCase();
  if (Object.hasOwn(EVENT_WORDS, word)) return EVENT_WORDS[word];
  const near = nearestNames(word, Object.keys(EVENT_WORDS));
  throw new UsageError(`there is no event ${name}`, {
    hint: near.length > 0 ? `Did you mean ${near.join(", ")}?` : wordsHint(),
  });
}

function wordsHint(): string {
  return `The words are ${Object.keys(EVENT_WORDS).join(", ")}; full names begin with s3:.`;
}

/** A plain word for an event where there is one, else its name. */
export function wordOfEvent(event: string): string {
  return Object.entries(EVENT_WORDS).find(([, name]) => name === event)?.[0] ?? event;
}

/** Whether a rule for `events` is told of removals by a delete request. */
export function coversRemovals(events: readonly string[]): boolean {
  return events.some((event) => event.startsWith("s3:ObjectRemoved"));
}
