import assert from "node:assert/strict";
import { isDipperError } from "../../src/errors.ts";
import { bounded, from, suffix } from "../../src/range/range.ts";
import { RangeReader, type RangeReaderOptions } from "../../src/range/reader.ts";
import { joinChunks, readBuffer } from "../../src/range/source.ts";
import { FaultOrigin, type OriginOptions } from "../faults/origin.ts";
import { fakeStore } from "./support/fake_store.ts";

const MIB = 1024 * 1024;
const OBJECTS = {
  "lab/large.bin": { size: 20 * 1024 * MIB, seed: 1, etag: "large-1" },
  "lab/some.bin": { size: 10 * MIB, seed: 2, etag: "some-1" },
  "lab/small.bin": { size: 1000, seed: 3, etag: "small-1", contentType: "text/csv" },
  "lab/empty.bin": { size: 0, seed: 4, etag: "empty-1" },
};
const FIXED = { coalesceGap: 1024, partSize: MIB, hedgeShare: 0 };

interface Lab extends AsyncDisposable {
  readonly origin: FaultOrigin;
  readonly reader: RangeReader;
  readonly store: ReturnType<typeof fakeStore>;
  /** What was asked for since the last call. */
  ranges(): (string | undefined)[];
}

function lab(options: Partial<OriginOptions> = {}, reading: RangeReaderOptions = {}): Lab {
  const origin = new FaultOrigin({ objects: OBJECTS, ...options });
  const reader = new RangeReader({ ...reading, settings: { ...FIXED, ...reading.settings } });
  let shown = 0;
  return {
    origin,
    reader,
    store: fakeStore(origin.url),
    ranges: () => origin.seen.slice(shown, shown = origin.seen.length).map(({ range }) => range),
    async [Symbol.asyncDispose]() {
      reader.close();
      await origin[Symbol.asyncDispose]();
    },
  };
}

const key = (name: string) => ({ bucket: "lab", key: name });

Deno.test("opening is one round trip that brings size, ETag and the tail", async () => {
  await using t = lab();
  const source = await t.reader.open(t.store, key("large.bin"));
  assert.deepEqual([source.size, source.etag, source.uri], [
    20 * 1024 * MIB,
    "large-1",
    "s3://lab/large.bin",
  ]);
  assert.equal(source.lastModified?.toISOString(), "2026-01-01T00:00:00.000Z");
  const tail = await readBuffer(source, suffix(65536));
  assert.equal(t.origin.pattern(1).firstDifference(source.size - 65536, [tail]), undefined);
  assert.deepEqual(t.ranges(), ["bytes=-65536"]);
});

Deno.test("the tail is as long as the size suggests, or as the caller says", async () => {
  await using t = lab();
  await t.reader.open(t.store, key("large.bin"), { size: 20 * 1024 * MIB });
  await t.reader.open(t.store, key("small.bin"), { size: 1000 });
  await t.reader.open(t.store, key("some.bin"), { tail: 8 });
  assert.deepEqual(t.ranges(), ["bytes=-524288", "bytes=-32768", "bytes=-8"]);
});

Deno.test("an object smaller than the tail needs no second request", async () => {
  await using t = lab();
  const source = await t.reader.open(t.store, key("small.bin"));
  const [all, middle, none] = await source.read([from(0), bounded(10, 5), bounded(5000, 5)]);
  assert.deepEqual(joinChunks(all), t.origin.pattern(3).slice(0, 1000));
  assert.deepEqual(joinChunks(middle), t.origin.pattern(3).slice(10, 5));
  assert.equal(joinChunks(none).byteLength, 0);
  assert.equal(source.contentType, "text/csv");
  assert.equal(t.ranges().length, 1);
});

