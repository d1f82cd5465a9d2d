import assert from "node:assert/strict";
import { delayOf, dueAfter } from "../../bench/origin/conditions.ts";
import { Counter, totalRequests } from "../../bench/origin/counts.ts";
import { listingXml } from "../../bench/origin/listing.ts";
import { bucketOf, patternObject } from "../../bench/origin/objects.ts";
import { parseHead, rangeOf } from "../../bench/origin/request.ts";
import { serveOrigin } from "../../bench/origin/server.ts";

Deno.test("ranges of every form", () => {
  assert.deepEqual(rangeOf(undefined, 100), { offset: 0, length: 100, isWhole: true });
  assert.deepEqual(rangeOf("bytes=10-19", 100), { offset: 10, length: 10, isWhole: false });
  assert.deepEqual(rangeOf("bytes=90-", 100), { offset: 90, length: 10, isWhole: false });
  assert.deepEqual(rangeOf("bytes=90-500", 100), { offset: 90, length: 10, isWhole: false });
  assert.deepEqual(rangeOf("bytes=-500", 100), { offset: 0, length: 100, isWhole: false });
  assert.equal(rangeOf("bytes=100-", 100), undefined);
  assert.equal(rangeOf("bytes=-0", 100), undefined);
});

Deno.test("a request's path is decoded, its query is not part of it", () => {
  const { method, path, query, headers } = parseHead(
    "GET /bench/many/part%3D0/a%20b?x-id=GetObject HTTP/1.1\r\nHost: here\r\nRange: bytes=0-1",
  );
  assert.deepEqual([method, path, query.get("x-id")], [
    "GET",
    "bench/many/part=0/a b",
    "GetObject",
  ]);
  assert.equal(headers.get("range"), "bytes=0-1");
});

Deno.test("one answer in twenty is late, and the same ones each time", () => {
  const conditions = { delay: 30, bandwidth: 0, tail: { every: 20, factor: 10 } };
  const delays = Array.from({ length: 10_000 }, (_, index) => delayOf(conditions, index));
  const late = delays.filter((delay) => delay === 300).length;
  assert.ok(late > 450 && late < 550, `${late}`);
  assert.equal(delays.filter((delay) => delay === 30).length, 10_000 - late);
  assert.deepEqual(delays, Array.from({ length: 10_000 }, (_, i) => delayOf(conditions, i)));
});

Deno.test("a bandwidth says when bytes are due", () => {
  assert.equal(dueAfter(90_000_000, { delay: 0, bandwidth: 90_000_000 }), 1000);
  assert.equal(dueAfter(90_000_000, { delay: 0, bandwidth: 0 }), 0);
});

Deno.test("counts begin again, requests in flight go on", () => {
  const counter = new Counter(() => 0);
  counter.begin("get", "a");
  counter.begin("get", "a");
  counter.begin("list", "b");
  counter.end();
  counter.data(10);
  assert.equal(totalRequests(counter.now), 3);
  assert.deepEqual(
    [counter.now.mostInFlight, counter.now.inFlight, counter.now.distinct, counter.now.dataBytes],
    [3, 2, 2, 10],
  );
  counter.reset();
  assert.deepEqual([totalRequests(counter.now), counter.now.mostInFlight], [0, 2]);
});

Deno.test("pages of a listing together are the whole of it, with folders and encoded keys", () => {
  const objects = new Map(
    ["a/1", "a/2", "b/x=1/f", "b/x=2/f", "b/x=2/g", "c & d"].map((key) =>
      [key, patternObject(key, 5)] as const
    ),
  );
  const bucket = { objects, keys: [...objects.keys()].sort() };
  const page = (query: Record<string, string>) =>
    listingXml("bench", bucket, new URLSearchParams(query));
  const found = (xml: string) =>
    [...xml.matchAll(/<(?:Key|Prefix)>([^<]*)<\/(?:Key|Prefix)>/g)].map((match) => match[1])
      .slice(1);
  const all: string[] = [];
  for (let token: string | undefined = ""; token !== undefined;) {
    const xml = page({
      delimiter: "/",
      "max-keys": "1",
      ...(token === "" ? {} : { "continuation-token": token }),
    });
    all.push(...found(xml));
    token = /<NextContinuationToken>([^<]*)</.exec(xml)?.[1];
  }
  assert.deepEqual(all, ["a/", "b/", "c &amp; d"]);
  assert.deepEqual(found(page({ prefix: "b/", delimiter: "/" })), ["b/x=1/", "b/x=2/"]);
  assert.deepEqual(found(page({ prefix: "b/x=2", "encoding-type": "url" })), [
    "b/x%3D2/f",
    "b/x%3D2/g",
  ]);
  assert.deepEqual(found(page({ "start-after": "b/x=2/f" })), ["b/x=2/g", "c &amp; d"]);
});

Deno.test("the origin serves what is in the folder, counts it, and says when it is not there", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/part=0`);
  await Deno.writeTextFile(`${folder}/part=0/data.txt`, "0123456789");
  const bucket = await bucketOf(folder, { "large.bin": 3_000_000 });
  const counter = new Counter(() => 0);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conditions = { delay: 1, bandwidth: 500_000_000 };
  const client = Deno.createHttpClient({});
  const serving = serveOrigin(listener, { name: "bench", bucket, conditions, counter });
  try {
    const at = (path: string, headers: Record<string, string> = {}, method = "GET") =>
      fetch(`http://127.0.0.1:${listener.addr.port}/${path}`, { method, headers, client });
    const part = await at("bench/part%3D0/data.txt", { range: "bytes=2-4" });
    assert.deepEqual([part.status, await part.text()], [206, "234"]);
    assert.equal(part.headers.get("content-range"), "bytes 2-4/10");
    const etag = part.headers.get("etag")!;
    const whole = await at("bench/large.bin");
    assert.equal((await whole.bytes()).byteLength, 3_000_000);
    const statuses = [
      await at("bench/part=0/data.txt", { "if-match": etag }),
      await at("bench/part=0/data.txt", { "if-match": '"other"' }),
      await at("bench/part=0/data.txt", { "if-none-match": etag }),
      await at("bench/part=0/data.txt", {}, "HEAD"),
      await at("bench/nothing"),
      await at("other/part=0/data.txt"),
    ].map(async (answer) => {
      await answer.body?.cancel();
      return answer.status;
    });
    assert.deepEqual(await Promise.all(statuses), [200, 412, 304, 200, 404, 404]);
    assert.match(await (await at("bench?list-type=2&prefix=part")).text(), /<Size>10<\/Size>/);
    assert.deepEqual(counter.now.requests, { get: 7, head: 1, list: 1, other: 0 });
    assert.equal(counter.now.dataBytes, 3 + 3_000_000 + 10);
  } finally {
    client.close();
    listener.close();
    await serving;
    await Deno.remove(folder, { recursive: true });
  }
});
