import assert from "node:assert/strict";
import { startProxy } from "../support/proxy.ts";
import { makeBucket } from "./support/bucket.ts";
import { dipper, type Ended, interrupted, personOf } from "./support/command.ts";
import { onEachServer, server } from "./support/servers.ts";

function assertCode(ended: Ended, code: number): void {
  assert.equal(ended.code, code, `${ended.stdout}\n${ended.stderr}`);
}

onEachServer("dipper exits with 0 and the result on standard output only", async (store) => {
  await using bucket = await makeBucket(store, ["airlines.csv"]);
  const sql = `SELECT count(*) AS n FROM '${bucket.uri("airlines.csv")}'`;
  const ended = await dipper(personOf(store), "query", "--format", "csv", sql);
  assertCode(ended, 0);
  assert.equal(ended.stdout.trim(), "n\n16");
});

onEachServer("dipper exits with 3 when there is no such key or bucket", async (store) => {
  await using bucket = await makeBucket(store, ["airlines.csv"]);
  const person = personOf(store);
  const key = await dipper(person, "query", `FROM '${bucket.uri("airlinse.csv")}'`);
  assertCode(key, 3);
  assert.match(key.stderr, /airlines\.csv/);
  assert.equal(key.stdout, "");
  assertCode(await dipper(person, "ls", `s3://${bucket.name}zz/`), 3);
});

onEachServer("dipper exits with 4 when it may not, and prints no secret", async (store) => {
  await using bucket = await makeBucket(store, ["airlines.csv"]);
  const sql = `FROM '${bucket.uri("airlines.csv")}'`;
  assertCode(await dipper(personOf(store, store.guest), "query", sql), 4);
  const wrong = { ...store.owner, secretAccessKey: "canary-secret-0123456789" };
  for (const flags of [[], ["--json"], ["--debug"]]) {
    const ended = await dipper(personOf(store, wrong), "query", ...flags, sql);
    assertCode(ended, 4);
    assert.ok(!`${ended.stdout}${ended.stderr}`.includes("canary-secret"), ended.stderr);
  }
});

onEachServer("dipper check proves a connection and leaves nothing behind", async (store) => {
  await using bucket = await makeBucket(store);
  const ended = await dipper(personOf(store), "check", `s3://${bucket.name}`);
  assertCode(ended, 0);
  assert.deepEqual(await bucket.keys(), []);
});

onEachServer("dipper ls lists buckets and keys", async (store) => {
  await using bucket = await makeBucket(store, ["airlines.csv"]);
  const buckets = await dipper(personOf(store), "ls");
  assertCode(buckets, 0);
  assert.ok(buckets.stdout.includes(bucket.name));
  const keys = await dipper(personOf(store), "ls", `s3://${bucket.name}/`);
  assertCode(keys, 0);
  assert.match(keys.stdout, /airlines\.csv/);
});

onEachServer("dipper exits with 130 when interrupted", async (store) => {
  await using bucket = await makeBucket(store, ["airlines.csv"]);
  const asked = Promise.withResolvers<void>();
  await using proxy = startProxy(store.endpoint, (request) => {
    if (!request.path.endsWith("airlines.csv") || request.method !== "GET") return undefined;
    asked.resolve();
    return { kind: "silence" };
  });
  const person = personOf({ ...store, endpoint: proxy.endpoint });
  const sql = `FROM '${bucket.uri("airlines.csv")}'`;
  assertCode(await interrupted(person, () => asked.promise, "query", sql), 130);
});

Deno.test("dipper exits with 1 for bad SQL, 2 for wrong usage, 5 without a network", async () => {
  const store = server("versitygw");
  const sql = await dipper(personOf(store), "query", "SELEC 1");
  assertCode(sql, 1);
  assert.match(sql.stderr, /SELEC/);
  assertCode(await dipper(personOf(store), "query", "--format", "nonsense", "SELECT 1"), 2);
  assertCode(await dipper(personOf(store), "no-such-command"), 2);
  const gone = personOf({ ...store, endpoint: "http://127.0.0.1:9" });
  assertCode(await dipper(gone, "ls", "s3://some-bucket/"), 5);
});
