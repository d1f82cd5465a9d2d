import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pattern } from "../gateway/support/gateway.ts";
import { makeBucket, type TestBucket } from "./support/bucket.ts";
import { assertReported, client, FORMATS, objectBytes, openDesk } from "./support/clients.ts";
import { personOf, start } from "./support/command.ts";
import { withHome } from "./support/environment.ts";
import { onEachServer, type Server, server, SERVER_NAMES } from "./support/servers.ts";

/** What each library finds in the bucket, and what it says of what it wrote there. */
const LIBRARIES = {
  pandas: {
    read: { rows: 336_776, distance: 350_217_607, airlines: 16, missing: true },
    write: { same: true, rows: 200_000 },
    keys: ["pandas/a b.parquet", "pandas/large.csv"],
  },
  s3fs: {
    read: { magic: "PAR1", size: 5_304_464, glob: ["airlines.csv"], missing: true, exists: false },
    write: { same: true, over: true, names: ["large.bin"] },
    keys: ["s3fs/large.bin"],
  },
  dask: {
    read: { rows: 336_776, distance: 350_217_607 },
    write: { rows: 336_776, distance: 350_217_607 },
    keys: ["dask/part.0.parquet", "dask/part.1.parquet", "dask/part.2.parquet"],
  },
  pyarrow: {
    read: { rows: 336_776, distance: 350_217_607, missing: true },
    write: { same: true, large: 23_000_000 },
    // It keeps the folder of what it removed.
    keys: ["pyarrow/", "pyarrow/a.parquet"],
  },
  polars: {
    read: { rows: 336_776, distance: 350_217_607, airlines: 16, missing: true },
    write: { same: true, csv: 336_776 },
    keys: ["polars/a.csv", "polars/a.parquet"],
  },
  rasterio: {
    read: { size: [791, 718], bands: 3, window: [10, 10], sum: 17_008_452, missing: true },
    write: { same: true },
    keys: ["rasterio/copy.tif"],
  },
  geopandas: {
    read: { countries: 177, box: 13, cities: 243, missing: true },
    write: { flatgeobuf: 177, geoparquet: 177 },
    keys: ["geopandas/copy.fgb", "geopandas/copy.parquet"],
  },
  duckdb: {
    read: { rows: 336_776, distance: 350_217_607, airlines: 16, missing: true },
    write: { rows: 336_776 },
    keys: undefined,
  },
} as const;

type Library = keyof typeof LIBRARIES;

const DATA = new URL("../../datasets/data/", import.meta.url);

async function filledBucket(server: Server): Promise<TestBucket> {
  const bucket = await makeBucket(server, ["flights.parquet", "airlines.csv"]);
  for (
    const [key, file] of [
      ["image.tif", "imagery/bahamas.tif"],
      ["countries.fgb", "borders/countries-110m.fgb"],
      ["cities.gpkg", "places/cities.gpkg"],
    ]
  ) {
    await bucket.put(key, readFileSync(new URL(file, DATA)));
  }
  return bucket;
}

/** Each its own S3 client; the others are built on one of these, or on what a test of its own has. */
const EVERYWHERE: readonly string[] = ["s3fs", "polars", "geopandas", "duckdb"];

for (const [library, expected] of Object.entries(LIBRARIES)) {
  onEachServer(`${library} reads and writes behind dipper exec`, async (server) => {
    await using bucket = await filledBucket(server);
    await using desk = await openDesk(server);
    const run = (flags: readonly string[], mode: string) =>
      desk.exec(flags, client("python"), FORMATS, library as Library, mode, bucket.name);
    const first = await run([], "read");
    assert.deepEqual(JSON.parse(first.stdout), expected.read);
    assertReported(first);
    assert.ok(objectBytes(first) > 0);
    const again = await run([], "read");
    assert.deepEqual(JSON.parse(again.stdout), expected.read);
    assertReported(again);
    assert.equal(objectBytes(again), 0);
    const before = await bucket.keys();
    const wrote = await run(["--write"], "write");
    const said = JSON.parse(
      wrote.stdout,
      (name, value) =>
        name === "names" ? value.map((each: string) => each.split("/").at(-1)) : value,
    );
    assert.deepEqual(said, expected.write);
    assertReported(wrote);
    if (expected.keys === undefined) return;
    assert.deepEqual((await bucket.keys()).filter((key) => !before.includes(key)), expected.keys);
  }, EVERYWHERE.includes(library) ? SERVER_NAMES : ["versitygw"]);
}

