import assert from "node:assert/strict";
import { connect } from "../../src/engine/connect.ts";
import { type DipperError, isDipperError } from "../../src/errors.ts";
import { openBench, rejection } from "./support/session.ts";

const LONG = "SELECT sum(hash(a.range * b.range)) AS n FROM range(1000000) a, range(100000) b";

async function bare() {
  return await connect({ endpoint: "http://127.0.0.1:9", anonymous: true });
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function tagOf(work: Promise<unknown>): Promise<string> {
  const error = await rejection(work);
  assert.ok(isDipperError(error), String(error.stack));
  return (error as DipperError).tag;
}

Deno.test("values are bound by name, in order and in a template", async () => {
  await using session = await bare();
  const evil = "x'; DROP TABLE t; --";
  assert.deepEqual((await session.query("SELECT $a AS a, $b AS b", { a: evil, b: 7n })).rows(), [
    { a: evil, b: 7n },
  ]);
  assert.deepEqual((await session.query("SELECT $1 AS a, $2 AS b", [evil, null])).rows(), [
    { a: evil, b: null },
  ]);
  const template = await session.sql`SELECT ${evil} AS a, ${1}+${2} AS b`;
  assert.deepEqual(template.toJSON(), [{ a: evil, b: 3 }]);
});

Deno.test("a template's value may stand before a letter or a digit", async () => {
  await using session = await bare();
  assert.deepEqual((await session.sql`SELECT ${"a"}AS x`).toJSON(), [{ x: "a" }]);
});

Deno.test("several statements share named values; the last one's rows come back", async () => {
  await using session = await bare();
  const result = await session.query(
    "CREATE TABLE t AS SELECT $n::INT AS a; INSERT INTO t VALUES (2); FROM t WHERE a < $most",
    { n: 1, most: 2 },
  );
  assert.deepEqual(result.rows(), [{ a: 1 }]);
});

Deno.test("a value that the SQL does not ask for, or lacks, is named", async () => {
  await using session = await bare();
  const surplus = await rejection(session.query("SELECT $a", { a: 1, b: 2 }));
  assert.match(surplus.message, /\$b/);
  assert.equal(await tagOf(session.query("SELECT $a, $b", { a: 1 })), "usage");
  assert.equal(await tagOf(session.query("SELECT $a")), "usage");
  assert.equal(await tagOf(session.query(" -- nothing")), "usage");
});

Deno.test("a limit ends the query early", async () => {
  await using session = await bare();
  const result = await session.query("SELECT range AS n FROM range(100_000_000_000)", [], {
    limit: 3000,
  });
  assert.equal(result.rowCount, 3000);
  assert.equal(result.report.rows, 3000);
  assert.equal((await session.query("SELECT 1 AS a", [], { limit: 0 })).rowCount, 0);
  assert.deepEqual((await session.query("SELECT 1 AS a")).rows(), [{ a: 1 }]);
});

Deno.test("queries in parallel run one after another, each with its own result", async () => {
  await using session = await bare();
  await session.query("CREATE TABLE seen (n INT)");
  const asked = Array.from({ length: 12 }, (_, n) => n);
  const results = await Promise.all(
    asked.map((n) =>
      session.query("INSERT INTO seen VALUES ($n); SELECT $n AS n, count(*) AS c FROM seen", { n })
    ),
  );
  assert.deepEqual(
    results.map((result) => result.toJSON()[0]),
    asked.map((n) => ({ n, c: n + 1 })),
  );
});

Deno.test("a stream gives batches, rows or JSON, and its report at the end", async () => {
  await using session = await bare();
  const stream = session.stream("SELECT range AS n FROM range(200_000)", [], { batchRows: 65_536 });
  assert.deepEqual(await stream.columns(), [{ name: "n", type: "BIGINT" }]);
  let rows = 0;
  let batches = 0;
  for await (const batch of stream) {
    assert.equal(stream.report, undefined);
    rows += batch.numRows;
    batches++;
  }
  assert.equal(rows, 200_000);
  assert.ok(batches >= 3 && batches <= 6, `${batches} batches`);
  assert.equal(stream.report?.rows, 200_000);
  assert.deepEqual(await Array.fromAsync(session.streamRows("FROM range(2) t(n)")), [{ n: 0n }, {
    n: 1n,
  }]);
  assert.deepEqual(await Array.fromAsync(session.streamJson("SELECT 1.5::DECIMAL(4,1) AS d")), [
    { d: "1.5" },
  ]);
});

Deno.test("a stream is read once, and leaving it early frees the session", async () => {
  await using session = await bare();
  const stream = session.streamRows("SELECT range AS n FROM range(100_000_000_000)");
  for await (const row of stream) if (row.n === 5000n) break;
  assert.ok(stream.report !== undefined && stream.report.rows < 100_000);
  assert.equal(await tagOf(Array.fromAsync(stream)), "usage");
  await session.query("CREATE TABLE t AS SELECT 1 AS a");
  assert.deepEqual((await session.query("FROM t")).rows(), [{ a: 1 }]);
});

Deno.test("fifty million rows read slowly take no more memory than a few", async () => {
  // In a process of its own: tests that run beside this one have memory too.
  const code = `
    import { connect } from ${JSON.stringify(import.meta.resolve("../../src/engine/connect.ts"))};
    await using session = await connect({ endpoint: "http://127.0.0.1:9", anonymous: true });
    const sql = "SELECT range AS n, repeat('x', 100) AS text FROM range(50_000_000)";
    const before = Deno.memoryUsage().rss;
    let [most, batches] = [0, 0];
    for await (const batch of session.stream(sql)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      most = Math.max(most, Deno.memoryUsage().rss - before);
      if (++batches === 25) break;
    }
    console.log(Math.round(most / 1e6));`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
  }).output();
  const megabytes = Number(new TextDecoder().decode(stdout));
  // All of it would be 5 GB.
  assert.ok(megabytes > 0 && megabytes < 300, `${megabytes} ${new TextDecoder().decode(stderr)}`);
});

