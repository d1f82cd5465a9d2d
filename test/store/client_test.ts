import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { type DipperError, isDipperError } from "../../src/errors.ts";
import { closeClients, s3Client } from "../../src/store/client.ts";
import { knownRegion } from "../../src/store/region.ts";
import { resolveStore } from "../../src/store/resolve.ts";
import type { Store, StoreOptions } from "../../src/store/store.ts";
import { listBuckets, listObjects } from "../../src/objects/list.ts";
import { headObject } from "../../src/objects/head.ts";
import {
  awsHome,
  s3Error,
  type ScriptedServer,
  scriptedServer,
  thrownBy,
  xml,
} from "./scripted.ts";

const EMPTY = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
const TLS = new URL("../fixtures/tls/", import.meta.url);
const pem = (name: string) => Deno.readTextFileSync(new URL(name, TLS));
const CA = new URL("ca.pem", TLS).pathname;
const KEYS = { accessKeyId: "AKIATEST", secretAccessKey: "test-secret-0000" };

async function storeAt(
  endpoint: string,
  options: StoreOptions = {},
  variables: Record<string, string> = {},
): Promise<Store & Disposable> {
  await using home = await awsHome();
  const store = await resolveStore(
    "test",
    { endpoint, ...KEYS, ...options },
    home.environment(variables),
  );
  return Object.assign(store, { [Symbol.dispose]: () => closeClients(store) });
}

async function listed(store: Store, bucket = "data", signal?: AbortSignal) {
  return await Array.fromAsync(listObjects(store, bucket, { signal }));
}

async function failure(store: Store, signal?: AbortSignal): Promise<DipperError> {
  const error = await thrownBy(() => listed(store, "data", signal));
  assert.ok(isDipperError(error), Deno.inspect(error));
  return error;
}

function signedRegion({ seen }: ScriptedServer): (string | undefined)[] {
  return seen.map(({ headers }) => headers.get("authorization")?.split("/")[2]);
}

Deno.test("a wrong region is corrected from the answer, said once, and remembered", async () => {
  const answers: [string, () => Response][] = [
    [
      "301 with the header",
      () =>
        s3Error(301, "PermanentRedirect", "x", { headers: { "x-amz-bucket-region": "eu-west-1" } }),
    ],
    ["301 with the endpoint", () =>
      s3Error(301, "PermanentRedirect", "x", {
        xml: "<Endpoint>data.s3.eu-west-1.amazonaws.com</Endpoint>",
      })],
    [
      "400 with the region",
      () =>
        s3Error(400, "AuthorizationHeaderMalformed", "x", { xml: "<Region>eu-west-1</Region>" }),
    ],
    [
      "400 with the message",
      () =>
        s3Error(
          400,
          "AuthorizationHeaderMalformed",
          "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
        ),
    ],
  ];
  for (const [name, refuse] of answers) {
    const notices: string[] = [];
    await using server = scriptedServer(({ headers }) =>
      headers.get("authorization")?.includes("/eu-west-1/") ? xml(EMPTY) : refuse()
    );
    using store = await storeAt(server.url, { notice: (text) => notices.push(text) });
    await listed(store);
    await listed(store);
    assert.deepEqual(signedRegion(server), ["us-east-1", "eu-west-1", "eu-west-1"], name);
    assert.equal(notices.length, 1, name);
    assert.match(notices[0], /data is in eu-west-1, not in us-east-1 \(default\)/);
    assert.equal(knownRegion(store, "data"), "eu-west-1");
    assert.equal(knownRegion(store, "other"), "us-east-1");
  }
});

Deno.test("a region that is refused as well does not go round in circles", async () => {
  await using server = scriptedServer(({ headers }) =>
    s3Error(301, "PermanentRedirect", "x", {
      headers: {
        "x-amz-bucket-region": headers.get("authorization")!.includes("/eu-") ? "ap-1" : "eu-1",
      },
    })
  );
  using store = await storeAt(server.url);
  assert.equal((await failure(store)).tag, "wrong_region");
  assert.equal(server.seen.length, 2);
});

Deno.test("requests are signed plainly: no checksum trailers, identity encoding", async () => {
  await using server = scriptedServer(() => new Response(null, { headers: { etag: '"e"' } }));
  using store = await storeAt(server.url);
  const body = new Uint8Array(3_000_000);
  await s3Client(store).send(new PutObjectCommand({ Bucket: "data", Key: "k", Body: body }));
  const [{ method, path, headers }] = server.seen;
  assert.equal(`${method} ${path}`, "PUT /data/k?x-id=PutObject");
  assert.equal(headers.get("content-length"), "3000000");
  assert.equal(headers.get("x-amz-trailer"), null);
  assert.equal(headers.get("expect"), null);
  assert.notEqual(headers.get("accept-encoding")?.includes("gzip"), true);
});

