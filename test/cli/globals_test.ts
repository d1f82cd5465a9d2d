import assert from "node:assert/strict";
import { collectStore, type GlobalFlags, storeSelection } from "../../src/cli/globals.ts";

const flags: GlobalFlags = { store: [], json: false, debug: false, quiet: false, color: true };

Deno.test("--store names a profile, and may name the store and its buckets", () => {
  assert.deepEqual(collectStore("lab", []), [{ name: "lab", profile: "lab", buckets: [] }]);
  assert.deepEqual(collectStore("ceph=lab", []), [{ name: "ceph", profile: "lab", buckets: [] }]);
  assert.deepEqual(collectStore("ceph=lab:climate-*,b", []), [
    { name: "ceph", profile: "lab", buckets: ["climate-*", "b"] },
  ]);
  assert.throws(() => collectStore("=", []), /PROFILE/);
  assert.throws(() => collectStore("a", collectStore("a", [])), /two stores named a/);
});

Deno.test("flags become options of connect, and absent ones stay absent", () => {
  assert.deepEqual(storeSelection(flags), {});
  const store = collectStore("aws:weather", collectStore("lab", []));
  assert.deepEqual(storeSelection({ ...flags, profile: "p", store }), {
    profile: "p",
    stores: { lab: { profile: "lab" }, aws: { profile: "aws", buckets: ["weather"] } },
  });
});
