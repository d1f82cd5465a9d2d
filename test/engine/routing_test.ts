import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { connect } from "../../src/engine/connect.ts";
import type { Transport } from "../../src/engine/report.ts";
import { isDipperError } from "../../src/errors.ts";
import { environmentOf } from "../../src/store/environment.ts";
import type { StoreOptions } from "../../src/store/store.ts";
import { startFauxqs, type TestStore } from "../support/fauxqs.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { testClient } from "../support/s3.ts";
import { rejection, signerOf } from "./support/session.ts";

const CSV = "a,b\n1,x\n2,y\n";

interface Site extends AsyncDisposable {
  readonly store: TestStore;
  readonly proxy: Proxy;
  readonly options: StoreOptions;
  /** Access keys that requests for `bucket` were signed with, each once; "" for unsigned. */
  signers(bucket: string): string[];
  put(bucket: string, key: string): Promise<void>;
}

async function startSite(accessKeyId: string, ...buckets: string[]): Promise<Site> {
  const store = await startFauxqs();
  const proxy = startProxy(store.endpoint);
  const client = testClient(store.endpoint, store);
  for (const bucket of buckets) {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: "x.csv", Body: CSV }));
  }
  return {
    store,
    proxy,
    options: {
      endpoint: proxy.endpoint,
      region: store.region,
      accessKeyId,
      secretAccessKey: `secret-of-${accessKeyId}`,
    },
    signers: (bucket) => [
      ...new Set(
        proxy.requests
          .filter(({ path }) => path === `/${bucket}` || path.startsWith(`/${bucket}/`))
          .map((request) => signerOf(request) ?? ""),
      ),
    ],
    async put(bucket, key) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: CSV }));
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await proxy[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

const secretFor = ({ proxy }: Site, keyId: string, scope = "") =>
  `CREATE SECRET (TYPE s3, KEY_ID '${keyId}', SECRET 'secret-typed-by-hand', REGION 'us-east-1',
     ENDPOINT '${new URL(proxy.endpoint).host}', URL_STYLE 'path', USE_SSL false${scope})`;

Deno.test("one query joins two stores, each bucket with its own store's key", async () => {
  await using ceph = await startSite("key-of-ceph", "climate");
  await using minio = await startSite("key-of-minio", "shop", "logs-1");
  await using session = await connect({
    stores: {
      ceph: { ...ceph.options, buckets: ["climate"] },
      minio: { ...minio.options, buckets: ["shop", "logs-*"] },
    },
  });
  const result = await session.query(
    `SELECT count(*)::INT AS n FROM 's3://climate/x.csv' AS one JOIN 's3://shop/x.csv' AS two USING (a)
       JOIN read_csv($uri) AS three USING (a)`,
    { uri: "s3://logs-1/x.csv" },
  );
  assert.deepEqual(result.toJSON(), [{ n: 2 }]);
  assert.deepEqual(ceph.signers("climate"), ["key-of-ceph"]);
  assert.deepEqual(minio.signers("shop"), ["key-of-minio"]);
  assert.deepEqual(minio.signers("logs-1"), ["key-of-minio"]);
  for (const bucket of ["shop", "logs-1"]) assert.deepEqual(ceph.signers(bucket), []);
  assert.deepEqual(minio.signers("climate"), []);
  const written = await session.copyTo("FROM 's3://climate/x.csv'", "s3://shop/y.parquet");
  assert.equal(written.rows, 2);
  assert.deepEqual([minio.signers("shop"), ceph.signers("shop")], [["key-of-minio"], []]);
});

Deno.test("a bucket's keys are not sent for a bucket whose name begins alike", async () => {
  await using owner = await startSite("key-of-owner", "lab", "lab-evil");
  await using other = await startSite("key-of-other", "lab-evil");
  await using session = await connect({
    ...other.options,
    stores: { owner: { ...owner.options, buckets: ["lab"] } },
  });
  await session.query("FROM 's3://lab/x.csv'");
  await session.query("FROM 's3://lab-evil/x.csv'");
  // A name that is put together inside DuckDB is known to nobody before it runs.
  await session.query("FROM read_csv(['s3://lab' || suffix for suffix in ['-evil/x.csv']])");
  assert.deepEqual(owner.signers("lab"), ["key-of-owner"]);
  assert.deepEqual(owner.signers("lab-evil"), []);
  assert.deepEqual(other.signers("lab-evil"), ["key-of-other"]);
});

/** A store for the bucket of each, and none for others. */
function ownersOf(one: Site, two: Site) {
  return {
    one: { ...one.options, buckets: ["mine"] },
    two: { ...two.options, buckets: ["yours"] },
  };
}

Deno.test("without a default store, a bucket that nobody names gets no keys", async () => {
  await using one = await startSite("key-of-one", "mine");
  await using two = await startSite("key-of-two", "yours");
  await using session = await connect({
    stores: ownersOf(one, two),
    transport: "direct",
  });
  await session.query("FROM 's3://mine/x.csv'");
  await session.query("SET GLOBAL http_retries = 0");
  one.proxy.clear();
  await rejection(session.query("FROM read_csv(['s3://' || b || '/x.csv' for b in ['nobodys']])"));
  assert.equal(one.proxy.requests.length + two.proxy.requests.length, 0);
});

Deno.test("a bucket that two stores own, or have, is refused in words", async () => {
  await using one = await startSite("key-of-one", "twin");
  await using two = await startSite("key-of-two", "twin", "single");
  await using owned = await connect({
    stores: {
      one: { ...one.options, buckets: ["tw*"] },
      two: { ...two.options, buckets: ["tw*"] },
    },
  });
  const error = await rejection(owned.query("FROM 's3://twin/x.csv'"));
  assert.ok(isDipperError(error, "store_mapping"));
  assert.match(error.hint!, /"twin": "one".*"twin": "two"/);
  await using found = await connect({ stores: { one: one.options, two: two.options } });
  const twice = await rejection(found.query("FROM 's3://twin/x.csv'"));
  assert.ok(isDipperError(twice, "store_mapping"));
  await found.query("FROM 's3://single/x.csv'");
  assert.deepEqual(two.signers("single"), ["key-of-two"]);
  await using told = await connect({
    stores: { one: one.options, two: two.options },
    buckets: { twin: "two" },
  });
  one.proxy.clear();
  await told.query("FROM 's3://twin/x.csv'");
  assert.deepEqual([one.signers("twin"), two.signers("twin")], [[], ["key-of-two"]]);
});

Deno.test("a secret that a person makes wins for the default store's buckets", async () => {
  await using site = await startSite("key-of-session", "lab", "sea");
  await using session = await connect(site.options);
  await session.query("FROM 's3://lab/x.csv'");
  assert.deepEqual(site.signers("lab"), ["key-of-session"]);
  site.proxy.clear();
  await session.query(secretFor(site, "key-by-hand", ", SCOPE 's3://lab/'"));
  await session.query("FROM 's3://lab/x.csv'; FROM 's3://sea/x.csv'");
  assert.deepEqual(site.signers("lab"), ["key-by-hand"]);
  assert.deepEqual(site.signers("sea"), ["key-of-session"]);
});

Deno.test("a secret without a scope wins too, and before any query", async () => {
  await using site = await startSite("key-of-session", "lab");
  await using session = await connect(site.options);
  await session.query(secretFor(site, "key-by-hand"));
  await session.query("FROM 's3://lab/x.csv'");
  assert.deepEqual(site.signers("lab"), ["key-by-hand"]);
});

Deno.test("secrets that other programs left in the home folder are not used", async () => {
  const home = await Deno.makeTempDir({ prefix: "dipper-home-" });
  await using site = await startSite("key-of-session", "lab");
  const script = `
    import { DuckDBInstance } from "@duckdb/node-api";
    import { connect } from ${JSON.stringify(import.meta.resolve("../../src/engine/connect.ts"))};
    const instance = await DuckDBInstance.create(":memory:", {
      extension_directory: Deno.env.get("EXTENSIONS"),
    });
    const other = await instance.connect();
    await other.run("LOAD httpfs");
    await other.run(Deno.env.get("SECRET").replace("CREATE", "CREATE PERSISTENT"));
    const kept = [...Deno.readDirSync(Deno.env.get("HOME") + "/.duckdb/stored_secrets")];
    await using session = await connect(JSON.parse(Deno.env.get("OPTIONS")));
    const { rowCount } = await session.query("FROM 's3://lab/x.csv'");
    const { rowCount: known } = await session.query("FROM duckdb_secrets()");
    console.log(JSON.stringify([kept.length, rowCount, known]));`;
  const { readSettings } = await import("../../src/settings.ts");
  const { cacheDirectory } = readSettings();
  const file = `${home}/script.ts`;
  await Deno.writeTextFile(file, script);
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", "--no-lock", "--config", config, file],
    env: {
      HOME: home,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      DIPPER_CACHE_DIR: cacheDirectory,
      EXTENSIONS: `${cacheDirectory}/extensions`,
      SECRET: secretFor(site, "key-of-a-stranger"),
      OPTIONS: JSON.stringify(site.options),
    },
  }).output();
  const said = new TextDecoder().decode(stdout);
  assert.equal(said.trim(), "[1,2,0]", new TextDecoder().decode(stderr));
  assert.deepEqual(site.signers("lab"), ["key-of-session"]);
  await Deno.remove(home, { recursive: true });
});