Deno.test("an object stored with Content-Encoding: gzip keeps its bytes and its length", async () => {
  const bytes = new Uint8Array(
    await new Response(
      new Blob(["hello ".repeat(100)]).stream().pipeThrough(
        new CompressionStream("gzip"),
      ),
    ).arrayBuffer(),
  );
  const headers = { "content-encoding": "gzip", "content-length": `${bytes.length}` };
  await using server = scriptedServer(({ method }) =>
    new Response(method === "HEAD" ? null : bytes, { headers })
  );
  using store = await storeAt(server.url);
  const client = s3Client(store);
  const object = { Bucket: "data", Key: "k" };
  assert.equal((await client.send(new HeadObjectCommand(object))).ContentLength, bytes.length);
  const answer = await client.send(new GetObjectCommand(object));
  assert.deepEqual(await answer.Body!.transformToByteArray(), bytes);
  assert.equal((await headObject(store, { bucket: "data", key: "k" })).contentEncoding, "gzip");
});

Deno.test("anonymous requests are not signed", async () => {
  await using server = scriptedServer(() => xml(EMPTY));
  await using home = await awsHome();
  const store = await resolveStore("x", { endpoint: server.url }, home.environment());
  await listed(store);
  closeClients(store);
  assert.equal(server.seen[0].headers.get("authorization"), null);
});

Deno.test("an abort ends a request at once", async () => {
  const gate = Promise.withResolvers<Response>();
  await using server = scriptedServer(() => gate.promise);
  using store = await storeAt(server.url);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  const start = performance.now();
  assert.equal((await failure(store, controller.signal)).tag, "cancelled");
  assert.ok(performance.now() - start < 1000);
  gate.resolve(xml(EMPTY));
});

Deno.test("a web page is a wrong endpoint, with any status", async () => {
  for (const status of [200, 403, 404, 502]) {
    await using server = scriptedServer(() =>
      new Response("<!doctype html><html><body>Welcome</body></html>", {
        status,
        headers: { "content-type": "text/html; charset=utf-8" },
      })
    );
    using store = await storeAt(server.url);
    assert.equal((await failure(store)).tag, "wrong_endpoint", `${status}`);
    assert.equal(
      (await thrownBy(() => listBuckets(store)) as DipperError).tag,
      "wrong_endpoint",
      `${status}`,
    );
  }
});

Deno.test("services' refusals over the wire", async () => {
  const table: [Response, string][] = [
    [s3Error(403, "InvalidAccessKeyId", "x"), "bad_credentials"],
    [s3Error(403, "SignatureDoesNotMatch", "x"), "bad_credentials"],
    [s3Error(400, "ExpiredToken", "x"), "expired_token"],
    // Everything refused without a word: the keys themselves, as Ceph says it.
    [s3Error(403, "AccessDenied"), "bad_credentials"],
    [s3Error(403, "AccessDenied", "not for you"), "permission"],
    [s3Error(404, "NoSuchBucket"), "bucket_not_found"],
    [s3Error(403, "RequestTimeTooSkewed", "x"), "clock_skew"],
    [s3Error(501, "NotImplemented", "x"), "unsupported"],
    [
      new Response("Not Found", { status: 404, headers: { "content-type": "text/plain" } }),
      "bucket_not_found",
    ],
    [new Response("not xml", { status: 400 }), "wrong_region"],
  ];
  for (const [answer, tag] of table) {
    const text = await answer.clone().text();
    await using server = scriptedServer(() => answer.clone());
    using store = await storeAt(server.url);
    const error = await failure(store);
    assert.equal(error.tag, tag, `${answer.status} ${text}`);
    assert.doesNotMatch(`${error.message} ${error.hint}`, /UnknownError|undefined/);
    assert.equal(error.context.store, "test");
  }
});

