import assert from "node:assert/strict";
import { parseEventBody } from "../../../../src/objects/notify/listen/event.ts";
import { eventBody } from "./records.ts";

const one = (event: Parameters<typeof eventBody>[0]) => parseEventBody(eventBody(event))[0];

Deno.test("an event of Ceph is read, its key as it stands", () => {
  const { id, ...event } = one({ key: "a b/é+%41.txt", versionId: "v" });
  assert.match(id, /^[0-9a-f]{20}$/);
  assert.deepEqual(event, {
    kind: "created",
    name: "ObjectCreated:Put",
    bucket: "b",
    key: "a b/é+%41.txt",
    time: Date.UTC(2026, 10, 21, 14, 34, 48, 323),
    size: 5,
    etag: "e1",
    versionId: "v",
  });
});

Deno.test("an event of AWS has its key decoded", () => {
  assert.equal(one({ source: "aws:s3", key: "a+b%2Bc/%C3%A9" }).key, "a b+c/é");
  assert.equal(one({ source: "minio:s3", name: "s3:ObjectCreated:Copy", key: "50%" }).key, "50%");
});

Deno.test("the same change is the same event, whichever rule sent it", () => {
  const first = one({ key: "k" });
  assert.equal(one({ key: "k", rule: "b", sequencer: "02" }).id, first.id);
  for (
    const other of [
      { key: "l" },
      { key: "k", bucket: "c" },
      { key: "k", etag: "e2" },
      { key: "k", request: "r2" },
      { key: "k", time: "2026-11-21T14:34:48.323991Z" },
      { key: "k", name: "ObjectRemoved:Delete" },
      { key: "k", versionId: "v" },
    ]
  ) assert.notEqual(one(other).id, first.id, JSON.stringify(other));
});

Deno.test("kinds: created, removed, other", () => {
  const kindOf = (name: string) => one({ key: "k", name }).kind;
  assert.equal(kindOf("s3:ObjectCreated:CompleteMultipartUpload"), "created");
  assert.equal(kindOf("ObjectRemoved:DeleteMarkerCreated"), "removed");
  assert.equal(kindOf("LifecycleExpiration:Delete"), "removed");
  assert.equal(kindOf("ObjectTagging:Put"), "other");
});

Deno.test("a topic's envelope is opened; tests of the address are no events", () => {
  const envelope = { Type: "Notification", TopicArn: "arn:x", Message: eventBody({ key: "k" }) };
  assert.equal(parseEventBody(JSON.stringify(envelope))[0].key, "k");
  const confirm = { ...envelope, Type: "SubscriptionConfirmation", Message: "You have chosen" };
  assert.deepEqual(parseEventBody(JSON.stringify(confirm)), []);
  assert.deepEqual(parseEventBody('{"Event":"s3:TestEvent","Bucket":"b"}'), []);
});

Deno.test("what is no event is refused", () => {
  const wrong = [
    "",
    "x",
    "[]",
    "null",
    "{}",
    '{"Records":1}',
    '{"Records":[1]}',
    '{"Records":[{}]}',
  ];
  const timeless = eventBody({ key: "k", time: "soon" });
  for (const body of [...wrong, timeless, eventBody({ key: "" })]) {
    assert.throws(() => parseEventBody(body), { tag: "usage" }, body);
  }
});