for (const transport of ["gateway", "direct"] as const) {
  Deno.test(`temporary credentials are renewed between queries (${transport})`, () =>
    renewedBetweenQueries(transport));
}

async function renewedBetweenQueries(transport: Transport): Promise<void> {
  await using site = await startSite("unused", "lab", "named");
  const home = await Deno.makeTempDir({ prefix: "dipper-home-" });
  // Keys may be on their way when the session has ended.
  await using _home = {
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, maxRetries: 10, retryDelay: 50 }),
  };
  // Each call gives the next key, with less life left than the margin of renewal.
  const program = `${home}/keys.sh`;
  await Deno.writeTextFile(
    program,
    `#!/bin/sh
n=$(cat ${home}/count 2>/dev/null || echo 0); n=$((n + 1)); echo $n > ${home}/count
printf '{"Version":1,"AccessKeyId":"ASIATEMP%s","SecretAccessKey":"temporary-secret-%s",' $n $n
printf '"SessionToken":"temporary-token-%s","Expiration":"%s"}' $n "$(date -u -d '+2 minutes' +%Y-%m-%dT%H:%M:%SZ)"
`,
    { mode: 0o700 },
  );
  await Deno.mkdir(`${home}/.aws`);
  await Deno.writeTextFile(
    `${home}/.aws/config`,
    `[profile lab]\nregion = us-east-1\ncredential_process = ${program}\n`,
  );
  const { proxy } = site;
  await using session = await connect({
    profile: "lab",
    endpoint: proxy.endpoint,
    stores: { named: { profile: "lab", endpoint: proxy.endpoint, buckets: ["named"] } },
    environment: environmentOf({ AWS_EC2_METADATA_DISABLED: "true" }, home),
    transport,
  });
  const keysOf = async (bucket: string) => {
    proxy.clear();
    await session.query(`FROM 's3://${bucket}/x.csv'`);
    for (const request of proxy.requests) {
      const token = request.headers.get("x-amz-security-token");
      assert.equal(token, signerOf(request)!.replace("ASIATEMP", "temporary-token-"));
    }
    const keys = site.signers(bucket);
    // The gateway renews also while a statement is running.
    if (transport === "direct") assert.equal(keys.length, 1);
    return keys.at(-1)!;
  };
  // The gateway goes on with the keys that it has until the new ones are there.
  const patience = transport === "gateway" ? 50 : 1;
  for (const bucket of ["lab", "named"]) {
    const first = await keysOf(bucket);
    assert.match(first, /^ASIATEMP\d+$/);
    let next = first;
    for (let query = 0; query < patience && next === first; query++) next = await keysOf(bucket);
    assert.notEqual(next, first, bucket);
  }
}

