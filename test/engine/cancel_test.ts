import assert from "node:assert/strict";
import { Interruptible } from "../../src/engine/cancel.ts";
import { isDipperError } from "../../src/errors.ts";
import { rejection } from "./support/session.ts";
import { plainDuckdb } from "./support/duckdb.ts";

const ENDLESS = "SELECT sum(hash(range)) FROM range(1_000_000_000_000)";

Deno.test("work without a signal passes through", async () => {
  using duckdb = await plainDuckdb();
  const work = new Interruptible(duckdb.connection);
  assert.equal(await work.run(undefined, () => Promise.resolve(7)), 7);
  const error = await rejection(work.run(undefined, () => Promise.reject(new Error("its own"))));
  assert.equal(error.message, "its own");
});

Deno.test("an abort rejects at once; idle waits until DuckDB has let go", async () => {
  using duckdb = await plainDuckdb();
  const { connection } = duckdb;
  const work = new Interruptible(connection);
  const controller = new AbortController();
  let isOver = false;
  const run = work.run(controller.signal, async () => {
    try {
      await connection.run(ENDLESS);
    } finally {
      isOver = true;
    }
  });
  controller.abort(new Error("the person's reason"));
  const error = await rejection(run);
  assert.ok(isDipperError(error, "cancelled"));
  assert.equal((error.cause as Error).message, "the person's reason");
  await work.idle();
  assert.equal(isOver, true);
});

Deno.test("an aborted signal starts nothing", async () => {
  using duckdb = await plainDuckdb();
  const work = new Interruptible(duckdb.connection);
  let isStarted = false;
  const run = work.run(AbortSignal.abort(), () => {
    isStarted = true;
    return Promise.resolve();
  });
  assert.ok(isDipperError(await rejection(run), "cancelled"));
  assert.equal(isStarted, false);
});

Deno.test("an interrupt that comes before DuckDB has begun is said again", async () => {
  using duckdb = await plainDuckdb();
  const { connection } = duckdb;
  const work = new Interruptible(connection);
  const controller = new AbortController();
  const run = work.run(controller.signal, async () => {
    await new Promise((resolve) => setTimeout(resolve, 80));
    await connection.run(ENDLESS);
  });
  controller.abort();
  assert.ok(isDipperError(await rejection(run), "cancelled"));
  await work.idle();
  assert.deepEqual(await duckdb.rows("SELECT 1"), [[1]]);
});

Deno.test("the signal is left alone afterwards", async () => {
  using duckdb = await plainDuckdb();
  const controller = new AbortController();
  const work = new Interruptible(duckdb.connection);
  let interrupts = 0;
  duckdb.connection.interrupt = () => void interrupts++;
  await work.run(controller.signal, () => Promise.resolve());
  controller.abort();
  assert.equal(interrupts, 0);
});
