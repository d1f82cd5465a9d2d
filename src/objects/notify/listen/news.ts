/**
 * What a listener tells.
 *
 * @module
 */
import { sha256 } from "../../../range/digest.ts";
import type { ChangeKind, ObjectEvent } from "./event.ts";
import type { FoundChange } from "./known.ts";

/** One change of an object. */
export interface ObjectNews {
  readonly id: string;
  readonly kind: ChangeKind;
  /** Such as `ObjectCreated:Put`; empty when a listing found the change. */
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  /** Milliseconds since 1970: of the change, or of the listing that misses an object. */
  readonly time: number;
  readonly size: number | undefined;
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
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
