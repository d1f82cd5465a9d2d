import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { type Gateway, startGateway } from "../../src/gateway/gateway.ts";
import type { IssuedKey } from "../../src/gateway/keys.ts";
import { environmentOf } from "../../src/store/environment.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { openDuck } from "../gateway/support/duckdb.ts";
import { pattern } from "../gateway/support/gateway.ts";
import { makeBucket } from "./support/bucket.ts";
import { client } from "./support/clients.ts";
import { onEachServer, type Server } from "./support/servers.ts";

/** A gateway in front of one server. */
async function open({ options }: Server): Promise<Gateway> {
  const stores = await StoreSet.resolve(options, environmentOf({}));
  const gateway = await startGateway({ stores, cache: { disk: "off" } });
  const close = async () => {
    await gateway.close();
    stores.close();
  };
  return { ...gateway, close, [Symbol.asyncDispose]: close };
}

/** Runs a program as a person would who was told the gateway's address and keys. */
async function run(
  { endpoint }: Gateway,
  key: IssuedKey,
  [program, ...args]: readonly string[],
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      PYTHONIOENCODING: "utf-8",
    },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

onEachServer("boto3 finds a gateway to be S3", async (server) => {
  await using bucket = await makeBucket(server);
  await using gateway = await open(server);
  const script = new URL("./gateway_clients.py", import.meta.url).pathname;
  const key = await gateway.issueKey("boto3");
  const seen = JSON.parse(await run(gateway, key, [client("python"), script, bucket.name]));
  const name = "part=0/ż ó'%3D+&.txt";
  assert.deepEqual(seen, {
    object: [{ a: "b" }, "text/x", "abc"],
    keys: [name],
    keys_v1: [name],
    large: true,
    part: [206, true],
    presigned: "abc",
    parts: [5 * 2 ** 20],
    uploads: ["parts"],
    copy: 3,
    tags: true,
    md5: true,
    codes: ["NoSuchKey", "404", "NoSuchBucket", "InvalidRange", "PreconditionFailed"],
    left: 0,
  });
});

onEachServer("the AWS CLI copies, lists and removes through a gateway", async (server) => {
  await using bucket = await makeBucket(server);
  await using gateway = await open(server);
  const key = await gateway.issueKey("aws-cli");
  const aws = (...args: string[]) => run(gateway, key, [client("aws"), "s3", ...args]);
  const folder = await Deno.makeTempDir();
  try {
    const body = pattern(20_000_000);
    await Deno.writeFile(`${folder}/large.bin`, body);
    await aws("cp", `${folder}/large.bin`, bucket.uri("a b/large.bin"), "--no-progress");
    await aws("cp", bucket.uri("a b/large.bin"), bucket.uri("copy.bin"), "--no-progress");
    assert.match(await aws("ls", "--recursive", bucket.uri("")), /20000000 a b\/large\.bin/);
    assert.match(await aws("ls"), new RegExp(bucket.name));
    await aws("cp", bucket.uri("copy.bin"), `${folder}/back.bin`, "--no-progress");
    const [before, after] = [body, await Deno.readFile(`${folder}/back.bin`)].map((bytes) =>
      createHash("sha256").update(bytes).digest("hex")
    );
    assert.equal(after, before);
    await aws("rm", "--recursive", bucket.uri(""));
    assert.deepEqual(await bucket.keys(), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

onEachServer("DuckDB's large files are whole or not there", async (server) => {
  await using bucket = await makeBucket(server);
  await using gateway = await open(server);
  const key = await gateway.issueKey("statement", { kind: "statement" });
  using duck = await openDuck(gateway.endpoint, key, 4);
  const uploads = async () => {
    const answer = await server.client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket.name }),
    );
    return answer.Uploads?.length ?? 0;
  };
  const copy = (rows: number, fails: number) =>
    `COPY (SELECT CASE WHEN range < ${fails} THEN hash(range)::VARCHAR || repeat('x', 40)
      ELSE error('half-way') END AS a FROM range(${rows})) TO '${bucket.uri("large.csv")}'`;
  await gateway.hold("statement");
  await assert.rejects(duck.run(copy(700_000, 600_000)), /half-way/);
  assert.deepEqual(await bucket.keys(), []);
  await gateway.abort("statement");
  assert.deepEqual([await bucket.keys(), await uploads()], [[], 0]);
  await gateway.hold("statement");
  await duck.run(copy(600_000, 600_000));
  assert.deepEqual(await bucket.keys(), []);
  assert.deepEqual((await gateway.commit("statement")).written, [bucket.uri("large.csv")]);
  assert.equal(await uploads(), 0);
  await gateway.forget("statement");
  const sql = `SELECT count(*)::INT AS n, sum(length(a))::INT > 3e7 AS l FROM '${
    bucket.uri("large.csv")
  }'`;
  assert.deepEqual(await duck.run(sql), [{ n: 600_000, l: true }]);
});
