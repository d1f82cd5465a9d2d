import assert from "node:assert/strict";
import { bucketOf, mentionsOf } from "../../../src/engine/sql/references.ts";
import { splitStatements } from "../../../src/engine/sql/tokens.ts";

const buckets = (sql: string, values: unknown[] = []) =>
  mentionsOf(splitStatements(sql)[0], values).buckets;

Deno.test("the bucket of an address", () => {
  const cases: [string, string | undefined][] = [
    ["s3://b/x.csv", "b"],
    ["S3A://b/", "b"],
    ["s3n://b", "b"],
    ["s3://b.c-d/a=1/*.parquet", "b.c-d"],
    ["s3://b?s3_region=eu-1", undefined],
    ["s3://*/x", undefined],
    ["s3://", undefined],
    ["https://b/x", undefined],
    [" s3://b/x", undefined],
  ];
  for (const [text, bucket] of cases) assert.equal(bucketOf(text), bucket, text);
});

Deno.test("buckets are found in strings, names and bound values, each once", () => {
  assert.deepEqual(
    buckets("FROM 's3://a/x' JOIN \"s3://b/y\" ON 's3://a/z' = $q$s3://c/$q$ -- 's3://no/'"),
    ["a", "b", "c"],
  );
  assert.deepEqual(buckets("FROM read_csv($1)", [["s3://a/x", ["s3://b/y"]], 7, "s3://a/z"]), [
    "a",
    "b",
  ]);
  assert.deepEqual(buckets("SELECT 's3:' || '//a/x'"), []);
});

Deno.test("a part of an address is a mention of S3", () => {
  const mentions = (sql: string, values: unknown[] = []) =>
    mentionsOf(splitStatements(sql)[0], values).mentionsS3;
  assert.equal(mentions("SELECT 's3://' || bucket"), true);
  assert.equal(mentions("FROM read_csv($1)", ["s3://b/x"]), true);
  assert.equal(mentions("SELECT 's3'"), false);
});
