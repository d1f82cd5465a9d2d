import assert from "node:assert/strict";
import { Agent } from "node:https";
import { exchange } from "../../../src/objects/transfer/exchange.ts";

const TLS = new URL("../../fixtures/tls/", import.meta.url);
const read = (name: string) => Deno.readTextFileSync(new URL(name, TLS));

Deno.test("one TLS connection carries request after request behind bodies of any length", async () => {
  const seen: string[] = [];
  const ports = new Set<number>();
  const abort = new AbortController();
  await using server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      cert: read("localhost.pem"),
      key: read("server.key"),
      signal: abort.signal,
      onListen: () => {},
    },
    async (request, { remoteAddr }) => {
      ports.add(remoteAddr.port);
      seen.push(`${request.method} ${(await request.bytes()).length}`);
      return new Response(null, { status: 200 });
    },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: read("ca.pem") });
  const send = (method: string, body?: Uint8Array) =>
    exchange({
      url: `https://localhost:${server.addr.port}/b/k`,
      method,
      headers: {},
      body,
      agents: { httpAgent: agent as never, httpsAgent: agent },
      timeout: 5_000,
      idleTimeout: 5_000,
    }, abort.signal);
  const sizes = [0, 1, 65_536, 512 * 1024, 512 * 1024 + 1, 3 * 2 ** 20, 8 * 2 ** 20 - 7];
  for (const size of sizes) {
    assert.equal((await send("PUT", new Uint8Array(size))).status, 200);
    assert.equal((await send("GET")).status, 200);
  }
  assert.deepEqual(seen, sizes.flatMap((size) => [`PUT ${size}`, "GET 0"]));
  assert.equal(ports.size, 1);
  agent.destroy();
  abort.abort();
});
