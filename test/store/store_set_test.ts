import assert from "node:assert/strict";
import type { DipperError } from "../../src/errors.ts";
import { StoreSet, type StoresOptions } from "../../src/store/store_set.ts";
import { awsHome, s3Error, scriptedServer, thrownBy } from "./scripted.ts";

const KEYS = { accessKeyId: "AKIATEST", secretAccessKey: "test-secret-0000" };
const at = (host: string) => ({ endpoint: `https://${host}.example.org`, ...KEYS });

async function setOf(options: StoresOptions, variables: Record<string, string> = {}) {
  await using home = await awsHome("[profile lab]\nendpoint_url = https://lab.example.org\n");
  return await StoreSet.resolve(options, home.environment(variables));
}

async function hintOf(work: () => Promise<unknown>): Promise<string> {
  const error = await thrownBy(work) as DipperError;
  assert.equal(error.tag, "store_mapping", error.message);
  return `${error.message}\n${error.hint}`;
}

Deno.test("one store has every bucket", async () => {
  const set = await setOf(at("one"));
  assert.equal((await set.storeFor("anything")).name, "default");
  const named = await setOf({ stores: { ceph: at("ceph") } });
  assert.equal((await named.storeFor("anything")).name, "ceph");
});

Deno.test("the map goes before the stores' own lists, names before patterns, long before short", async () => {
  const set = await setOf({
    stores: {
      ceph: { ...at("ceph"), buckets: ["mine", "shared-*"] },
      aws: { ...at("aws"), buckets: ["theirs"] },
    },
    buckets: { "climate-*": "aws", "climate-eu-*": "ceph", "climate-eu-old": "aws", mine: "aws" },
  });
  const of = async (bucket: string) => (await set.storeFor(bucket)).name;
  assert.equal(await of("climate-x"), "aws");
  assert.equal(await of("climate-eu-x"), "ceph");
  assert.equal(await of("climate-eu-old"), "aws");
  assert.equal(await of("mine"), "aws");
  assert.equal(await of("theirs"), "aws");
  assert.equal(await of("shared-1"), "ceph");
});

Deno.test("two stores that own one name are refused, with the line to write", async () => {
  const stores = {
    ceph: { ...at("ceph"), buckets: ["data"] },
    aws: { ...at("aws"), buckets: ["data"] },
  };
  const set = await setOf({ stores });
  const text = await hintOf(() => set.storeFor("data"));
  assert.match(text, /2 stores own a bucket data: ceph \(https:\/\/ceph.example.org\), aws/);
  assert.match(
    text,
    /buckets: \{ "data": "ceph" \} \(in the command: --store ceph:data\) or buckets: \{ "data": "aws" \}/,
  );
  const told = await setOf({ stores, buckets: { data: "aws" } });
  assert.equal((await told.storeFor("data")).name, "aws");
});

Deno.test("the line to write names the profile of a store that has another name", async () => {
  const set = await setOf({
    stores: {
      ceph: { profile: "lab", ...KEYS, buckets: ["data"] },
      aws: { ...at("aws"), buckets: ["data"] },
    },
  });
  const text = await hintOf(() => set.storeFor("data"));
  assert.match(text, /in the command: --store ceph=lab:data\).*--store aws:data\)/);
});

Deno.test("store/bucket gives a bucket another name", async () => {
  const set = await setOf({
    stores: { ceph: at("ceph"), aws: at("aws") },
    buckets: { data: "ceph/data", "data-aws": "aws/data" },
  });
  assert.equal((await set.storeFor("data")).name, "ceph");
  const located = await set.locate("data-aws");
  assert.deepEqual([located.store.name, located.bucket], ["aws", "data"]);
  assert.match(
    await hintOf(() => set.storeFor("data-aws")),
    /another name for the bucket data of aws/,
  );
});

Deno.test("what the map cannot mean is refused", async () => {
  const stores = { ceph: at("ceph") };
  assert.match(
    await hintOf(() => setOf({ stores, buckets: { x: "cehp" } })),
    /Did you mean ceph\?/,
  );
  assert.match(await hintOf(() => setOf({ stores, buckets: { "x*": "ceph/x" } })), /store\/bucket/);
  assert.match(await hintOf(() => setOf({ stores, buckets: { x: "ceph/" } })), /store\/bucket/);
  assert.equal(
    (await thrownBy(() => setOf({ stores: { "a/b": at("x") } }))).name,
    "ConfigurationError",
  );
});

Deno.test("what stands beside stores is the default; nothing beside is none", async () => {
  const both = await setOf({ ...at("top"), stores: { ceph: { ...at("ceph"), buckets: ["c"] } } });
  assert.equal(both.default?.name, "default");
  assert.equal((await both.storeFor("c")).name, "ceph");
  assert.equal((await both.storeFor("other")).name, "default");
  const two = { stores: { a: at("a"), b: at("b") } };
  assert.equal((await setOf(two)).default, undefined);
  assert.equal((await setOf(two, { AWS_ENDPOINT_URL: "https://env" })).default, undefined);
  assert.equal(
    (await setOf({ ...two, profile: "lab" })).default?.endpoint?.host,
    "lab.example.org",
  );
  assert.equal(
    (await setOf({ stores: { a: at("a"), default: at("d") } })).default?.name,
    "default",
  );
  assert.equal((await setOf({ stores: { a: at("a") } })).named("a").name, "a");
});

Deno.test("with nothing said the one store that has the bucket is found, once", async () => {
  await using has = scriptedServer(() => new Response(null));
  await using lacks = scriptedServer(() => new Response(null, { status: 404 }));
  await using denies = scriptedServer(() => new Response(null, { status: 403 }));
  const set = await setOf({
    stores: {
      denies: { endpoint: denies.url, ...KEYS },
      lacks: { endpoint: lacks.url, ...KEYS },
      has: { endpoint: has.url, ...KEYS },
    },
  });
  const found = await Promise.all([set.storeFor("data"), set.storeFor("data")]);
  assert.deepEqual(found.map(({ name }) => name), ["has", "has"]);
  await set.storeFor("data");
  assert.equal(has.seen.length, 1);
  set.close();
});

Deno.test("found in two stores or in none: both are said, nothing is remembered", async () => {
  let status = 404;
  await using one = scriptedServer(() => new Response(null, { status }));
  await using two = scriptedServer(({ method }) =>
    method === "HEAD" ? new Response(null, { status }) : s3Error(status, "AccessDenied")
  );
  const set = await setOf({
    stores: { one: { endpoint: one.url, ...KEYS }, two: { endpoint: two.url, ...KEYS } },
  });
  const none = await hintOf(() => set.storeFor("data"));
  assert.match(none, /no store has the bucket data \(one: it has none; two: it has none\)/);
  assert.match(none, /buckets: \{ "data": "one" \}/);
  status = 200;
  assert.match(await hintOf(() => set.storeFor("data")), /2 stores have a bucket data/);
  set.close();
});

Deno.test("access to b is never access to b-evil", async () => {
  await using other = scriptedServer(() => new Response(null, { status: 404 }));
  const set = await setOf({
    stores: {
      ceph: { endpoint: other.url, ...KEYS, buckets: ["b"] },
      aws: { endpoint: other.url, ...KEYS, buckets: ["c-*"] },
    },
  });
  assert.equal((await set.storeFor("b")).name, "ceph");
  for (const bucket of ["b-evil", "evil-b", "bc-1"]) await hintOf(() => set.storeFor(bucket));
  set.close();
});
