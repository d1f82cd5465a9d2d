import assert from "node:assert/strict";
import { connect } from "../../../src/engine/connect.ts";
import { isDipperError } from "../../../src/errors.ts";
import { openBench, optionsFor, rejection, uploadsIn } from "../support/session.ts";

const NUMBERS = "SELECT range AS n, md5(range::VARCHAR) AS t FROM range(300000)";

Deno.test("a budget ends a query and says how far it came", async () => {
  await using bench = await openBench({ maxRequests: 1000 });
  const { session, uri, proxy } = bench;
  await session.copyTo(NUMBERS, uri("big.parquet"));
  const query = `SELECT max(t) FROM '${uri("big.parquet")}'`;
  const bytes = await rejection(session.query(query, [], { maxBytes: 100_000 }));
  assert.ok(isDipperError(bytes, "budget"), String(bytes));
  assert.match(bytes.message, /100000 bytes .* \d+ bytes were read in \d+ requests, of 1 objects/);
  proxy.clear();
  const requests = await rejection(
    session.query(`${query}; ${query}`, [], { maxRequests: 1 }),
  );
  assert.ok(isDipperError(requests, "budget"), String(requests));
  assert.ok(proxy.requests.length <= 2, `${proxy.requests.length}`);
  const stream = session.stream(query, [], { maxBytes: 100_000 });
  assert.ok(isDipperError(await rejection(Array.fromAsync(stream)), "budget"));
  assert.equal((await session.query(query)).rowCount, 1, "the next query has a budget of its own");
});

Deno.test("the session's budget is each query's that says nothing", async () => {
  await using bench = await openBench();
  await bench.session.copyTo(NUMBERS, bench.uri("big.parquet"));
  await using tight = await connect({
    ...optionsFor(bench.store),
    maxBytes: 100_000,
  });
  const query = `SELECT max(t) FROM '${bench.uri("big.parquet")}'`;
  assert.ok(isDipperError(await rejection(tight.query(query)), "budget"));
  assert.equal((await tight.query(query, [], { maxBytes: 1e9 })).rowCount, 1);
  await using direct = await connect({ ...optionsFor(bench.store), transport: "direct" });
  assert.ok(isDipperError(await rejection(direct.query(query, [], { maxBytes: 1 })), "usage"));
});

Deno.test("what plain SQL writes is seen when its statement has succeeded, or never", async () => {
  await using bench = await openBench();
  const { session, uri, keys, store } = bench;
  await session.query(`COPY (${NUMBERS}) TO '${uri("kept.parquet")}'`);
  const failing =
    `SELECT CASE WHEN n = 290000 THEN error('half-way') ELSE n END, t FROM (${NUMBERS})`;
  for (const target of ["kept.parquet", "new.parquet", "new.csv"]) {
    const error = await rejection(session.query(`COPY (${failing}) TO '${uri(target)}'`));
    assert.match(error.message, /half-way/);
  }
  await rejection(
    session.query(
      `COPY (SELECT *, n % 3 AS p FROM (${failing}) AS f(n, t)) TO '${
        uri("parts")
      }' (PARTITION_BY p)`,
    ),
  );
  assert.deepEqual(await keys(), ["kept.parquet"]);
  assert.deepEqual(await uploadsIn(store), []);
  const [{ n }] = (await session.query(`SELECT count(*)::INT AS n FROM '${uri("kept.parquet")}'`))
    .toJSON();
  assert.equal(n, 300000);
});

Deno.test("requests with a secret of one's own pass the gateway by, and are counted", async () => {
  await using bench = await openBench();
  const { session, uri, proxy, store } = bench;
  await store.put("x.csv", "a\n1\n");
  await store.put("theirs/x.csv", "a\n1\n");
  assert.equal((await session.query(`FROM '${uri("x.csv")}'`)).report.bypassed, 0);
  await session.query(
    `CREATE SECRET (TYPE s3, KEY_ID 'mine', SECRET 'my-own-secret', SCOPE 's3://${store.bucket}/theirs')`,
  );
  proxy.clear();
  const { report } = await session.query(
    `FROM '${uri("x.csv")}' UNION ALL FROM '${uri("x.csv")}'`,
  );
  assert.equal(report.bypassed, 0);
  await session.query(
    `CREATE OR REPLACE SECRET (TYPE s3, KEY_ID 'mine', SECRET 'my-own-secret', SCOPE 's3://${store.bucket}/')`,
  );
  proxy.clear();
  const past = await session.query(`FROM '${uri("x.csv")}'`);
  assert.equal(past.report.bypassed, proxy.requests.length);
  assert.ok(past.report.bypassed > 0);
  const total = Object.values(past.report.requests).reduce((sum, count) => sum + count, 0);
  assert.equal(total, proxy.requests.length);
});

Deno.test("a proxy in the environment does not come between DuckDB and the gateway", async () => {
  await using bench = await openBench();
  await bench.store.put("x.csv", "a\n1\n");
  const seen: string[] = [];
  await using proxy = Deno.serve({ port: 0, onListen() {} }, ({ method, url }) => {
    seen.push(`${method} ${url}`);
    return new Response(null, { status: 502 });
  });
  const code = `
    import { connect } from ${
    JSON.stringify(import.meta.resolve("../../../src/engine/connect.ts"))
  };
    await using session = await connect();
    const result = await session.query("FROM '${bench.uri("x.csv")}'");
    console.log(result.rowCount, Deno.env.get("no_proxy"));`;
  for (const name of ["http_proxy", "HTTP_PROXY", "all_proxy"]) {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", code],
      env: {
        [name]: `http://127.0.0.1:${proxy.addr.port}`,
        no_proxy: "localhost",
        AWS_ENDPOINT_URL: bench.store.endpoint.replace("127.0.0.1", "localhost"),
        AWS_REGION: bench.store.region,
        AWS_ACCESS_KEY_ID: bench.store.accessKeyId,
        AWS_SECRET_ACCESS_KEY: bench.store.secretAccessKey,
      },
    }).output();
    const said = new TextDecoder().decode(stdout);
    assert.match(said, /^1 localhost/, `${name}: ${said}${new TextDecoder().decode(stderr)}`);
  }
  assert.deepEqual(seen.filter((request) => request.includes("/x.csv")), []);
});

Deno.test("DuckDB has no credentials of a store", async () => {
  await using bench = await openBench();
  await bench.store.put("x.csv", "a\n1\n");
  await bench.session.query(`FROM '${bench.uri("x.csv")}'`);
  const settings = await bench.session.query(
    "SELECT name, value FROM duckdb_settings() WHERE name LIKE 's3_%'",
  );
  const text = JSON.stringify(settings.toJSON());
  assert.doesNotMatch(text, new RegExp(bench.store.accessKeyId));
  assert.match(text, /query-\d+/);
});
