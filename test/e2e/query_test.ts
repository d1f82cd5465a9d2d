import assert from "node:assert/strict";
import { connect } from "../../src/mod.ts";
import { makeBucket } from "./support/bucket.ts";
import { asPerson } from "./support/environment.ts";
import { onEachServer, server, SERVER_NAMES } from "./support/servers.ts";

onEachServer("joins a CSV with a Parquet", async (store) => {
  await using bucket = await makeBucket(store, ["airlines.csv", "flights.parquet"]);
  await asPerson({}, async () => {
    await using session = await connect(store.options);
    const result = await session.query(
      `SELECT name, count(*) AS flights FROM '${bucket.uri("flights.parquet")}'
       JOIN '${bucket.uri("airlines.csv")}' USING (carrier)
       WHERE month = $month GROUP BY ALL ORDER BY flights DESC LIMIT 2`,
      { month: 1 },
    );
    assert.deepEqual(result.rows(), [
      { name: "United Air Lines Inc.", flights: 4637n },
      { name: "JetBlue Airways", flights: 4427n },
    ]);
  });
});

onEachServer("writes partitioned Parquet and reads it back", async (store) => {
  await using bucket = await makeBucket(store, ["flights.parquet"]);
  await asPerson({}, async () => {
    await using session = await connect(store.options);
    const written = await session.copyTo(
      `SELECT month, origin, carrier, dep_delay FROM '${bucket.uri("flights.parquet")}'`,
      bucket.uri("by month/"),
      { format: "parquet", partitionBy: ["month", "origin"] },
    );
    assert.equal(written.rows, 336_776);
    assert.equal(written.keys.length, 36);
    const there = (await bucket.keys()).filter((key) => key.startsWith("by month/"));
    assert.deepEqual([...written.keys].sort(), there);
    const back = await session.query(
      `SELECT count(*) AS n, sum(dep_delay)::BIGINT AS delay, count(DISTINCT month) AS months
       FROM read_parquet('${bucket.uri("by month/**/*.parquet")}', hive_partitioning = true)
       WHERE origin = 'JFK'`,
    );
    const direct = await session.query(
      `SELECT count(*) AS n, sum(dep_delay)::BIGINT AS delay, count(DISTINCT month) AS months
       FROM '${bucket.uri("flights.parquet")}' WHERE origin = 'JFK'`,
    );
    assert.deepEqual(back.rows(), direct.rows());
    assert.equal(back.rows()[0].n, 111_279n);
  });
});

onEachServer("writes GeoParquet and reads it back", async (store) => {
  await using bucket = await makeBucket(store, ["countries.parquet"]);
  await asPerson({}, async () => {
    await using session = await connect(store.options);
    const source = bucket.uri("countries.parquet");
    const columns = (await session.describe(source)).columns.map(({ name }) => name);
    const geometry = columns.find((name) => /^geom/i.test(name));
    const written = await session.copyTo(
      `SELECT "${geometry}" FROM '${source}'`,
      bucket.uri("out.parquet"),
      { format: "geoparquet" },
    );
    const bounds = (uri: string) =>
      session.query(
        `SELECT count(*) AS n, round(sum(ST_Area("${geometry}")), 6) AS area FROM '${uri}'`,
      );
    assert.equal(written.rows, 241);
    const back = (await bounds(bucket.uri("out.parquet"))).rows();
    assert.deepEqual(back, (await bounds(source)).rows());
    const metadata = await session.query(
      `SELECT decode(value) AS geo FROM parquet_kv_metadata('${bucket.uri("out.parquet")}')
       WHERE decode(key) = 'geo'`,
    );
    assert.equal(JSON.parse(String(metadata.rows()[0].geo)).primary_column, geometry);
  });
});

onEachServer("refuses to write over what is there, and overwrites when told", async (store) => {
  await using bucket = await makeBucket(store);
  await asPerson({}, async () => {
    await using session = await connect(store.options);
    const uri = bucket.uri("out/");
    const write = (ifExists: "error" | "overwrite" | "append", value: number) =>
      session.copyTo(`SELECT ${value} AS v`, uri, { format: "parquet", ifExists });
    await write("error", 1);
    await assert.rejects(() => write("error", 2), { tag: "target_exists" });
    await write("append", 3);
    const values = async () => {
      const found = await session.query(
        `SELECT v FROM '${bucket.uri("out/*.parquet")}' ORDER BY v`,
      );
      return found.rows().map(({ v }) => v);
    };
    assert.deepEqual(await values(), [1, 3]);
    await write("overwrite", 4);
    assert.deepEqual(await values(), [4]);
  });
});

for (const [first, second] of [["ceph", "versitygw"], ["versitygw", "seaweedfs"]] as const) {
  Deno.test(`${first} and ${second}: one query joins both`, async () => {
    await using left = await makeBucket(server(first), ["flights.parquet"]);
    await using right = await makeBucket(server(second), ["airlines.csv"]);
    await asPerson({}, async () => {
      await using session = await connect({
        stores: { left: server(first).options, right: server(second).options },
        buckets: { [left.name]: "left", [right.name]: "right" },
      });
      const result = await session.query(
        `SELECT count(DISTINCT name) AS n FROM '${left.uri("flights.parquet")}'
         JOIN '${right.uri("airlines.csv")}' USING (carrier)`,
      );
      assert.deepEqual(result.rows(), [{ n: 16n }]);
      const written = await session.copyTo(
        `SELECT carrier, count(*) AS n FROM '${left.uri("flights.parquet")}' GROUP BY ALL`,
        right.uri("carriers.parquet"),
      );
      assert.equal(written.rows, 16);
      assert.ok((await right.keys()).includes("carriers.parquet"));
    });
  });
}

Deno.test("ceph, versitygw and seaweedfs: buckets are found where they are", async () => {
  const buckets = await Promise.all(
    SERVER_NAMES.map((name) => makeBucket(server(name), ["airlines.csv"])),
  );
  await asPerson({}, async () => {
    const stores = Object.fromEntries(SERVER_NAMES.map((name) => [name, server(name).options]));
    await using session = await connect({ stores });
    const all = buckets.map((bucket) => `FROM '${bucket.uri("airlines.csv")}'`);
    const result = await session.query(`SELECT count(*) AS n FROM (${all.join(" UNION ALL ")})`);
    assert.deepEqual(result.rows(), [{ n: 48n }]);
  });
  for (const bucket of buckets) await bucket[Symbol.asyncDispose]();
});
