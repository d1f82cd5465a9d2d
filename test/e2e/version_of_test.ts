import assert from "node:assert/strict";
import { GetBucketVersioningCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { connect, isDipperError } from "../../src/mod.ts";
import { emptyBucket } from "../../src/objects/buckets/remove.ts";
import { listVersions } from "../../src/objects/versions/list.ts";
import { makeBucket } from "./support/bucket.ts";
import { asPerson } from "./support/environment.ts";
import { onEachServer } from "./support/servers.ts";

onEachServer("SQL reads an older version of an object, whatever its key", async (server) => {
  await using bucket = await makeBucket(server, []);
  const Bucket = bucket.name;
  await server.client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
  );
  const { Status } = await server.client.send(new GetBucketVersioningCommand({ Bucket }));
  assert.equal(Status, "Enabled");
  await asPerson({}, async () => {
    await using session = await connect(server.options);
    await using _ = {
      [Symbol.asyncDispose]: () => emptyBucket(session.stores.default!, Bucket),
    };
    for (const key of ["x.csv", "folder/what?versionId=x.csv"]) {
      await bucket.put(key, "a\n1\n");
      await bucket.put(key, "a\n2\n3\n");
      const ids: string[] = [];
      for await (const entry of listVersions(session.stores.default!, Bucket, { key })) {
        if (!entry.isMarker) ids.push(entry.versionId);
      }
      assert.equal(ids.length, 2);
      const rows = await Promise.all(ids.map(async (id) => {
        const result = await session.query(
          "SELECT count(*)::INT AS n FROM read_csv(version_of($1, $2))",
          [bucket.uri(key), id],
        );
        return result.rows()[0].n;
      }));
      assert.deepEqual(rows, [2, 1], key);
    }
    const missing = session.query(
      `FROM read_csv(version_of('${bucket.uri("x.csv")}', 'no-such-version'))`,
    );
    await assert.rejects(missing, (error) => isDipperError(error));
  });
});
