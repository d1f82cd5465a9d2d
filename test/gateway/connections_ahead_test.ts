import assert from "node:assert/strict";
import { GatewayServer } from "../../src/gateway/server.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { RangeReader } from "../../src/range/reader.ts";
import { FaultOrigin } from "../faults/origin.ts";
import { fakeStore } from "../range/support/fake_store.ts";
import { getSignedUrl } from "./support/presign.ts";

const OBJECTS = {
  "lab/a.bin": { size: 1000, seed: 1, etag: "a" },
  "lab/t.parquet": { size: 1000, seed: 2, etag: "t" },
};

Deno.test("a statement's first file of a service has connections opened for those of its columns", async () => {
  for (const [path, connections] of [["a.bin", 1], ["t.parquet", 8]] as const) {
    await using origin = new FaultOrigin({ objects: OBJECTS });
    await using other = new FaultOrigin({ objects: OBJECTS });
    const stores = StoreSet.of([fakeStore(origin.url), {
      ...fakeStore(other.url),
      name: "other",
      buckets: ["far"],
    }]);
    await using gateway = new GatewayServer({ stores });
    const key = gateway.issueKey("s", { kind: "statement" });
    for (let time = 0; time < 2; time++) {
      const answer = await fetch(getSignedUrl(gateway.endpoint, key, `/lab/${path}`, 60));
      assert.equal((await answer.bytes()).length, 1000);
      while (origin.openConnections < connections) await pause();
    }
    await pause();
    assert.equal(origin.openConnections, connections, path);
    assert.equal(other.openConnections, 0, "a service that nobody asks");
  }
});

Deno.test("without a network nothing is connected to", async () => {
  await using origin = new FaultOrigin({ objects: OBJECTS });
  using reader = new RangeReader({ network: "none" });
  reader.prepare(fakeStore(origin.url), { bucket: "lab", key: "t.parquet" });
  await pause();
  assert.equal(origin.openConnections, 0);
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
