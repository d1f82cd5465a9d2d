import assert from "node:assert/strict";
import { connect, isDipperError } from "../../src/mod.ts";
import { makeBucket } from "./support/bucket.ts";
import { personOf } from "./support/command.ts";
import { asPerson } from "./support/environment.ts";
import { onEachServer, type Server } from "./support/servers.ts";

/** A query that only an accepted identity can answer. */
async function countAirlines(uri: string): Promise<unknown> {
  await using session = await connect();
  return (await session.query(`SELECT count(*) AS n FROM '${uri}'`)).rows();
}

function profileFiles({ endpoint, owner }: Server, extra = ""): Record<string, string> {
  return {
    ".aws/credentials": `[lab]\naws_access_key_id = ${owner.accessKeyId}\n` +
      `aws_secret_access_key = ${owner.secretAccessKey}\n`,
    ".aws/config": `[profile lab]\nregion = us-east-1\nendpoint_url = ${endpoint}\n${extra}`,
  };
}

function roleProfile({ endpoint, roleArn }: Server): string {
  return `\n[profile reader]\nrole_arn = ${roleArn}\nsource_profile = lab\nregion = us-east-1\n` +
    `endpoint_url = ${endpoint}\n`;
}

onEachServer("connects by environment", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  await asPerson(personOf(server), async () => {
    assert.deepEqual(await countAirlines(bucket.uri("airlines.csv")), [{ n: 16n }]);
  });
});

onEachServer("connects by environment with AWS_S3_ENDPOINT without a scheme", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  const { AWS_ENDPOINT_URL_S3, ...variables } = personOf(server).variables!;
  const endpoint = AWS_ENDPOINT_URL_S3.replace("http://", "");
  await asPerson({ variables: { ...variables, AWS_S3_ENDPOINT: endpoint } }, async () => {
    assert.deepEqual(await countAirlines(bucket.uri("airlines.csv")), [{ n: 16n }]);
  });
});

onEachServer("connects by profile", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  const person = { variables: { AWS_PROFILE: "lab" }, files: profileFiles(server) };
  await asPerson(person, async () => {
    assert.deepEqual(await countAirlines(bucket.uri("airlines.csv")), [{ n: 16n }]);
  });
});

onEachServer("connects by a profile that assumes a role", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  const files = profileFiles(server, roleProfile(server));
  await asPerson({ variables: { AWS_PROFILE: "reader" }, files }, async () => {
    await using session = await connect();
    const result = await session.query(`SELECT count(*) AS n FROM '${bucket.uri("airlines.csv")}'`);
    assert.deepEqual(result.rows(), [{ n: 16n }]);
    const credentials = await session.stores.default?.credentials();
    assert.notEqual(credentials?.accessKeyId, server.owner.accessKeyId);
    assert.ok(credentials?.sessionToken);
    assert.ok(credentials?.expiration);
  });
}, ["ceph", "seaweedfs"]);

onEachServer("connects with a role given as an option, and writes with it", async (server) => {
  await using bucket = await makeBucket(server);
  await asPerson({}, async () => {
    await using session = await connect({ ...server.options, roleArn: server.roleArn });
    await session.copyTo("SELECT 1 AS a", bucket.uri("one.parquet"));
    assert.deepEqual(await bucket.keys(), ["one.parquet"]);
  });
}, ["ceph", "seaweedfs"]);

onEachServer("says that a service without STS cannot give a role", async (server) => {
  await using bucket = await makeBucket(server, ["airlines.csv"]);
  await asPerson({}, async () => {
    const attempt = async () => {
      const roleArn = "arn:aws:iam::000000000000:role/reader";
      await using session = await connect({ ...server.options, roleArn });
      await session.query(`SELECT * FROM '${bucket.uri("airlines.csv")}'`);
    };
    await assert.rejects(attempt, (error: unknown) => {
      assert.ok(isDipperError(error), String(error));
      assert.match(`${error.message} ${error.hint}`, /role|STS/);
      assert.notEqual(error.hint, undefined);
      return true;
    });
  });
}, ["versitygw"]);
