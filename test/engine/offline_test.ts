import assert from "node:assert/strict";
import { FileOpener } from "../../src/engine/open.ts";
import { isDipperError } from "../../src/errors.ts";
import { planPull, pull } from "../../src/objects/pull.ts";
import { readSettings } from "../../src/settings.ts";
import { BUCKET, openBench } from "../gateway/support/gateway.ts";

const AIRLINES = new URL("../../datasets/data/nycflights13/airlines.csv", import.meta.url);

Deno.test("without a network a file that was pulled is read without a request", async () => {
  const cacheDirectory = await Deno.makeTempDir();
  const settings = { ...readSettings(() => undefined), cacheDirectory };
  try {
    await using bench = await openBench();
    await bench.put("airlines.csv", await Deno.readFile(AIRLINES));
    const plan = await planPull(bench.store, { bucket: BUCKET, key: "" }, { settings });
    await pull(plan, { settings });
    await bench.put("later.csv", "a,b\n1,2\n");
    bench.wire.clear();
    const opener = new FileOpener(bench.stores, undefined, {}, { ...settings, offline: true });
    try {
      const file = await opener.open(`s3://${BUCKET}/airlines.csv`);
      let rows = 0;
      for await (const _row of file.rows()) rows++;
      assert.equal(rows, 16);
      await assert.rejects(
        opener.open(`s3://${BUCKET}/later.csv`),
        (error) => isDipperError(error, "network") && /in the cache/.test(String(error)),
      );
      assert.deepEqual(bench.wire.requests, []);
    } finally {
      await opener.close();
    }
  } finally {
    await Deno.remove(cacheDirectory, { recursive: true });
  }
});
