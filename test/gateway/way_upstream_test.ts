/** The gateway's own way to a store: certificates and proxies, for reads, messages and uploads alike. */
import assert from "node:assert/strict";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { startFauxqs } from "fauxqs";
import { type Gateway, startGateway } from "../../src/gateway/gateway.ts";
import { environmentOf } from "../../src/store/environment.ts";
import type { StoreOptions } from "../../src/store/store.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { openDuck } from "./support/duckdb.ts";
import { pattern, signingClient } from "./support/gateway.ts";

const TLS = new URL("../fixtures/tls/", import.meta.url);
const CA = new URL("ca.pem", TLS).pathname;
const KEYS = { accessKeyId: "upstream-key", secretAccessKey: "upstream-secret-0123" };
const MIB = 1024 * 1024;

/** Passes what comes to `listener` on to where `target` says. */
function passOn<T extends Deno.Conn>(
  listener: { accept(): Promise<T>; close(): void },
  target: (connection: T) => Promise<number>,
): AsyncDisposable {
  const open = new Set<Deno.Conn>();
  const pass = async (connection: T) => {
    open.add(connection);
    try {
      const other = await Deno.connect({
        hostname: "127.0.0.1",
        port: await target(connection),
      });
      open.add(other);
      await Promise.all([
        connection.readable.pipeTo(other.writable),
        other.readable.pipeTo(connection.writable),
      ]);
    } catch {
      // One of the two has gone.
    }
  };
  const passing: Promise<void>[] = [];
  const accepting = (async () => {
    for (;;) passing.push(pass(await listener.accept()));
  })().catch(() => {}); // closed
  return {
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // The pipe has closed it.
        }
      }
      await Promise.all(passing);
    },
  };
}

/** An S3 service behind TLS, and a proxy that writes down what it is asked. */
async function openWay() {
  const server = await startFauxqs({ port: 0, logger: false });
  const safe = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: Deno.readTextFileSync(new URL("localhost.pem", TLS)),
    key: Deno.readTextFileSync(new URL("server.key", TLS)),
  });
  const front = passOn(safe, () => Promise.resolve(server.port));
  const asked: string[] = [];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const proxy = passOn(listener, async (connection) => {
    const buffer = new Uint8Array(4096);
    const count = await connection.read(buffer) ?? 0;
    const [line] = new TextDecoder().decode(buffer.subarray(0, count)).split("\r\n");
    asked.push(line.split(" ").slice(0, 2).join(" "));
    await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    return Number(/:(\d+) /.exec(line)?.[1]);
  });
  const direct = signingClient(`http://127.0.0.1:${server.port}`, KEYS);
  await direct.send(new CreateBucketCommand({ Bucket: "way" }));
  return {
    direct,
    asked,
    endpoint: `https://localhost:${safe.addr.port}`,
    proxyUrl: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      direct.destroy();
      await proxy[Symbol.asyncDispose]();
      await front[Symbol.asyncDispose]();
      await server.stop();
    },
  };
}

async function openGateway(
  options: StoreOptions,
  variables: Record<string, string>,
): Promise<Gateway> {
  const stores = await StoreSet.resolve({ ...KEYS, ...options }, environmentOf(variables));
  const gateway = await startGateway({ stores, cache: { disk: "off" } });
  const close = async () => {
    await gateway.close();
    stores.close();
  };
  return { ...gateway, close, [Symbol.asyncDispose]: close };
}

/** Writes, lists, looks and reads. */
async function useAll(client: S3Client): Promise<void> {
  const body = pattern(3 * MIB);
  const at = { Bucket: "way", Key: "a.bin" };
  await client.send(new PutObjectCommand({ ...at, Body: body }));
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: "way" }));
  assert.equal(Contents?.[0].Size, body.length);
  assert.equal((await client.send(new HeadObjectCommand(at))).ContentLength, body.length);
  const answer = await client.send(new GetObjectCommand(at));
  assert.ok(Buffer.from(body).equals(await answer.Body!.transformToByteArray()));
}

Deno.test("a store's own authority is believed for every request", async () => {
  await using way = await openWay();
  await using gateway = await openGateway({ endpoint: way.endpoint, caBundle: CA }, {});
  const client = signingClient(gateway.endpoint, await gateway.issueKey("c"));
  await useAll(client);
  client.destroy();
  assert.deepEqual(way.asked, []);
});

Deno.test("an authority that nobody has named is an error that says so", async () => {
  await using way = await openWay();
  await using gateway = await openGateway({ endpoint: way.endpoint }, {});
  for (const kind of ["statement", "tool"] as const) {
    const client = signingClient(gateway.endpoint, await gateway.issueKey(kind, { kind }));
    const get = client.send(new GetObjectCommand({ Bucket: "way", Key: "a.bin" }));
    await assert.rejects(get, (error: { $metadata?: { httpStatusCode?: number } }) => {
      assert.ok((error.$metadata?.httpStatusCode ?? 0) >= 400);
      return true;
    });
    client.destroy();
    const { failures } = await gateway.counts(kind);
    assert.equal(failures.at(-1)?.tag, "tls");
  }
});

Deno.test("a proxy is between the gateway and the store, and not between DuckDB and the gateway", async () => {
  await using way = await openWay();
  await using gateway = await openGateway(
    { endpoint: way.endpoint, caBundle: CA },
    { HTTPS_PROXY: way.proxyUrl },
  );
  const client = signingClient(gateway.endpoint, await gateway.issueKey("c"));
  await useAll(client);
  client.destroy();
  const connect = `CONNECT ${new URL(way.endpoint).host}`;
  assert.deepEqual(new Set(way.asked), new Set([connect]));
  const before = Deno.env.get("HTTP_PROXY");
  Deno.env.set("HTTP_PROXY", way.proxyUrl);
  try {
    const key = await gateway.issueKey("duckdb", { kind: "statement" });
    using duck = await openDuck(gateway.endpoint, key, 2);
    await duck.run("COPY (SELECT 42 AS a) TO 's3://way/a.parquet'");
    assert.deepEqual(await duck.run("SELECT a FROM 's3://way/a.parquet'"), [{ a: 42 }]);
  } finally {
    if (before === undefined) Deno.env.delete("HTTP_PROXY");
    else Deno.env.set("HTTP_PROXY", before);
  }
  assert.deepEqual(new Set(way.asked), new Set([connect]));
});
