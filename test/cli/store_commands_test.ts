import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk } from "./command.ts";

Deno.test("commands about stores", async (t) => {
  await using desk = await Desk.withDemo();
  const secret = desk.demo.secretAccessKey;

  await t.step("ls shows buckets, then prefixes and objects relative to the address", async () => {
    assert.match(await desk.out(["ls"]), /^\d{4}-\d\d-\d\d \d\d:\d\dZ {2}demo\n$/);
    assert.match(await desk.out(["ls", "s3://demo"]), /^ +PRE {2}nycflights13\/\n$/);
    const below = await desk.out(["ls", "s3://demo/nycflights13"]);
    assert.match(below, /Z +386 B {2}airlines\.csv\n/);
    assert.equal(await desk.out(["ls", "s3://demo/nycflights13/"]), below);
    assert.match(await desk.out(["ls", "-r", "s3://demo"]), /nycflights13\/airlines\.csv\n/);
  });

  await t.step("ls is short with a default bucket", async () => {
    const env = { DIPPER_BUCKET: "demo" };
    assert.match(await desk.out(["ls"], { env }), /PRE {2}nycflights13\//);
    assert.match(await desk.out(["ls", "nycflights13/air"], { env }), /airports\.csv/);
    assert.match(await desk.out(["ls", "--buckets"], { env }), /Z {2}demo\n/);
  });

  await t.step("ls --json has whole keys", async () => {
    const entries = JSON.parse(await desk.out(["ls", "--json", "s3://demo/nycflights13"]));
    const airlines = entries.find(({ key }: { key?: string }) => key?.endsWith("airlines.csv"));
    assert.equal(airlines.uri, "s3://demo/nycflights13/airlines.csv");
    assert.equal(airlines.size, 386);
    assert.equal(JSON.parse(await desk.out(["ls", "--json"]))[0].name, "demo");
  });

  await t.step("ls says what is not there, with what is near", async () => {
    const key = await desk.run(["ls", "s3://demo/nycfligts13/"]);
    assert.equal(key.code, 3);
    assert.match(key.stderr, /s3:\/\/demo\/nycflights13\//);
    const bucket = await desk.run(["ls", "s3://demoo"]);
    assert.equal(bucket.code, 3);
    assert.match(bucket.stderr, /no bucket demoo[^]*demo\?/);
  });

  await t.step("describe shows columns and rows, and takes a relative key", async () => {
    const env = { DIPPER_BUCKET: "demo" };
    const text = await desk.out(["describe", "nycflights13/flights.parquet"], { env });
    assert.match(text, /parquet · 336,776 rows · 19 columns · 5\.3 MB/);
    assert.match(text, /\n {2}time_hour +TIMESTAMP WITH TIME ZONE\n/);
    const uri = "s3://demo/nycflights13/airlines.csv";
    const described = JSON.parse(await desk.out(["describe", uri, "--json"]));
    assert.deepEqual(described.columns[0], { name: "carrier", type: "VARCHAR" });
  });

  await t.step("stores says where each value came from, and no secret", async () => {
    const text = await desk.out(["stores"]);
    assert.match(text, /endpoint +http:\/\/127\.0\.0\.1:\d+ +from AWS_ENDPOINT_URL/);
    assert.match(text, /No profiles/);
    const json = await desk.out(["stores", "--json"]);
    assert.equal(JSON.parse(json).stores[0].endpoint, `${desk.demo.endpoint}/`);
    for (const shown of [text, json]) assert.ok(!shown.includes(secret));
  });

  await t.step("secret prints a statement without values", async () => {
    const sql = await desk.out(["secret"]);
    assert.match(sql, /CREATE OR REPLACE SECRET[^]*credential_chain[^]*ENDPOINT '127/);
    assert.ok(!sql.includes(secret) && !sql.includes(desk.demo.accessKeyId));
  });

  await t.step("check proves the connection and leaves nothing", async () => {
    const before = await desk.out(["ls", "-r", "s3://demo", "--json"]);
    const ran = await desk.run(["check", "s3://demo"]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /✓ list .*\n/);
    assert.match(ran.stdout, /✓ remove/);
    assert.ok(ran.stdout.split("\n").every((line) => line.length <= 80));
    const json = JSON.parse(await desk.out(["check", "s3://demo", "--json"]));
    assert.equal(json.capabilities.write, "yes");
    assert.equal(await desk.out(["ls", "-r", "s3://demo", "--json"]), before);
    const missing = await desk.run(["check", "s3://nothing-here"]);
    assert.equal(missing.code, 3, missing.stdout);
  });

  await t.step("doctor says what is here; a broken cache folder makes it fail", async () => {
    const text = await desk.out(["doctor"]);
    assert.match(text, /duckdb +✓ v1\.\d+\.\d+/);
    assert.match(text, /httpfs: works/);
    assert.match(text, /kernel +– .*deno jupyter --install/);
    const folder = join(desk.home, ".duckdb", "stored_secrets");
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "old.duckdb_secret"), "");
    const json = JSON.parse(await desk.out(["doctor", "--json"]));
    assert.ok(json.ambientSecrets.some(({ name }: { name: string }) => name === "old"));
    assert.deepEqual(json.problems, []);
    const file = await Deno.makeTempFile({ dir: desk.home });
    const broken = await desk.run(["doctor"], { env: { DIPPER_CACHE_DIR: file } });
    assert.equal(broken.code, 1, broken.stdout);
  });

  await t.step("exit codes follow what went wrong", async () => {
    const closed = await desk.run(["ls", "--endpoint", "http://127.0.0.1:1"]);
    assert.equal(closed.code, 5, closed.stderr);
    const wrongKey = await desk.run(["ls"], { env: { AWS_ACCESS_KEY_ID: "AKIANOTTHISONE" } });
    assert.equal(wrongKey.code, 4, wrongKey.stderr);
    const profile = await desk.run(["ls", "--profile", "none"]);
    assert.equal(profile.code, 1, profile.stderr);
    assert.match(profile.stderr, /none/);
    const setting = await desk.run(["ls"], { env: { DIPPER_CACHE_SIZE: "much" } });
    assert.equal(setting.code, 1);
    assert.match(setting.stderr, /^error: DIPPER_CACHE_SIZE/);
  });

  await t.step("several stores are named on the command line", async () => {
    const aws = join(desk.home, ".aws");
    await Deno.mkdir(aws);
    await Deno.writeTextFile(
      join(aws, "config"),
      `[profile one]\nendpoint_url = ${desk.demo.endpoint}\nregion = us-east-1\n` +
        `[profile two]\nendpoint_url = http://127.0.0.1:1\n`,
    );
    const keys =
      `aws_access_key_id = ${desk.demo.accessKeyId}\naws_secret_access_key = ${secret}\n`;
    await Deno.writeTextFile(join(aws, "credentials"), `[one]\n${keys}[two]\n${keys}`);
    const env = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_ENDPOINT_URL: "" };
    const stores = ["--store", "a=one:demo", "--store", "two"];
    const sql = "SELECT count(*) AS n FROM 's3://demo/nycflights13/airlines.csv'";
    assert.equal(await desk.out(["query", sql, ...stores], { env }), "n\n16\n");
    const text = await desk.out(["stores", ...stores], { env });
    assert.match(text, /store a\n[^]*buckets +demo[^]*store two\n/);
    assert.match(text, /\n {2}one {2}http.*keys\n/);
    assert.ok(!text.includes(secret));
  });
});