Deno.test("an empty object is an object", async () => {
  await using t = lab();
  const source = await t.reader.open(t.store, key("empty.bin"));
  assert.deepEqual([source.size, source.etag], [0, "empty-1"]);
  assert.deepEqual(await source.read([from(0), suffix(5)]), [[], []]);
  assert.deepEqual(t.origin.seen.map(({ method, status }) => `${method} ${status}`), [
    "GET 416",
    "HEAD 200",
  ]);
});

Deno.test("a listed object needs no request to open, and its reads hold its ETag", async () => {
  await using t = lab();
  const { size, etag } = OBJECTS["lab/some.bin"];
  const source = await t.reader.openListed(t.store, key("some.bin"), { size, etag });
  assert.deepEqual(t.ranges(), []);
  await source.read([bounded(0, 10)]);
  assert.equal(t.origin.seen[0].ifMatch, '"some-1"');
  assert.equal(t.origin.seen[0].headers.get("accept-encoding"), "identity");
});

Deno.test("reads ask for exactly what is missing, near ones together, large ones split", async () => {
  await using t = lab();
  const source = await t.reader.open(t.store, key("some.bin"), { tail: 1 });
  t.ranges();
  const ranges = [
    bounded(5 * MIB, 100),
    bounded(0, 10),
    bounded(1000, 20),
    bounded(5, 10),
    bounded(2 * MIB, 2 * MIB),
  ];
  const got = await source.read(ranges);
  assert.deepEqual(t.ranges().sort(), [
    "bytes=0-1019",
    "bytes=2097152-3145727",
    "bytes=3145728-4194303",
    "bytes=5242880-5242979",
  ]);
  ranges.forEach(({ offset, length }, index) => {
    assert.deepEqual(joinChunks(got[index]), t.origin.pattern(2).slice(offset, length));
  });
  const counts = t.reader.counter.snapshot();
  assert.equal(counts.asked, 135 + 2 * MIB);
  assert.equal(counts.fromWire, 1 + 1020 + 2 * MIB + 100);
  assert.equal(counts.requests, 5);
});

Deno.test("reads under way are shared, and each byte comes once", async () => {
  await using t = lab({ delay: () => 20 });
  const source = await t.reader.open(t.store, key("some.bin"), { tail: 1 });
  const again = await t.reader.open(t.store, key("some.bin"), { tail: 1 });
  t.ranges();
  const [[a], [b], [c]] = await Promise.all([
    source.read([bounded(0, 1000)]),
    again.read([bounded(500, 1000)]),
    again.read([bounded(100, 50)]),
  ]);
  assert.deepEqual(t.ranges(), ["bytes=0-999", "bytes=1000-1499"]);
  assert.equal(t.origin.pattern(2).firstDifference(0, a), undefined);
  assert.equal(t.origin.pattern(2).firstDifference(500, b), undefined);
  assert.deepEqual(joinChunks(c), t.origin.pattern(2).slice(100, 50));
  assert.equal(t.reader.counter.snapshot().shared, 550);
});

Deno.test("objects opened at once are opened once", async () => {
  await using t = lab({ delay: () => 20 });
  const opening = Array.from({ length: 5 }, () => t.reader.open(t.store, key("some.bin")));
  await Promise.all(opening);
  assert.equal(t.ranges().length, 1);
});

Deno.test("a stream brings every byte in order, a window ahead and no further", async () => {
  await using t = lab({}, { settings: { streamWindow: 3 * MIB } });
  const source = await t.reader.open(t.store, key("large.bin"), { tail: 1 });
  t.ranges();
  const stream = source.stream(bounded(100, 1024 * MIB));
  const reader = stream.getReader();
  let at = 100;
  while (at < 5 * MIB) {
    const { value } = await reader.read();
    assert.equal(t.origin.pattern(1).firstDifference(at, [value!]), undefined);
    at += value!.byteLength;
  }
  assert.ok(t.ranges().length <= 9);
  await reader.cancel();
});

