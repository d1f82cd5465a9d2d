import assert from "node:assert/strict";
import { isDipperError } from "../../src/errors.ts";
import { immutableIn, isImmutable, parseImmutable } from "../../src/store/immutable.ts";
import { environmentOf } from "../../src/store/environment.ts";
import { resolveStore } from "../../src/store/resolve.ts";
import { StoreSet } from "../../src/store/store_set.ts";

const covers = (said: boolean | readonly string[], bucket: string, key: string) =>
  isImmutable(parseImmutable(said), { bucket, key });

Deno.test("an address declares an object or all in a folder, and nothing that only begins so", () => {
  assert.ok(covers(true, "any", "thing"));
  assert.ok(covers(["all"], "any", "thing"));
  assert.ok(covers(["s3://b"], "b", "x/y"));
  assert.ok(covers(["s3://b/x", "s3://c/"], "b", "x/y"));
  assert.ok(covers(["s3://b/x/"], "b", "x/y"));
  assert.ok(covers(["s3://b/x.csv"], "b", "x.csv"));
  assert.equal(covers(["s3://b/x"], "b", "xy/z"), false);
  assert.equal(covers(["s3://b/x/"], "b", "x"), false);
  assert.equal(covers(["s3://b"], "b-evil", "x"), false);
  assert.equal(covers(false, "b", "x"), false);
  assert.equal(covers([], "b", "x"), false);
  assert.throws(() => parseImmutable(["b/x"]), (error) => isDipperError(error, "usage"));
});

Deno.test("options go before DIPPER_IMMUTABLE, and hold for all stores that say nothing", async () => {
  const environment = environmentOf({ DIPPER_IMMUTABLE: " s3://a/x/  s3://b " });
  const said = await resolveStore("default", { endpoint: "http://x" }, environment);
  assert.deepEqual(said.immutable, [{ bucket: "a", key: "x/" }, { bucket: "b", key: "" }]);
  assert.deepEqual(said.origins.immutable, {
    value: "s3://a/x/ s3://b",
    source: "DIPPER_IMMUTABLE",
  });
  const off = await resolveStore(
    "default",
    { endpoint: "http://x", immutable: false },
    environment,
  );
  assert.equal(off.immutable, undefined);
  const { all } = await StoreSet.resolve({
    immutable: true,
    stores: { one: { endpoint: "http://x" }, two: { endpoint: "http://y", immutable: ["s3://c"] } },
  }, environment);
  assert.deepEqual(all.map(({ immutable }) => immutable), ["all", [{ bucket: "c", key: "" }]]);
  assert.equal(immutableIn("  "), undefined);
});
