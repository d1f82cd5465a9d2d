import assert from "node:assert/strict";
import fc from "fast-check";
import { formatS3Uri, isS3Uri, parseS3Uri, resolveS3Uri } from "../../src/store/uri.ts";

const bucket = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/);

Deno.test("parse and format are inverse for every key", () => {
  fc.assert(fc.property(bucket, fc.string({ unit: "binary" }), (bucket, key) => {
    assert.deepEqual(parseS3Uri(formatS3Uri({ bucket, key })), { bucket, key });
  }));
});

Deno.test("the key is taken literally", () => {
  assert.deepEqual(parseS3Uri("s3://b/a%20b/?x=1#y"), { bucket: "b", key: "a%20b/?x=1#y" });
  assert.deepEqual(parseS3Uri("S3A://b//x"), { bucket: "b", key: "/x" });
  assert.deepEqual(parseS3Uri("s3://b"), { bucket: "b", key: "" });
  assert.deepEqual(parseS3Uri("s3://b/"), { bucket: "b", key: "" });
});

Deno.test("what names no bucket is refused", () => {
  for (
    const text of ["s3://", "s3:///x", "http://b/x", "b/x", "s3://a b/x", "s3://-b/x", "s3://b?x/y"]
  ) {
    assert.throws(() => parseS3Uri(text), { name: "UsageError" }, text);
  }
  assert.equal(isS3Uri("s3n://b"), true);
  assert.equal(isS3Uri("./s3://b"), false);
});

Deno.test("a relative key is in the default bucket", () => {
  assert.deepEqual(resolveS3Uri("/a/b.csv", "data"), { bucket: "data", key: "a/b.csv" });
  assert.deepEqual(resolveS3Uri("s3://x/a", "data"), { bucket: "x", key: "a" });
  assert.throws(() => resolveS3Uri("a/b.csv", undefined), /no default bucket/);
  assert.throws(() => resolveS3Uri("https://x/y", "data"), /not an S3 address/);
});
