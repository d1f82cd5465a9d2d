import assert from "node:assert/strict";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { connect, type Report } from "../../src/mod.ts";
import {
  countKinds,
  type LoggedRequest,
  parseBeastLog,
  parseS3AccessLog,
  requestKind,
} from "../support/access_log.ts";
import { type PassedRequest, startProxy } from "../support/proxy.ts";
import { makeBucket, type TestBucket } from "./support/bucket.ts";
import { asPerson } from "./support/environment.ts";
import { onEachServer, type Server } from "./support/servers.ts";

/** Statements that read in different ways: whole file, footer and columns, many files, a listing. */
const READS: readonly (readonly [string, (bucket: TestBucket) => string])[] = [
  ["a CSV", (bucket) => `SELECT count(*) FROM '${bucket.uri("airlines.csv")}'`],
  [
    "two columns of a Parquet",
    (bucket) =>
      `SELECT carrier, avg(dep_delay) FROM '${bucket.uri("flights.parquet")}' GROUP BY ALL`,
  ],
  ["a pattern", (bucket) => `SELECT count(*) FROM '${bucket.uri("part/*.csv")}'`],
  [
    "a join",
    (bucket) =>
      `SELECT count(*)::INT AS n FROM '${bucket.uri("flights.parquet")}' JOIN '${
        bucket.uri("airlines.csv")
      }' USING (carrier)`,
  ],
];

onEachServer("a query's report is what crossed the wire", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv", "flights.parquet"]);
  for (const part of [1, 2, 3]) await bucket.put(`part/${part}.csv`, `a,b\n${part},x\n`);
  await using proxy = startProxy(server.endpoint);
  await asPerson({}, async () => {
    for (const transport of ["gateway", "direct"] as const) {
      for (const [what, sql] of READS) {
        const options = { ...server.options, endpoint: proxy.endpoint, transport };
        await using session = await connect(options);
        proxy.clear();
        const { report } = await session.query(sql(bucket));
        assert.deepEqual(crossed(proxy.requests), counted(report), `${transport}: ${what}`);
        assert.ok(report.requests.get > 0, what);
        assert.equal(report.transport, transport);
      }
    }
  });
});

onEachServer("a bound and a streamed query's report is what crossed the wire", async (server) => {
  await using bucket = await makeBucket(server, ["flights.parquet"]);
  await using proxy = startProxy(server.endpoint);
  const uri = bucket.uri("flights.parquet");
  await asPerson({}, async () => {
    await using session = await connect({ ...server.options, endpoint: proxy.endpoint });
    proxy.clear();
    const { report } = await session
      .sql`SELECT avg(dep_delay) FROM read_parquet(${uri}) WHERE month = ${7}`;
    const { read: passed, ...requests } = crossed(proxy.requests);
    const { read, ...expected } = counted(report);
    assert.deepEqual(requests, expected);
    // What was read ahead for nothing may still be on its way when the answer is there.
    const onItsWay = proxy.requests.map(({ bytesOut }) => bytesOut);
    assert.ok([0, ...onItsWay].includes(passed - read), `${passed} passed, ${read} counted`);
    assert.ok(report.requests.get > 0);
  });
  await asPerson({}, async () => {
    await using session = await connect({ ...server.options, endpoint: proxy.endpoint });
    proxy.clear();
    const rows = session.streamRows(`SELECT carrier FROM '${uri}'`);
    let count = 0;
    for await (const _ of rows) count++;
    assert.equal(count, 336_776);
    assert.deepEqual(crossed(proxy.requests), counted(rows.report!));
  });
});

onEachServer("a write's report is what crossed the wire", async (server) => {
  await using bucket = await makeBucket(server, ["flights.parquet"]);
  await using proxy = startProxy(server.endpoint);
  await asPerson({}, async () => {
    await using session = await connect({ ...server.options, endpoint: proxy.endpoint });
    proxy.clear();
    const { report, bytes, keys } = await session.copyTo(
      `SELECT * FROM '${bucket.uri("flights.parquet")}'`,
      bucket.uri("out/"),
      { partitionBy: ["origin"] },
    );
    assert.deepEqual(crossed(proxy.requests), counted(report));
    assert.equal(keys.length, 3);
    assert.ok(report.bytes.written >= bytes);
  });
});