Deno.test("a stream to the end closes", async () => {
  await using t = lab();
  const source = await t.reader.open(t.store, key("some.bin"));
  const chunks = await Array.fromAsync(source.stream(from(3)));
  assert.equal(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0), 10 * MIB - 3);
  assert.equal(t.origin.pattern(2).firstDifference(3, chunks), undefined);
  assert.deepEqual(await Array.fromAsync(source.stream(bounded(5, 0))), []);
});

Deno.test("streams together stay within their budget of memory", async () => {
  await using t = lab({}, { settings: { streamWindow: 4 * MIB, streamBudget: 8 * MIB } });
  const source = await t.reader.open(t.store, key("large.bin"), { tail: 1 });
  t.ranges();
  const readers = Array.from(
    { length: 6 },
    (_, index) => source.stream(bounded(index * 100 * MIB, 50 * MIB)).getReader(),
  );
  await Promise.all(readers.map((each) => each.read()));
  await new Promise((resolve) => setTimeout(resolve, 50));
  // Each may have one part beyond the budget.
  assert.ok(t.ranges().length <= 8 + 6);
  await Promise.all(readers.map((each) => each.cancel()));
});

Deno.test("an object that is replaced is an error, never a mix", async () => {
  await using t = lab();
  const source = await t.reader.open(t.store, key("some.bin"), { tail: 1 });
  await source.read([bounded(0, 10)]);
  t.origin.put("lab/some.bin", { ...OBJECTS["lab/some.bin"], seed: 9, etag: "some-2" });
  await assert.rejects(source.read([bounded(100, 10)]), {
    name: "ObjectChangedError",
    tag: "object_changed",
  });
  t.origin.put("lab/some.bin", undefined);
  await assert.rejects(source.read([bounded(200, 10)]), { tag: "key_not_found" });
});

Deno.test("what is not there is said to be not there", async () => {
  await using t = lab();
  await assert.rejects(t.reader.open(t.store, key("none.bin")), {
    tag: "key_not_found",
    message: "there is no object s3://lab/none.bin",
  });
  await assert.rejects(t.reader.open(t.store, key("")), { tag: "key_not_found" });
});

Deno.test("an object stored with Content-Encoding gzip is read as it is stored", async () => {
  const stored = { size: 3 * MIB, seed: 5, etag: "gz-1", contentEncoding: "gzip" };
  await using t = lab({ objects: { "lab/data.csv.gz": stored } });
  const source = await t.reader.open(t.store, key("data.csv.gz"));
  const [first, all] = await source.read([bounded(10, 100), from(0)]);
  assert.equal(source.size, 3 * MIB);
  assert.equal(t.origin.pattern(5).firstDifference(10, first), undefined);
  assert.equal(t.origin.pattern(5).firstDifference(0, all), undefined);
});

Deno.test("a version is asked for by its id", async () => {
  await using t = lab();
  await t.reader.open(t.store, key("some.bin"), { versionId: "v 1" });
  assert.equal(t.origin.seen[0].path, "lab/some.bin");
});

Deno.test("expired credentials are renewed once, for all requests under way", async () => {
  let requests = 0;
  await using t = lab({
    faults: (index) => index === 3 && requests++ === 0 ? "expired" : undefined,
  });
  const source = await t.reader.open(t.store, key("some.bin"), { tail: 1 });
  const [bytes] = await source.read([from(0)]);
  assert.equal(t.origin.pattern(2).firstDifference(0, bytes), undefined);
  assert.equal(t.reader.counter.snapshot().retries, 0);
});

Deno.test("credentials that stay expired are an error", async () => {
  await using t = lab({ faults: () => "expired" });
  await assert.rejects(t.reader.open(t.store, key("some.bin")), { tag: "expired_token" });
  assert.equal(t.origin.seen.length, 9);
});

