import assert from "node:assert/strict";
import { connect, type DipperError, type ErrorTag, isDipperError } from "../../src/mod.ts";
import { makeBucket } from "./support/bucket.ts";
import { dipper, personOf } from "./support/command.ts";
import { asPerson } from "./support/environment.ts";
import { expiredCredentials } from "./support/expired.ts";
import { faketimeLibrary, onEachServer, type Server } from "./support/servers.ts";

async function failure(options: Server["options"], sql: string): Promise<DipperError> {
  return await asPerson({}, async () => {
    await using session = await connect(options);
    const error = await session.query(sql).then(() => undefined, (thrown: unknown) => thrown);
    assert.ok(isDipperError(error), `not an error of Dipper's: ${error}`);
    assert.notEqual(error.hint, undefined, `no hint: ${error.message}`);
    return error;
  });
}

function assertTag(error: DipperError, ...tags: ErrorTag[]): void {
  assert.ok(tags.includes(error.tag), `${error.tag}: ${error.message}`);
}

onEachServer("names a wrong secret", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  const wrong = "not-the-secret-0123456789";
  const options = { ...server.options, secretAccessKey: wrong };
  const error = await failure(options, `FROM '${bucket.uri("airlines.csv")}'`);
  // Ceph with STS answers a wrong secret, an unknown key and a missing right alike.
  if (server.name === "ceph") {
    assertTag(error, "bad_credentials", "permission");
    assert.match(error.hint!, /secret/);
  } else assertTag(error, "bad_credentials");
  assert.doesNotMatch(JSON.stringify(error), new RegExp(wrong));
});

onEachServer("names an unknown access key", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  const options = { ...server.options, accessKeyId: "nobodynobody" };
  const error = await failure(options, `FROM '${bucket.uri("airlines.csv")}'`);
  if (server.name === "ceph") assertTag(error, "bad_credentials", "permission");
  else assertTag(error, "bad_credentials");
});

onEachServer("names the nearest buckets when one is missing", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  const typo = `${bucket.name.slice(0, -1)}-`.replace(/-$/, "zz");
  const error = await failure(server.options, `FROM 's3://${typo}/airlines.csv'`);
  assertTag(error, "bucket_not_found");
  assert.ok(error.context.nearest?.includes(bucket.name), JSON.stringify(error));
});

onEachServer("names the nearest keys when one is missing", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv", "airports.csv"]);
  const error = await failure(server.options, `FROM '${bucket.uri("airlinse.csv")}'`);
  assertTag(error, "key_not_found");
  assert.equal(error.context.nearest?.[0], "airlines.csv");
});

onEachServer("says that there is no permission to read", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  const error = await failure(
    { ...server.options, ...server.guest },
    `FROM '${bucket.uri("airlines.csv")}'`,
  );
  assertTag(error, "permission");
  assert.equal(error.context.bucket, bucket.name);
});

onEachServer("says that there is no permission to write, and leaves nothing", async (server) => {
  await using bucket = await makeBucket(server);
  await asPerson({}, async () => {
    await using session = await connect({ ...server.options, ...server.guest });
    await assert.rejects(
      () => session.copyTo("SELECT 1 AS a", bucket.uri("x.parquet")),
      { tag: "permission" },
    );
  });
  assert.deepEqual(await bucket.keys(), []);
});

onEachServer("says that a token has expired", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  const credentials = await expiredCredentials(server);
  const options = { ...server.options, ...credentials };
  const error = await failure(options, `FROM '${bucket.uri("airlines.csv")}'`);
  assertTag(error, "expired_token");
  assert.ok(!JSON.stringify(error).includes(credentials.sessionToken!));
}, ["ceph", "seaweedfs"]);

onEachServer("says that the clock is wrong", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  const person = personOf(server);
  const shifted = {
    variables: {
      ...person.variables,
      LD_PRELOAD: faketimeLibrary(),
      FAKETIME: "+3h",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
  };
  const command = ["query", "--json", `FROM '${bucket.uri("airlines.csv")}'`];
  const right = await dipper(person, ...command);
  assert.equal(right.code, 0, right.stderr);
  const wrong = await dipper(shifted, ...command);
  assert.equal(wrong.code, 5, `${wrong.stdout}${wrong.stderr}`);
  assert.match(`${wrong.stdout}${wrong.stderr}`, /clock/i);
});

onEachServer("says which file cannot be read", async (server) => {
  await using bucket = await makeBucket(server);
  await bucket.put("broken.parquet", "PAR1 this is no Parquet file at all PAR1");
  const error = await failure(server.options, `FROM '${bucket.uri("broken.parquet")}'`);
  assertTag(error, "unreadable_file");
  assert.ok(JSON.stringify(error).includes("broken.parquet"));
});

Deno.test("a server that is gone is a network failure", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const gone = {
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    accessKeyId: "someone",
    secretAccessKey: "some-secret-0123",
  };
  assertTag(await failure(gone, "FROM 's3://any/x.csv'"), "network", "wrong_endpoint");
});