Deno.test("a secret without an address goes to the default store, beside the session's buckets", async () => {
  await using site = await startSite("key-of-store", "climate", "private");
  await using session = await connect(site.options);
  const secret = "CREATE SECRET mine (TYPE s3, KEY_ID 'key-by-hand', SECRET 'secret-typed-by-hand'";
  await session.query(`${secret}, SCOPE 's3://private/')`);
  const result = await session.query(
    `SELECT count(*)::INT AS n FROM 's3://climate/x.csv' AS one JOIN 's3://private/x.csv' AS two
       USING (a)`,
  );
  assert.deepEqual(result.toJSON(), [{ n: 2 }]);
  assert.deepEqual(site.signers("private"), ["key-by-hand"]);
  assert.deepEqual(site.signers("climate"), ["key-of-store"]);
  assert.ok(result.report.bypassed > 0);
  // What the secret says itself holds.
  await session.query(`${secret.replace("mine", "other")}, ENDPOINT '127.0.0.1:9',
    SCOPE 's3://private/x.csv')`);
  site.proxy.clear();
  await session.query("SET GLOBAL http_retries = 0");
  await rejection(session.query("FROM 's3://climate/x.csv', 's3://private/x.csv'"));
  assert.deepEqual(site.signers("private"), []);
});

Deno.test("a secret without an address is one for AWS where there is no default store", async () => {
  await using one = await startSite("key-of-one", "mine");
  await using two = await startSite("key-of-two", "yours");
  await using session = await connect({
    stores: ownersOf(one, two),
  });
  await session.query("CREATE SECRET own (TYPE s3, KEY_ID 'k', SECRET 'secret-typed-by-hand')");
  const [{ text }] = (await session.query("SELECT secret_string AS text FROM duckdb_secrets()"))
    .toJSON();
  assert.match(String(text), /endpoint=s3\.amazonaws\.com/);
  assert.match(String(text), /use_ssl=true/);
});
