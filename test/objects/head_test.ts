import assert from "node:assert/strict";
import { isDipperError } from "../../src/errors.ts";
import { explainFailure } from "../../src/objects/explain.ts";
import { headBucket, headObject } from "../../src/objects/head.ts";
import { listObjects } from "../../src/objects/list.ts";
import { closeClients } from "../../src/store/client.ts";
import { resolveStore } from "../../src/store/resolve.ts";
import { awsHome, s3Error, scriptedServer, thrownBy } from "../store/scripted.ts";
import { embeddedStore } from "./embedded.ts";

Deno.test("an object's properties", async () => {
  await using embedded = await embeddedStore("lake", ["data/trips.csv"]);
  const head = await headObject(embedded.store, { bucket: "lake", key: "data/trips.csv" });
  assert.equal(head.size, 14);
  assert.match(head.etag!, /^[0-9a-f]{32}$/);
  await headBucket(embedded.store, "lake");
});

Deno.test("what does not exist is told with the nearest names", async () => {
  await using embedded = await embeddedStore("lake", ["data/trips.csv", "data/zones.csv", "x"]);
  const { store } = embedded;
  const failure = async (bucket: string, key: string) => {
    const error = await thrownBy(() => headObject(store, { bucket, key }));
    assert.ok(isDipperError(error));
    return [error.tag, ...error.context.nearest ?? [], error.hint];
  };
  assert.deepEqual(await failure("lake", "data/trip.csv"), [
    "key_not_found",
    "data/trips.csv",
    "Did you mean s3://lake/data/trips.csv?",
  ]);
  assert.deepEqual((await failure("lake", "dta/trips.csv")).slice(0, 2), [
    "key_not_found",
    "data/",
  ]);
  assert.deepEqual((await failure("laek", "data/trips.csv")).slice(0, 2), [
    "bucket_not_found",
    "lake",
  ]);
  assert.equal((await failure("lake", "quite/another"))[0], "key_not_found");
  const bucket = await thrownBy(() => headBucket(store, "lakes"));
  assert.ok(isDipperError(bucket, "bucket_not_found"));
  assert.deepEqual(bucket.context.nearest, ["lake"]);
});

Deno.test("a bare 403 is asked about: the keys or the rights", async () => {
  await using home = await awsHome();
  const tagFor = async (listing: Response) => {
    await using server = scriptedServer(({ method }) =>
      method === "HEAD" ? new Response(null, { status: 403 }) : listing.clone()
    );
    const keys = { accessKeyId: "AKIATEST", secretAccessKey: "test-secret-0000" };
    const store = await resolveStore("x", { endpoint: server.url, ...keys }, home.environment());
    const error = await thrownBy(() => headObject(store, { bucket: "data", key: "k" }));
    closeClients(store);
    assert.ok(isDipperError(error));
    return error.tag;
  };
  const xml = { headers: { "content-type": "application/xml" } };
  assert.equal(await tagFor(s3Error(403, "SignatureDoesNotMatch", "x")), "bad_credentials");
  assert.equal(await tagFor(s3Error(403, "AccessDenied")), "bad_credentials");
  assert.equal(await tagFor(s3Error(403, "AccessDenied", "not for you")), "permission");
  assert.equal(
    await tagFor(new Response("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>", xml)),
    "permission",
  );
});

Deno.test("a listing's failure can be explained as well", async () => {
  await using embedded = await embeddedStore("lake", []);
  const error = await thrownBy(() => Array.fromAsync(listObjects(embedded.store, "laek")));
  const better = await explainFailure(embedded.store, error);
  assert.ok(isDipperError(better, "bucket_not_found"));
  assert.equal(better.hint, "Did you mean lake?");
});