onEachServer("rclone copies, checks, moves and removes behind dipper exec", async (server) => {
  await using bucket = await makeBucket(server);
  await using desk = await openDesk(server);
  const folder = await Deno.makeTempDir();
  const rclone = (...args: string[]) =>
    desk.exec(["--write"], client("rclone"), "--config", join(folder, "none.conf"), ...args);
  try {
    const body = pattern(24_000_000);
    await Deno.mkdir(`${folder}/in`);
    await Deno.writeFile(`${folder}/in/ż large.bin`, body);
    await Deno.writeTextFile(`${folder}/in/small.txt`, "abc");
    const at = `dipper:${bucket.name}`;
    assertReported(await rclone("copy", "--s3-upload-cutoff=8M", `${folder}/in`, `${at}/a b`));
    assert.deepEqual(await bucket.keys(), ["a b/small.txt", "a b/ż large.bin"]);
    await rclone("check", "--download", `${folder}/in`, `${at}/a b`);
    const back = await rclone("copyto", `${at}/a b/ż large.bin`, `${folder}/back.bin`);
    assert.equal(objectBytes(back), 0);
    assert.deepEqual(await Deno.readFile(`${folder}/back.bin`), body);
    await rclone("moveto", `:s3:${bucket.name}/a b/small.txt`, `${at}/moved.txt`);
    const { stdout } = await rclone("lsf", "-R", at);
    assert.deepEqual(stdout.trim().split("\n").sort(), ["a b/", "a b/ż large.bin", "moved.txt"]);
    await rclone("delete", at);
    assert.deepEqual(await bucket.keys(), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

onEachServer("a program behind dipper exec writes nothing without --write", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  await using desk = await openDesk(server);
  const script = `
import boto3, sys
from botocore.exceptions import ClientError
client, codes = boto3.client("s3"), []
at = {"Bucket": sys.argv[1], "Key": "airlines.csv"}
for call, more in (
    (client.put_object, {"Body": b"x"}), (client.delete_object, {}),
    (client.copy_object, {"CopySource": at}), (client.create_multipart_upload, {}),
):
    try:
        call(**at, **more)
        codes.append("accepted")
    except ClientError as error:
        codes.append(error.response["Error"]["Code"])
print(*codes, len(client.get_object(**at)["Body"].read()))
`;
  const { stdout, passed } = await desk.exec([], client("python"), "-c", script, bucket.name);
  assert.match(stdout, /^AccessDenied AccessDenied AccessDenied AccessDenied \d\d+\n$/);
  assert.deepEqual([...new Set(passed.map(({ method }) => method))].sort(), ["GET", "HEAD"]);
});

Deno.test("versitygw: the AWS CLI uses the profile that dipper serve writes", async () => {
  const versitygw = server("versitygw");
  await using bucket = await makeBucket(versitygw, ["airlines.csv"]);
  await withHome(personOf(versitygw), async (environment) => {
    const serving = start(environment, ["serve", "--json", "--write-profile", "door"]).spawn();
    const lines = serving.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await lines.read();
    const { endpoint } = JSON.parse(value!) as { endpoint: string };
    // A person at another shell, who has no keys but the profile's.
    const { HOME, PATH } = environment;
    const { code, stdout, stderr } = await new Deno.Command(client("aws"), {
      args: ["--profile", "door", "s3", "cp", bucket.uri("airlines.csv"), "-"],
      clearEnv: true,
      env: { HOME, PATH },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.match(new TextDecoder().decode(stdout), /^carrier,name/);
    const page = await fetch(endpoint, { headers: { origin: "https://example.org" } });
    assert.equal(page.status, 403);
    await page.body?.cancel();
    serving.kill("SIGINT");
    assert.equal((await serving.status).code, 0);
    await lines.cancel();
    const { report } = JSON.parse(await new Response(serving.stderr).text());
    assert.ok(report.bytes.answered > 0);
    assert.doesNotMatch(await Deno.readTextFile(join(HOME, ".aws", "config")), /door/);
  });
});
