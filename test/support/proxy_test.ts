import assert from "node:assert/strict";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { startFauxqs } from "./fauxqs.ts";
import { type FaultPlan, startProxy } from "./proxy.ts";
import { testClient } from "./s3.ts";

async function withProxy(
  plan: FaultPlan,
  body: (proxy: ReturnType<typeof startProxy>, bucket: string) => Promise<void>,
): Promise<void> {
  await using store = await startFauxqs();
  await store.put("d/part=0/a b.csv", "a,b\n1,2\n");
  await using proxy = startProxy(store.endpoint, plan);
  await body(proxy, store.bucket);
}

Deno.test("the proxy counts requests and the bytes of their bodies", async () => {
  await withProxy(() => undefined, async (proxy, bucket) => {
    const client = testClient(proxy.endpoint, { accessKeyId: "a", secretAccessKey: "b" });
    const Key = "d/part=0/a b.csv";
    const ranged = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key, Range: "bytes=4-" }),
    );
    assert.equal(await ranged.Body?.transformToString(), "1,2\n");
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: "new", Body: "12345" }));
    client.destroy();
    const [get, put] = proxy.requests;
    assert.deepEqual(
      [get.method, get.path, get.range, get.status, get.bytesOut, get.bytesIn],
      ["GET", `/${bucket}/d/part%3D0/a%20b.csv`, "bytes=4-", 206, 4, 0],
    );
    assert.deepEqual([put.method, put.status, put.bytesIn], ["PUT", 200, 5]);
  });
});

Deno.test("the proxy answers in the server's place", async () => {
  await withProxy(() => ({ kind: "answer", status: 503, body: "slow" }), async (proxy, bucket) => {
    const answer = await fetch(`${proxy.endpoint}/${bucket}/x`);
    assert.equal(answer.status, 503);
    assert.equal(await answer.text(), "slow");
    assert.equal(proxy.requests[0].bytesOut, 4);
  });
});

Deno.test("the proxy cuts a body short and a connection off", async () => {
  const plan: FaultPlan = (request) =>
    request.path.endsWith("csv") ? { kind: "truncate", afterBytes: 3 } : { kind: "reset" };
  await withProxy(plan, async (proxy, bucket) => {
    await assert.rejects(async () => {
      await (await fetch(`${proxy.endpoint}/${bucket}/d/part%3D0/a%20b.csv`)).text();
    });
    await assert.rejects(fetch(`${proxy.endpoint}/${bucket}/other`));
  });
});

Deno.test("the proxy stays silent until the client gives up", async () => {
  await withProxy(() => ({ kind: "silence" }), async (proxy, bucket) => {
    const signal = AbortSignal.timeout(50);
    await assert.rejects(fetch(`${proxy.endpoint}/${bucket}/x`, { signal }));
  });
});
