/**
 * Events as services write them, understood.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * @see https://docs.ceph.com/en/latest/radosgw/s3-notification-compatibility/
 * @module
 */
import { UsageError } from "../../../errors.ts";
import { sha256 } from "../../../range/digest.ts";

/** What happened to an object. */
export type ChangeKind = "created" | "removed" | "other";

/** One event. */
export interface ObjectEvent {
  /** The same for each arrival of one event. */
  readonly id: string;
  readonly kind: ChangeKind;
  /** Such as `ObjectCreated:Put`. */
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Bytes; undefined when the event does not say. */
  readonly size: number | undefined;
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
}

type Json = { readonly [name: string]: unknown };

/**
 * The events in the body of a request; none for a service's test of the address.
 *
 * @throws {UsageError} when it is none of a service's
 */
export function parseEventBody(text: string): ObjectEvent[] {
  const body = jsonOf(text);
  // A topic of AWS wraps the event in one of its own.
  if (typeof body.Message === "string" && typeof body.TopicArn === "string") {
    return body.Type === "Notification" ? parseEventBody(body.Message) : [];
  }
  if (body.Event === "s3:TestEvent") return [];
  if (!Array.isArray(body.Records)) throw notAnEvent();
  return body.Records.map(eventOf);
}

function eventOf(value: unknown): ObjectEvent {
  const record = recordOf(value);
  const s3 = recordOf(record.s3);
  const object = recordOf(s3.object);
  const [name, time] = [textOf(record.eventName), textOf(record.eventTime)];
  const bucket = textOf(recordOf(s3.bucket).name);
  const raw = textOf(object.key);
  const moment = Date.parse(time ?? "");
  if (name === undefined || bucket === undefined || raw === undefined || Number.isNaN(moment)) {
    throw notAnEvent();
  }
  const plain = name.replace(/^s3:/, "");
  const key = textOf(record.eventSource)?.startsWith("ceph") ? raw : decodeKey(raw);
  const [etag, versionId] = [textOf(object.eTag), textOf(object.versionId)];
  const request = textOf(recordOf(record.responseElements ?? {})["x-amz-request-id"]);
  // Ceph numbers the same change anew for each rule: the request's own id comes first.
  const mark = request ?? textOf(object.sequencer);
  const identity = [plain, bucket, key, versionId, time, mark, etag];
  return {
    id: sha256(JSON.stringify(identity)).slice(0, 20),
    kind: kindOf(plain),
    name: plain,
    bucket,
    key,
    time: moment,
    size: typeof object.size === "number" ? object.size : undefined,
    etag,
    versionId,
  };
}

function kindOf(name: string): ChangeKind {
  if (name.startsWith("ObjectCreated:")) return "created";
  const removes = /^(ObjectRemoved:|LifecycleExpiration:|ObjectLifecycle:Expiration:)/;
  return removes.test(name) ? "removed" : "other";
}

/** As a form encodes it, which is how AWS and others write keys. */
function decodeKey(raw: string): string {
  try {
    return decodeURIComponent(raw.replaceAll("+", " "));
  } catch {
    return raw; // not encoded after all
  }
}

function jsonOf(text: string): Json {
  try {
    return recordOf(JSON.parse(text));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw notAnEvent();
  }
}

function recordOf(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw notAnEvent();
  return value as Json;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function notAnEvent(): UsageError {
  return new UsageError("the request holds no event of a bucket");
}