Deno.test("TLS: an unknown authority, another host's certificate, an expired one; then a bundle", async () => {
  const key = pem("server.key");
  const at = (name: string) => scriptedServer(() => xml(EMPTY), { cert: pem(name), key });
  await using good = at("localhost.pem");
  await using other = at("other.pem");
  await using expired = at("expired.pem");
  const failed = async (server: ScriptedServer, caBundle?: string) => {
    using store = await storeAt(server.url, { caBundle });
    return await failure(store);
  };
  const unknown = await failed(good);
  assert.equal(unknown.tag, "tls");
  assert.match(unknown.message, /authority/);
  assert.match(unknown.hint!, /AWS_CA_BUNDLE/);
  assert.match((await failed(other, CA)).message, /another host name/);
  using store = await storeAt(good.url, { caBundle: CA });
  assert.deepEqual(await listed(store), []);
  assert.match((await failed(expired, CA)).message, /has expired/);
});

Deno.test("http on an https port and https on an http port name the other", async () => {
  await using plain = scriptedServer(() => xml(EMPTY));
  await using safe = scriptedServer(() => xml(EMPTY), {
    cert: pem("localhost.pem"),
    key: pem("server.key"),
  });
  using first = await storeAt(`https://127.0.0.1:${plain.port}`);
  const one = await failure(first);
  assert.equal(one.tag, "wrong_endpoint");
  assert.match(one.hint!, /speaks http: write http:/);
  using second = await storeAt(`http://localhost:${safe.port}`);
  const two = await failure(second);
  assert.equal(two.tag, "wrong_endpoint");
  assert.match(two.hint!, /speaks https: write https:/);
});

Deno.test("a proxy is used, and NO_PROXY keeps it out", async () => {
  await using origin = scriptedServer(() => xml(EMPTY));
  await using proxy = scriptedServer(({ path }) => xml(EMPTY, { "x-via": path }));
  const variables = { HTTP_PROXY: proxy.url };
  using through = await storeAt(origin.url, {}, variables);
  await listed(through);
  assert.deepEqual([origin.seen.length, proxy.seen.length], [0, 1]);
  assert.match(proxy.seen[0].headers.get("authorization") ?? "", /AKIATEST/);
  using direct = await storeAt(origin.url, {}, { ...variables, NO_PROXY: "127.0.0.1" });
  await listed(direct);
  assert.deepEqual([origin.seen.length, proxy.seen.length], [1, 1]);
});

Deno.test("https goes through a proxy's CONNECT", async () => {
  await using origin = scriptedServer(() => xml(EMPTY), {
    cert: pem("localhost.pem"),
    key: pem("server.key"),
  });
  await using proxy = connectProxy();
  using store = await storeAt(origin.url, { caBundle: CA }, { HTTPS_PROXY: proxy.url });
  await listed(store);
  assert.equal(origin.seen.length, 1);
  assert.deepEqual(proxy.asked, [`CONNECT localhost:${origin.port}`]);
});

Deno.test("a refused connection ends the call, not the process", async () => {
  const script = `
    import { resolveStore } from "${new URL("../../src/store/resolve.ts", import.meta.url)}";
    import { environmentOf } from "${new URL("../../src/store/environment.ts", import.meta.url)}";
    import { listBuckets } from "${new URL("../../src/objects/list.ts", import.meta.url)}";
    const store = await resolveStore("x", { endpoint: "http://127.0.0.1:1", accessKeyId: "a",
      secretAccessKey: "b" }, environmentOf({}));
    try { await listBuckets(store); } catch (error) { console.log("caught", error.tag); }`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, script);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      "--no-lock",
      "--config",
      new URL("../../deno.json", import.meta.url).pathname,
      file,
    ],
  }).output();
  await Deno.remove(file);
  assert.equal(
    new TextDecoder().decode(stdout),
    "caught network\n",
    new TextDecoder().decode(stderr),
  );
});

/** A proxy that knows CONNECT alone. */
function connectProxy(): AsyncDisposable & { readonly url: string; readonly asked: string[] } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const tunnels: Promise<unknown>[] = [];
  const serve = async (client: Deno.Conn) => {
    const buffer = new Uint8Array(4096);
    const read = await client.read(buffer) ?? 0;
    const line = new TextDecoder().decode(buffer.subarray(0, read)).split("\r\n")[0];
    const [verb, target] = line.split(" ");
    asked.push(`${verb} ${target}`);
    const [hostname, port] = target.split(":");
    const upstream = await Deno.connect({ hostname, port: Number(port) });
    await client.write(new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"));
    await Promise.allSettled([
      client.readable.pipeTo(upstream.writable),
      upstream.readable.pipeTo(client.writable),
    ]);
  };
  const accepting = (async () => {
    for await (const connection of listener) tunnels.push(serve(connection));
  })();
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.race([
        Promise.allSettled(tunnels),
        new Promise((done) => setTimeout(done, 500)),
      ]);
    },
  };
}
