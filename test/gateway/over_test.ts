import assert from "node:assert/strict";
import { GatewayServer } from "../../src/gateway/server.ts";
import { warmUp } from "../../src/gateway/warm_up.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { FaultOrigin } from "../faults/origin.ts";
import { fakeStore } from "../range/support/fake_store.ts";
import { getSignedUrl } from "./support/presign.ts";

Deno.test("a statement that is over, or cancelled, ends its reads before their first byte", async () => {
  await using origin = new FaultOrigin({
    objects: { "lab/data.bin": { size: 1000, seed: 1, etag: "e" } },
    delay: () => 60_000,
  });
  const store = fakeStore(origin.url);
  await using gateway = new GatewayServer({ stores: StoreSet.of([store]) });
  const endings = {
    forget: () => gateway.forget("forget"),
    revokeKey: () => gateway.revokeKey("revokeKey"),
  };
  for (const [name, end] of Object.entries(endings)) {
    const key = gateway.issueKey(name, { kind: "statement" });
    const answer = fetch(getSignedUrl(gateway.endpoint, key, "/lab/data.bin", 60));
    while (gateway.reader.load(store).underWay === 0) await pause();
    await end();
    const { status, body } = await answer;
    await body?.cancel();
    assert.equal(status, 499);
    while (gateway.reader.load(store).underWay > 0) await pause();
  }
});

Deno.test("practice comes to its end, sooner when it is told to, and leaves nothing", async () => {
  await warmUp(() => false);
  let asked = 0;
  await warmUp(() => ++asked > 5);
  assert.ok(asked <= 12, `${asked} looks`);
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
