import assert from "node:assert/strict";
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { countKinds, requestKind } from "../support/access_log.ts";
import { BUCKET, openBench, pattern } from "./support/gateway.ts";

const MIB = 1024 * 1024;

Deno.test("counts are what the service saw, name by name", async () => {
  await using bench = await openBench();
  await bench.put("a.bin", pattern(5 * MIB));
  await bench.put("b.bin", pattern(1000));
  const [one, two] = [bench.client("one", { kind: "statement" }), bench.client("two")];
  bench.wire.clear();
  await one.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  for (const client of [one, two, one]) {
    const answer = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a.bin" }));
    assert.equal((await answer.Body!.transformToByteArray()).length, 5 * MIB);
  }
  await two.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "b.bin" }));
  const counts = ["one", "two"].map((name) => bench.gateway.counts(name));
  const seen = bench.wire.requests;
  const kinds = countKinds(seen.map(({ method, path }) => ({ kind: requestKind(method, path) })));
  for (const kind of ["get", "head", "list", "put", "other"] as const) {
    assert.equal(counts[0].sent[kind] + counts[1].sent[kind], kinds[kind], kind);
  }
  const sent = seen.reduce((sum, { bytesOut }) => sum + bytesOut, 0);
  assert.equal(counts[0].bytes.read + counts[1].bytes.read, sent);
  assert.equal(counts[0].bytes.answered, 10 * MIB);
  assert.deepEqual(counts[0].received, { get: 2, head: 0, list: 1, put: 0, other: 0 });
  assert.deepEqual(counts.map(({ objects }) => objects), [1, 2]);
});

Deno.test("a budget ends the work and says how far it came", async () => {
  await using bench = await openBench();
  await bench.put("a.bin", pattern(8 * MIB));
  await bench.put("b.bin", pattern(1000));
  const bytes = bench.client("bytes", { kind: "statement", maxBytes: MIB });
  const get = (Key: string) => new GetObjectCommand({ Bucket: BUCKET, Key });
  await assert.rejects(async () => {
    const answer = await bytes.send(get("a.bin"));
    await answer.Body!.transformToByteArray();
  });
  await assert.rejects(bytes.send(get("b.bin")), (error: Error) => {
    assert.equal(error.name, "BudgetExceeded");
    assert.match(error.message, /budget of 1048576 bytes is used up: \d+ bytes were read in \d+/);
    return true;
  });
  const requests = bench.client("requests", { kind: "statement", maxRequests: 2 });
  const list = (Prefix: string) =>
    requests.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
  await list("a");
  await list("b");
  await assert.rejects(list("c"), { name: "BudgetExceeded" });
});
