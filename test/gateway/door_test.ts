import assert from "node:assert/strict";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "./support/presign.ts";
import { BUCKET, openBench } from "./support/gateway.ts";

/** The status of a raw request: `fetch` would not send a foreign Host. */
async function raw(endpoint: string, head: string): Promise<string> {
  const { hostname, port } = new URL(endpoint);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(head));
  const buffer = new Uint8Array(4096);
  const count = await connection.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, count));
}

Deno.test("a presigned address opens its object and nothing else", async () => {
  await using bench = await openBench();
  await bench.put("a b=1.txt", "hello");
  const key = bench.gateway.issueKey("c");
  const url = getSignedUrl(bench.gateway.endpoint, key, `/${BUCKET}/a%20b%3D1.txt`, 60);
  const good = await fetch(url);
  assert.deepEqual([good.status, await good.text()], [200, "hello"]);
  bench.wire.clear();
  const other = await fetch(url.replace("1.txt", "2.txt"));
  assert.equal(other.status, 403);
  assert.match(await other.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
  assert.equal(bench.wire.requests.length, 0);
});

Deno.test("nobody without a key gets in, and nothing of theirs goes further", async () => {
  await using bench = await openBench();
  await bench.put("a.txt", "hello");
  const key = bench.gateway.issueKey("c");
  const { endpoint } = bench.gateway;
  const { host } = new URL(endpoint);
  const target = `/${BUCKET}/a.txt`;
  const signed = new URL(getSignedUrl(endpoint, key, target, 60));
  const good = `${signed.pathname}${signed.search}`;
  bench.wire.clear();
  const refused: [string, string][] = [
    ["unsigned", `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
    ["foreign host", `GET ${good} HTTP/1.1\r\nHost: evil.example\r\n\r\n`],
    ["other port", `GET ${good} HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n`],
    ["options", `OPTIONS ${good} HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
    ["origin", `GET ${good} HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\n\r\n`],
    ["null origin", `GET ${good} HTTP/1.1\r\nHost: ${host}\r\nOrigin: null\r\n\r\n`],
    ["other method", `DELETE ${good} HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
  ];
  for (const [what, head] of refused) {
    const answer = await raw(endpoint, head);
    assert.match(answer, /^HTTP\/1\.1 403 /, what);
    assert.match(answer, /<Error><Code>/, what);
    assert.doesNotMatch(answer, /access-control/i, what);
  }
  assert.equal(bench.wire.requests.length, 0);
  assert.match(
    await raw(endpoint, `GET ${good} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    /^HTTP\/1\.1 200 /,
  );
});

Deno.test("a revoked key, another gateway's key and the store's own key open nothing", async () => {
  await using bench = await openBench();
  await using other = await openBench();
  await bench.put("a.txt", "hello");
  const get = new GetObjectCommand({ Bucket: BUCKET, Key: "a.txt" });
  const revoked = bench.client("gone");
  await (await revoked.send(get)).Body!.transformToString();
  await bench.gateway.revokeKey("gone");
  await assert.rejects(revoked.send(get), { name: "SignatureDoesNotMatch" });
  const foreign = getSignedUrl(
    bench.gateway.endpoint,
    other.gateway.issueKey("c"),
    `/${BUCKET}/a.txt`,
    60,
  );
  bench.gateway.issueKey("c");
  const own = { accessKeyId: "upstream-key", secretAccessKey: "upstream-secret-0123" };
  const ofStore = getSignedUrl(bench.gateway.endpoint, own, `/${BUCKET}/a.txt`, 60);
  for (const url of [foreign, ofStore]) {
    const answer = await fetch(url);
    await answer.body?.cancel();
    assert.equal(answer.status, 403);
  }
});
