/**
 * What a listener tells.
 *
 * @module
 */
import { sha256 } from "../../../range/digest.ts";
import type { ObjectEvent } from "./event.ts";
import type { FoundChange } from "./known.ts";

/**
 * One change of an object. One that a listing found has no `name`, and its time is that of the listing
 * where an object is missed.
 */
export interface ObjectNews extends ObjectEvent {
  readonly found: "event" | "listing";
  /** `perhaps`: an earlier listener was ended while it told of this. */
  readonly repeated: "no" | "yes" | "perhaps";
}

/** News of an event. */
export function newsOfEvent(event: ObjectEvent, repeated: "no" | "yes"): ObjectNews {
  return { ...event, found: "event", repeated };
}

/** News of what a listing shows. */
export function newsOfChange(bucket: string, change: FoundChange): ObjectNews {
  const { kind, key, time, etag } = change;
  return {
    ...change,
    id: sha256(JSON.stringify(["listing", kind, bucket, key, time, etag])).slice(0, 20),
    name: "",
    bucket,
    versionId: undefined,
    found: "listing",
    repeated: "no",
  };
}