Deno.test("queries run beside a stream that is being read", async () => {
  await using session = await bare();
  const rows: bigint[] = [];
  for await (const { n } of session.streamRows("SELECT range AS n FROM range(5000)")) {
    if (rows.length % 2000 === 0) {
      assert.deepEqual((await session.query("SELECT 1 AS a")).rows(), [{ a: 1 }]);
    }
    rows.push(n as bigint);
  }
  assert.deepEqual(rows, Array.from({ length: 5000 }, (_, n) => BigInt(n)));
});

Deno.test("two streams and a query that begin at once do not wait for one another", async () => {
  await using session = await bare();
  const open = () =>
    session.streamRows("SELECT range AS n FROM range(9000)")[Symbol.asyncIterator]();
  const [first, second] = [open(), open()];
  const [a, b, c] = await Promise.all([
    first.next(),
    second.next(),
    session.query("SELECT 1 AS a"),
  ]);
  assert.deepEqual([a.value, b.value, c.rows()], [{ n: 0n }, { n: 0n }, [{ a: 1 }]]);
  await first.return(undefined);
  await second.return(undefined);
  await session.query("CREATE TEMP TABLE again AS SELECT 1 AS a");
  assert.equal((await session.query("FROM again")).rowCount, 1);
});

Deno.test("a cancelled query rejects at once, and the next one works", async () => {
  await using session = await bare();
  for (let round = 0; round < 3; round++) {
    const controller = new AbortController();
    const query = session.query(LONG, [], { signal: controller.signal });
    const caught = rejection(query);
    await sleep(round * 60);
    const at = performance.now();
    controller.abort();
    const error = await caught;
    assert.ok(performance.now() - at < 500);
    assert.ok(isDipperError(error, "cancelled"));
    assert.deepEqual((await session.query("SELECT 1 AS a")).rows(), [{ a: 1 }]);
  }
});

Deno.test("a query that is cancelled before it starts never starts", async () => {
  await using session = await bare();
  const signal = AbortSignal.abort();
  assert.equal(
    await tagOf(session.query("CREATE TABLE never AS SELECT 1", [], { signal })),
    "cancelled",
  );
  assert.equal(await tagOf(session.query("FROM never")), "sql");
});

Deno.test("a query that waits for its turn is cancelled while it waits", async () => {
  await using session = await bare();
  const running = new AbortController();
  const first = rejection(session.query(LONG, [], { signal: running.signal }));
  const waiting = new AbortController();
  const second = rejection(session.query("SELECT 1", [], { signal: waiting.signal }));
  const third = session.query("SELECT 3 AS n");
  await sleep(20);
  waiting.abort();
  assert.ok(isDipperError(await second, "cancelled"));
  running.abort();
  assert.ok(isDipperError(await first, "cancelled"));
  assert.deepEqual((await third).rows(), [{ n: 3 }]);
});

Deno.test("an abort after the end changes nothing", async () => {
  await using session = await bare();
  const controller = new AbortController();
  const result = await session.query("SELECT 1 AS a", [], { signal: controller.signal });
  controller.abort();
  assert.deepEqual(result.rows(), [{ a: 1 }]);
  assert.deepEqual((await session.query("SELECT 2 AS a")).rows(), [{ a: 2 }]);
});

Deno.test("a cancelled stream rejects, and the session goes on", async () => {
  await using session = await bare();
  const controller = new AbortController();
  const stream = session.streamRows(
    "SELECT range AS n FROM range(100_000_000_000) WHERE range % 7 = 0",
    [],
    { signal: controller.signal },
  );
  const read = rejection((async () => {
    for await (const _ of stream) if (!controller.signal.aborted) controller.abort();
  })());
  assert.ok(isDipperError(await read, "cancelled"));
  assert.equal(stream.report, undefined);
  await session.query("CREATE TEMP TABLE t AS SELECT 1 AS a");
  assert.equal((await session.query("FROM t")).rowCount, 1);
});