onEachServer("a query's report is what the server's own log says", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv", "flights.parquet"]);
  await asPerson({}, async () => {
    await using session = await connect(server.options);
    const already = (await logUntil(server, bucket, "before")).length;
    const { report } = await session.query(READS[3][1](bucket));
    const logged = (await logUntil(server, bucket, "after")).slice(already);
    // The marks themselves are a HEAD each: the first is part of `already`.
    const asked = logged.filter(({ target }) => !target.includes("mark-"));
    assert.deepEqual(countKinds(asked), report.requests);
    if (server.name === "ceph") {
      const sent = asked.reduce((sum, { bytesOut }) => sum + (bytesOut ?? 0), 0);
      assert.equal(sent, report.bytes.read);
    }
  });
}, ["ceph", "versitygw"]);

onEachServer("a session that comes later reads from disk what another has read", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv", "flights.parquet"]);
  const directory = await Deno.makeTempDir({ prefix: "dipper-cache-" });
  await using proxy = startProxy(server.endpoint);
  await asPerson({}, async () => {
    const options = { ...server.options, endpoint: proxy.endpoint };
    const sql = READS[3][1](bucket);
    const ask = async () => {
      await using session = await connect({ ...options, cache: { directory, disk: "on" } });
      proxy.clear();
      return await session.query(sql);
    };
    const first = await ask();
    assert.ok(first.report.bytes.read > 0);
    const again = await ask();
    assert.deepEqual(again.toJSON(), first.toJSON());
    assert.deepEqual(crossed(proxy.requests), counted(again.report));
    assert.equal(again.report.bytes.read, 0);
    assert.ok(again.report.bytes.cached > 0);
    const { get, head } = again.report.requests;
    assert.ok(get + head <= 2, `${get} GET and ${head} HEAD for two objects`);
    await bucket.put("airlines.csv", "carrier,name\nUA,Changed\n");
    const [{ n }] = (await ask()).toJSON() as { n: number }[];
    assert.notEqual(n, (first.toJSON() as { n: number }[])[0].n, "what has changed is read again");
  });
  await Deno.remove(directory, { recursive: true });
});

/** What the log says of the bucket up to a request that is made now; logs are written late. */
async function logUntil(
  server: Server,
  bucket: TestBucket,
  mark: string,
): Promise<LoggedRequest[]> {
  const Key = `mark-${mark}-${crypto.randomUUID()}`;
  await server.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key })).catch(() => {});
  const parse = server.name === "ceph" ? parseBeastLog : parseS3AccessLog;
  for (const end = Date.now() + 20_000;;) {
    const all = parse(await Deno.readTextFile(server.accessLog!))
      .filter(({ target }) => target.startsWith(`/${bucket.name}/`));
    if (all.some(({ target }) => target.includes(Key))) return all;
    assert.ok(Date.now() < end, `${server.name} does not log its requests`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Requests of each kind, and the bytes of objects: listings and error texts are not data. */
function crossed(requests: readonly PassedRequest[]) {
  const passed = requests.map((request) => ({
    ...request,
    kind: requestKind(request.method, `${request.path}?${request.query}`),
  }));
  const objects = (kind: "get" | "put") =>
    passed.filter((request) => request.kind === kind && request.method !== "POST")
      .filter(({ status }) => status < 300);
  return {
    ...countKinds(passed),
    read: objects("get").reduce((sum, { bytesOut }) => sum + bytesOut, 0),
    written: objects("put").reduce((sum, { bytesIn }) => sum + bytesIn, 0),
  };
}

function counted({ requests, bytes }: Report) {
  return { ...requests, read: bytes.read, written: bytes.written };
}
