import assert from "node:assert/strict";
import { join } from "node:path";
import { GetObjectCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type Origin, serveTables } from "../engine/forecast/origin.ts";
import { Desk } from "./command.ts";

const TABLES = {
  "frozen/a.parquet": ["SELECT range AS id FROM range(200000)", "FORMAT parquet"],
  "frozen/b.csv": ["SELECT range AS id FROM range(100000)", "FORMAT csv, HEADER"],
  "live/a.parquet": ["SELECT range AS id FROM range(1000)", "FORMAT parquet"],
} as const;
const SQL = "SELECT sum(id) AS sum FROM 's3://bench/frozen/a.parquet' UNION ALL " +
  "SELECT sum(id) FROM 's3://bench/frozen/b.csv' ORDER BY 1";

/** An origin, and commands that read from it through a cache of their own. */
async function withOrigin(
  body: (desk: Desk, origin: Origin, env: Record<string, string>) => Promise<void>,
): Promise<void> {
  await using origin = await serveTables(TABLES);
  await using desk = await Desk.empty();
  const { endpoint, accessKeyId, secretAccessKey } = origin.options;
  const cache = join(desk.home, "cache");
  await Deno.mkdir(cache);
  const { DIPPER_CACHE_DIR } = desk.env();
  await Deno.symlink(join(DIPPER_CACHE_DIR, "extensions"), join(cache, "extensions"));
  await body(desk, origin, {
    DIPPER_CACHE_DIR: cache,
    AWS_ENDPOINT_URL_S3: endpoint!,
    AWS_ACCESS_KEY_ID: accessKeyId!,
    AWS_SECRET_ACCESS_KEY: secretAccessKey!,
    AWS_REGION: "us-east-1",
  });
}

Deno.test("what is declared immutable and cached is queried without a request by a new process", () =>
  withOrigin(async (desk, origin, env) => {
    const answer = await desk.out(["query", SQL, "--immutable", "s3://bench/frozen/"], { env });
    assert.ok(origin.counts().requests > 0);
    const query = async (flags: readonly string[], more: Record<string, string> = {}) => {
      assert.equal(await desk.out(["query", SQL, ...flags], { env: { ...env, ...more } }), answer);
      return origin.counts().requests;
    };
    assert.equal(await query(["--immutable", "s3://bench/frozen/"]), 0);
    assert.equal(await query(["--immutable", "s3://bench/other", "--immutable", "all"]), 0);
    assert.equal(await query([], { DIPPER_IMMUTABLE: "s3://bench/frozen" }), 0);
    assert.equal(await query([]), 2);
    assert.equal(await query(["--immutable", "s3://bench/froz"]), 2);
    const live = "FROM 's3://bench/live/a.parquet' LIMIT 1";
    await desk.out(["query", live], { env });
    origin.counts();
    await desk.out(["query", live, "--immutable", "s3://bench/frozen/"], { env });
    assert.equal(origin.counts().requests, 1);
  }));

Deno.test("a program behind dipper serve reads it without a request after a restart", () =>
  withOrigin(async (desk, origin, env) => {
    const place = { Bucket: "bench", Key: "frozen/a.parquet" };
    const read = async () => {
      const child = desk.spawn(["serve", "--json", "--immutable", "s3://bench/frozen"], { env });
      const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let said = "";
      while (!said.endsWith("}\n")) said += (await lines.read()).value ?? "";
      const { endpoint, region, ...credentials } = JSON.parse(said);
      const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
      try {
        const head = await client.send(new HeadObjectCommand(place));
        const got = await client.send(new GetObjectCommand(place));
        const bytes = await got.Body!.transformToByteArray();
        assert.equal(bytes.length, head.ContentLength);
        return { etag: head.ETag, type: head.ContentType, bytes };
      } finally {
        client.destroy();
        child.kill("SIGTERM");
        await lines.cancel();
        await child.stderr.cancel();
        await child.status;
      }
    };
    const first = await read();
    assert.ok(origin.counts().requests > 0);
    assert.deepEqual(await read(), first);
    assert.equal(origin.counts().requests, 0);
    // The heads go with the bytes.
    await desk.out(["cache", "clear", "--bucket", "bench", "--prefix", "live", "--yes"], { env });
    await read();
    assert.equal(origin.counts().requests, 0);
    await desk.out(["cache", "clear", "--bucket", "bench", "--yes"], { env });
    await read();
    assert.ok(origin.counts().requests > 0);
  }));