Deno.test("a stream that fails half-way rejects with the reason", async () => {
  await using session = await bare();
  const stream = session.streamRows(
    "SELECT CASE WHEN range = 150000 THEN error('half-way') ELSE range END AS n FROM range(200000)",
  );
  const error = await rejection(Array.fromAsync(stream));
  assert.match(error.message, /half-way/);
  assert.deepEqual((await session.query("SELECT 1 AS a")).rows(), [{ a: 1 }]);
});

Deno.test("the session's own signal ends everything in it", async () => {
  const controller = new AbortController();
  await using session = await connect({
    endpoint: "http://127.0.0.1:9",
    anonymous: true,
    signal: controller.signal,
  });
  const caught = rejection(session.query(LONG));
  await sleep(50);
  controller.abort();
  assert.ok(isDipperError(await caught, "cancelled"));
});

Deno.test("closing ends what is under way, and twice is once", async () => {
  const session = await bare();
  const running = rejection(session.query(LONG));
  const waiting = rejection(session.query("SELECT 1"));
  const stream = session.streamRows("SELECT range AS n FROM range(100_000_000_000)");
  await sleep(50);
  const at = performance.now();
  await Promise.all([session.close(), session.close()]);
  assert.ok(performance.now() - at < 2000);
  assert.ok(isDipperError(await running, "cancelled"));
  assert.ok(isDipperError(await waiting, "cancelled", "usage"));
  assert.equal(await tagOf(session.query("SELECT 1")), "usage");
  assert.equal(await tagOf(Array.fromAsync(stream)), "usage");
});

Deno.test("closing ends a stream that is being read", async () => {
  const session = await bare();
  const stream = session.streamRows("SELECT range AS n FROM range(100_000_000_000)");
  const reading = stream[Symbol.asyncIterator]();
  await reading.next();
  const beside = await session.query("SELECT 1 AS a");
  assert.equal(beside.rowCount, 1);
  await session.close();
  const rest = rejection((async () => {
    while (!(await reading.next()).done);
  })());
  assert.ok(isDipperError(await rest, "cancelled"));
});

Deno.test("a closed session leaves nothing on disk", async () => {
  const tmp = await Deno.makeTempDir({ prefix: "dipper-tmp-" });
  const entries = () => Array.fromAsync(Deno.readDir(tmp), ({ name }) => name);
  const code = `
    import { connect } from ${JSON.stringify(import.meta.resolve("../../src/engine/connect.ts"))};
    const session = await connect({ endpoint: "http://127.0.0.1:9", anonymous: true, memoryLimit: "60MB" });
    await session.query("CREATE PERSISTENT SECRET p (TYPE s3, SECRET 'kept-on-disk-0123')");
    await session.query("CREATE TABLE t AS SELECT range AS a, random() AS b FROM range(4_000_000)");
    const during = [...Deno.readDirSync(${JSON.stringify(tmp)})].length;
    await session.close();
    console.log(during);`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    env: { TMPDIR: tmp },
  }).output();
  assert.equal(new TextDecoder().decode(stdout).trim(), "1", new TextDecoder().decode(stderr));
  assert.deepEqual(await entries(), []);
  await Deno.remove(tmp, { recursive: true });
});

Deno.test("progress is reported between 0 and 1", async () => {
  await using session = await bare();
  await session.query("CREATE TABLE t AS SELECT range AS n FROM range(3_000_000)");
  const seen: number[] = [];
  const enough = new AbortController();
  const query = session.query("SELECT max(sha256(n || repeat('x', 2000))) FROM t", [], {
    signal: enough.signal,
    onProgress: (fraction) => {
      seen.push(fraction);
      if (fraction > 0) enough.abort();
    },
  });
  await query.catch(() => {});
  assert.ok(seen.at(-1)! > 0, `${seen}`);
  assert.ok(seen.every((fraction) => fraction >= 0 && fraction <= 1), `${seen}`);
});

Deno.test("a read-only session reads and does not write", async () => {
  await using bench = await openBench({ readOnly: true });
  await bench.store.put("x.csv", "a\n1\n");
  const { session } = bench;
  assert.equal((await session.query(`FROM '${bench.uri("x.csv")}'`)).rowCount, 1);
  assert.equal(
    await tagOf(session.query(`COPY (SELECT 1) TO '${bench.uri("y.csv")}'`)),
    "read_only",
  );
  assert.equal(await tagOf(session.copyTo("SELECT 1", bench.uri("y.csv"))), "read_only");
  assert.deepEqual(await bench.keys(), ["x.csv"]);
});

Deno.test("options that make no sense are refused", async () => {
  for (const threads of [0, 1.5, 5000, NaN]) {
    assert.equal(await tagOf(connect({ threads })), "usage");
  }
  assert.equal(await tagOf(connect({ transport: "carrier pigeon" as "direct" })), "usage");
});

Deno.test("settings of the session have their effect", async () => {
  await using session = await connect({
    endpoint: "http://127.0.0.1:9",
    anonymous: true,
    threads: 3,
    memoryLimit: "1GB",
  });
  const settings = await session.query(
    "SELECT current_setting('threads')::INT AS threads, current_setting('memory_limit') AS memory",
  );
  assert.deepEqual(settings.toJSON(), [{ threads: 3, memory: "953.6 MiB" }]);
});
