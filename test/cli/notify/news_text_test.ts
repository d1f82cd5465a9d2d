import assert from "node:assert/strict";
import { newsJson, newsLine, templateValues } from "../../../src/cli/notify/news_text.ts";
import type { ObjectNews } from "../../../src/objects/notify/listen/news.ts";

const NEWS: ObjectNews = {
  id: "i",
  kind: "created",
  name: "ObjectCreated:Put",
  bucket: "b",
  key: "raw/é 1.csv",
  time: Date.UTC(2026, 10, 21, 14, 34, 48, 323),
  size: 1500,
  etag: "e",
  versionId: undefined,
  found: "event",
  repeated: "no",
};

Deno.test("a change is a line", () => {
  assert.equal(
    newsLine(NEWS, false),
    "2026-11-21 14:34:48Z  created  s3://b/raw/é 1.csv  1.5 kB",
  );
  const gone = { ...NEWS, kind: "removed" as const, found: "listing" as const };
  assert.equal(
    newsLine({ ...gone, repeated: "perhaps" }, false),
    "2026-11-21 14:34:48Z  removed  s3://b/raw/é 1.csv  (found by listing, perhaps repeated)",
  );
  const other = { ...NEWS, kind: "other" as const, name: "ObjectTagging:Put", size: undefined };
  assert.equal(
    newsLine(other, false),
    "2026-11-21 14:34:48Z  ObjectTagging:Put  s3://b/raw/é 1.csv",
  );
});

Deno.test("a key is one line, and harmless on a terminal", () => {
  const key = "a\n2026-11-21 14:34:48Z  removed  s3://b/x\x1b[31m";
  assert.equal(newsLine({ ...NEWS, key }, false).split("\n").length, 1);
  assert.ok(!newsLine({ ...NEWS, key: "\x1b[31m" }, true).includes("\x1b"));
  assert.equal(newsJson({ ...NEWS, key }).key, key);
  assert.equal(templateValues({ ...NEWS, key }).key, key);
});

Deno.test("a change is JSON and the words of a command", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(newsJson(NEWS))), {
    time: "2026-11-21T14:34:48.323Z",
    kind: "created",
    event: "ObjectCreated:Put",
    uri: "s3://b/raw/é 1.csv",
    bucket: "b",
    key: "raw/é 1.csv",
    size: 1500,
    etag: "e",
    found: "event",
    repeated: "no",
  });
  const { name, size, uri, event } = templateValues(NEWS);
  assert.deepEqual([name, size, uri, event], [
    "é 1.csv",
    "1500",
    "s3://b/raw/é 1.csv",
    "ObjectCreated:Put",
  ]);
});