Deno.test("a bucket of another region is asked there, and the person is told", async () => {
  const notices: string[] = [];
  const store = fakeStore(undefined, {
    notice: (text) => notices.push(text),
    addressing: "virtual",
  });
  const asked: string[] = [];
  using reader = new RangeReader({
    fetch: (url) => {
      asked.push(url);
      return Promise.resolve(
        url.includes("eu-west-1")
          ? new Response("ab", {
            status: 206,
            headers: { "content-range": "bytes 0-1/2", "content-length": "2", etag: '"e"' },
          })
          : new Response("<Error><Code>PermanentRedirect</Code></Error>", {
            status: 301,
            headers: { "x-amz-bucket-region": "eu-west-1" },
          }),
      );
    },
  });
  const source = await reader.open(store, { bucket: "lab", key: "k" });
  assert.equal(source.size, 2);
  assert.deepEqual(asked, [
    "https://lab.s3.us-east-1.amazonaws.com/k",
    "https://lab.s3.eu-west-1.amazonaws.com/k",
  ]);
  assert.equal(notices.length, 1);
});

Deno.test("an anonymous store sends no signature", async () => {
  await using t = lab();
  const source = await t.reader.open(
    fakeStore(t.origin.url, { anonymous: true }),
    key("small.bin"),
  );
  assert.equal(source.size, 1000);
  assert.equal(t.origin.seen[0].headers.get("authorization"), undefined);
});

Deno.test("aborting one reader does not harm another of the same bytes", async () => {
  await using t = lab({ delay: () => 30 });
  const source = await t.reader.open(t.store, key("some.bin"), { tail: 1 });
  t.ranges();
  const controller = new AbortController();
  const aborted = source.read([bounded(0, 1000)], { signal: controller.signal });
  const other = source.read([bounded(0, 1000)]);
  controller.abort();
  await assert.rejects(aborted, { name: "CancelledError" });
  assert.equal(t.origin.pattern(2).firstDifference(0, (await other)[0]), undefined);
  assert.equal(t.ranges().length, 1);
});

Deno.test("an aborted signal ends reads, streams and openings before they begin", async () => {
  await using t = lab();
  const source = await t.reader.open(t.store, key("some.bin"), { tail: 1 });
  t.ranges();
  const signal = AbortSignal.abort();
  await assert.rejects(source.read([from(0)], { signal }), { name: "CancelledError" });
  await assert.rejects(Array.fromAsync(source.stream(from(0), { signal })), {
    name: "CancelledError",
  });
  await assert.rejects(t.reader.open(t.store, key("small.bin"), { signal }), {
    name: "CancelledError",
  });
  assert.deepEqual(t.ranges(), []);
});

Deno.test("a thousand aborted reads leave no connection and no request behind", async () => {
  await using t = lab({ delay: (index) => index % 7 });
  const source = await t.reader.open(t.store, key("large.bin"), { tail: 1 });
  let aborted = 0;
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 50 }, async (_, index) => {
      const controller = new AbortController();
      const { signal } = controller;
      const range = bounded((round * 50 + index) * 8 * MIB, 4 * MIB);
      const timer = setTimeout(() => controller.abort(), index % 12);
      try {
        if (index % 2 === 0) await source.read([range], { signal });
        else await Array.fromAsync(source.stream(range, { signal }));
      } catch (error) {
        assert.ok(isDipperError(error, "cancelled"), String(error));
        aborted++;
      } finally {
        clearTimeout(timer);
      }
    }));
  }
  assert.ok(aborted > 500, `${aborted} aborted`);
  const { underWay, waiting } = t.reader.load(t.store);
  const isBusy = () => t.origin.answering > 0 || t.origin.openConnections > 128;
  for (let wait = 0; wait < 100 && isBusy(); wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.deepEqual({ underWay, waiting, answering: t.origin.answering }, {
    underWay: 0,
    waiting: 0,
    answering: 0,
  });
  const [bytes] = await source.read([bounded(7, 100)]);
  assert.equal(t.origin.pattern(1).firstDifference(7, bytes), undefined);
  assert.ok(t.origin.openConnections <= 128, `${t.origin.openConnections} connections`);
});
