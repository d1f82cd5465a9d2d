import assert from "node:assert/strict";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { isDipperError, UsageError } from "../../../src/errors.ts";
import { formatSpan, parseDuration, parseMoment } from "../../../src/objects/browse/duration.ts";
import { findObjects } from "../../../src/objects/browse/find.ts";
import { parseRange, readObject } from "../../../src/objects/browse/read.ts";
import { statObject } from "../../../src/objects/browse/stat.ts";
import { sumUsage, typeOf } from "../../../src/objects/browse/usage.ts";
import { walkPrefix } from "../../../src/objects/browse/walk.ts";
import type { ObjectEntry } from "../../../src/objects/list.ts";
import { s3Client } from "../../../src/store/client.ts";
import { thrownBy } from "../../store/scripted.ts";
import { embeddedStore } from "../embedded.ts";

function entry(key: string, size: number, more: Partial<ObjectEntry> = {}): ObjectEntry {
  return {
    kind: "object",
    key,
    size,
    etag: "e",
    lastModified: new Date("2026-01-01T00:00:00Z"),
    storageClass: undefined,
    ...more,
  };
}

async function* stream<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

const ENTRIES = [
  entry("raw/a.csv", 10),
  entry("raw/b/c.csv.gz", 20, { storageClass: "GLACIER" }),
  entry("raw/b/d.PARQUET", 30),
  entry("top", 5),
];

Deno.test("usage is summed by prefix, class and type", async () => {
  const names = async (options: Parameters<typeof sumUsage>[1]) => {
    const { total, groups } = await sumUsage(stream(ENTRIES), options);
    assert.deepEqual(total, { objects: 4, bytes: 65 });
    return groups.map(({ name, objects, bytes }) => `${name} ${objects} ${bytes}`);
  };
  assert.deepEqual(await names({}), ["raw/ 3 60", " 1 5"]);
  assert.deepEqual(await names({ depth: 2 }), ["raw/b/ 2 50", "raw/ 1 10", " 1 5"]);
  assert.deepEqual(await names({ by: "class" }), ["STANDARD 3 45", "GLACIER 1 20"]);
  assert.deepEqual(await names({ by: "type" }), [
    ".parquet 1 30",
    ".csv.gz 1 20",
    ".csv 1 10",
    "(none) 1 5",
  ]);
  assert.equal(typeOf("a/.hidden"), "(none)");
  assert.equal(typeOf("a/"), "(folder)");
});

Deno.test("objects are found by name, path, size, age and class", async () => {
  const found = async (conditions: Parameters<typeof findObjects>[3]) => {
    await using embedded = await embeddedStore("lake", []);
    const all = findObjects(embedded.store, "lake", stream(ENTRIES), conditions);
    return (await Array.fromAsync(all)).map(({ key }) => key);
  };
  assert.deepEqual(await found({ name: "*.csv" }), ["raw/a.csv"]);
  assert.deepEqual(await found({ path: "raw/*/**" }), ["raw/b/c.csv.gz", "raw/b/d.PARQUET"]);
  assert.deepEqual(await found({ largerThan: 10, smallerThan: 30 }), ["raw/b/c.csv.gz"]);
  assert.deepEqual(await found({ storageClass: "GLACIER" }), ["raw/b/c.csv.gz"]);
  assert.deepEqual(await found({ before: new Date("2025-12-31") }), []);
  assert.equal((await found({ since: new Date("2025-12-31") })).length, 4);
});

Deno.test("objects are found by their metadata, in order", async () => {
  await using embedded = await embeddedStore("lake", ["a", "b", "c"]);
  const client = s3Client(embedded.store);
  for (let i = 0; i < 40; i++) {
    await client.send(
      new PutObjectCommand({
        Bucket: "lake",
        Key: `m/${String(i).padStart(2, "0")}`,
        Metadata: { run: i % 2 === 0 ? "even" : "odd/x" },
      }),
    );
  }
  const keys = async (metadata: Record<string, string>) => {
    const all = walkPrefix(embedded.store, "lake", "");
    const found = findObjects(embedded.store, "lake", all, { metadata });
    return (await Array.fromAsync(found)).map(({ key }) => key);
  };
  const even = Array.from({ length: 20 }, (_, i) => `m/${String(2 * i).padStart(2, "0")}`);
  assert.deepEqual(await keys({ Run: "even" }), even);
  assert.equal((await keys({ run: "odd/*" })).length, 20);
  assert.deepEqual(await keys({ other: "*" }), []);
});

Deno.test("an object's properties, in full", async () => {
  await using embedded = await embeddedStore("lake", []);
  await s3Client(embedded.store).send(
    new PutObjectCommand({
      Bucket: "lake",
      Key: "k",
      Body: "hello",
      ContentType: "text/x-test",
      CacheControl: "no-store",
      Metadata: { run: "7" },
    }),
  );
  const stat = await statObject(embedded.store, { bucket: "lake", key: "k" });
  assert.equal(stat.uri, "s3://lake/k");
  assert.equal(stat.size, 5);
  assert.equal(stat.contentType, "text/x-test");
  assert.deepEqual(stat.metadata, { run: "7" });
  assert.equal(stat.headers["cache-control"], "no-store");
  assert.equal(stat.parts, undefined);
  const error = await thrownBy(() => statObject(embedded.store, { bucket: "lake", key: "kk" }));
  assert.ok(isDipperError(error, "key_not_found"));
});

Deno.test("bytes of an object, whole and by range", async () => {
  await using embedded = await embeddedStore("lake", ["abcdefghij"]);
  const text = async (range?: string) => {
    const options = range === undefined ? {} : { range: parseRange(range) };
    const location = { bucket: "lake", key: "abcdefghij" };
    let all = "";
    for await (const chunk of readObject(embedded.store, location, options)) {
      all += new TextDecoder().decode(chunk);
    }
    return all;
  };
  assert.equal(await text(), "abcdefghij");
  assert.equal(await text("0-2"), "abc");
  assert.equal(await text("bytes=8-"), "ij");
  assert.equal(await text("-3"), "hij");
  assert.equal(await text("8-100"), "ij");
  for (const bad of ["", "-", "3-1", "a-b", "-0", "1-2,4-5"]) {
    assert.throws(() => parseRange(bad), UsageError, bad);
  }
});

Deno.test("spans of time are read and written as people do", () => {
  const cases: [string, number][] = [
    ["90", 90],
    ["90s", 90],
    ["15m", 900],
    ["15 min", 900],
    ["2h", 7200],
    ["2 hours", 7200],
    ["7d", 604_800],
    ["1d12h", 129_600],
    ["1.5h", 5400],
    ["4w", 2_419_200],
    ["1y", 31_536_000],
  ];
  for (const [text, seconds] of cases) assert.equal(parseDuration(text, "x"), seconds, text);
  for (const bad of ["", "h", "2x", "2h!", "-1d", "d2"]) {
    assert.throws(() => parseDuration(bad, "--expires"), /--expires/, bad);
  }
  assert.equal(formatSpan(604_800), "7 days");
  assert.equal(formatSpan(3600), "1 hour");
  assert.equal(formatSpan(90), "90 seconds");
  const now = new Date("2026-02-01T00:00:00Z");
  assert.equal(parseMoment("1d", "x", now).toISOString(), "2026-01-31T00:00:00.000Z");
  assert.equal(parseMoment("2026-01-02", "x", now).toISOString(), "2026-01-02T00:00:00.000Z");
});
