import assert from "node:assert/strict";
import { connect } from "../../src/mod.ts";
import { freshBucket } from "../support/names.ts";
import { startProxy } from "../support/proxy.ts";
import { makeBucket } from "./support/bucket.ts";
import { personOf } from "./support/command.ts";
import { asPerson } from "./support/environment.ts";
import { onEachServer, server } from "./support/servers.ts";

Deno.test("ceph's keys for s3://b never go to s3://b-evil of another store", async () => {
  const name = freshBucket("e2e");
  await using good = await makeBucket(server("ceph"), ["airlines.csv"], name);
  await using evil = await makeBucket(server("versitygw"), ["airlines.csv"], `${name}-evil`);
  await using goodProxy = startProxy(server("ceph").endpoint);
  await using evilProxy = startProxy(server("versitygw").endpoint);
  await asPerson({}, async () => {
    const ceph = { ...server("ceph").options, endpoint: goodProxy.endpoint };
    const versitygw = {
      ...server("versitygw").options,
      endpoint: evilProxy.endpoint,
      ...server("versitygw").guest,
    };
    await using session = await connect({
      stores: { ceph, versitygw },
      buckets: { [good.name]: "ceph", [evil.name]: "versitygw" },
    });
    const read = await session.query(`SELECT count(*) AS n FROM '${good.uri("airlines.csv")}'`);
    assert.deepEqual(read.rows(), [{ n: 16n }]);
    await assert.rejects(
      () => session.query(`SELECT * FROM '${evil.uri("airlines.csv")}'`),
      { tag: "permission" },
    );
  });
  const key = (headers: ReadonlyMap<string, string>) =>
    headers.get("authorization")?.match(/Credential=([^/]+)/)?.[1];
  assert.ok(evilProxy.requests.length > 0);
  assert.deepEqual(
    new Set(evilProxy.requests.map(({ headers }) => key(headers))),
    new Set([server("versitygw").guest.accessKeyId]),
  );
  assert.deepEqual(
    new Set(goodProxy.requests.map(({ headers }) => key(headers))),
    new Set([server("ceph").owner.accessKeyId]),
  );
});

onEachServer("a person's own CREATE SECRET keeps its effect", async (store) => {
  await using bucket = await makeBucket(store, ["airlines.csv"]);
  const { host } = new URL(store.endpoint);
  await asPerson(personOf(store), async () => {
    await using session = await connect({ ...store.options, ...store.guest });
    const sql = `SELECT count(*) AS n FROM '${bucket.uri("airlines.csv")}'`;
    await assert.rejects(() => session.query(sql), { tag: "permission" });
    await session.query(
      `CREATE SECRET mine (TYPE s3, PROVIDER credential_chain, CHAIN 'env', ENDPOINT '${host}',
       USE_SSL false, URL_STYLE 'path', REGION 'us-east-1', SCOPE 's3://${bucket.name}/')`,
    );
    assert.deepEqual((await session.query(sql)).rows(), [{ n: 16n }]);
  });
});

onEachServer("two sessions with two identities do not mix", async (store) => {
  await using bucket = await makeBucket(store, ["airlines.csv"]);
  await asPerson({}, async () => {
    await using owner = await connect(store.options);
    await using guest = await connect({ ...store.options, ...store.guest });
    const sql = `SELECT count(*) AS n FROM '${bucket.uri("airlines.csv")}'`;
    const both = await Promise.allSettled([owner.query(sql), guest.query(sql), owner.query(sql)]);
    assert.deepEqual(both.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  });
});
