import assert from "node:assert/strict";
import { isDipperError, TargetExistsError, UsageError } from "../../../src/errors.ts";
import { makeBucket } from "../../../src/objects/buckets/make.ts";
import { brokenNameRules } from "../../../src/objects/buckets/name.ts";
import {
  bucketContents,
  emptyBucket,
  isEmpty,
  removeBucket,
} from "../../../src/objects/buckets/remove.ts";
import { closeClients } from "../../../src/store/client.ts";
import { environmentOf } from "../../../src/store/environment.ts";
import { resolveStore } from "../../../src/store/resolve.ts";
import { s3Error, scriptedServer, thrownBy, xml } from "../../store/scripted.ts";
import { embeddedStore } from "../embedded.ts";

Deno.test("every rule that a name breaks is named", () => {
  const broken = (name: string) => brokenNameRules(name).map(({ rule }) => rule);
  for (const good of ["abc", "my-data-2026", "a.b.c", "1a3", "x".repeat(63)]) {
    assert.deepEqual(broken(good), [], good);
  }
  const cases: [string, RegExp[]][] = [
    ["ab", [/3 to 63/]],
    ["x".repeat(64), [/3 to 63/]],
    ["My_Data", [/capitals/, /underscore/]],
    ["-ab", [/begin with a letter/]],
    ["ab.", [/end with a letter/]],
    ["a..b", [/two dots/]],
    ["a.-b", [/dot beside a hyphen/]],
    ["192.168.0.1", [/IP address/]],
    ["xn--abc", [/begin with xn--/]],
    ["abc-s3alias", [/end with -s3alias/]],
    ["ab cd!", [/letters, digits/, /end with a letter/]],
    ["", [/3 to 63/]],
  ];
  for (const [name, rules] of cases) {
    const found = broken(name);
    assert.equal(found.length, rules.length, `${name}: ${found}`);
    for (const [at, rule] of rules.entries()) assert.match(found[at], rule, name);
  }
});

Deno.test("a bad name is refused before anything is asked", async () => {
  await using server = scriptedServer(() => new Response(null));
  const options = { endpoint: server.url, accessKeyId: "K", secretAccessKey: "secretsecret" };
  const store = await resolveStore("x", options, environmentOf({}));
  const error = await thrownBy(() => makeBucket(store, "My_Data"));
  assert.ok(error instanceof UsageError);
  assert.match(error.message, /no capitals; it may have no underscore/);
  assert.match(error.hint!, /--any-name/);
  assert.equal(server.seen.length, 0);
  await makeBucket(store, "My_Data", { nameRules: "service" });
  assert.equal(server.seen.length, 1);
  closeClients(store);
});

Deno.test("a bucket that exists is told whose it is", async () => {
  let code = "BucketAlreadyExists";
  await using server = scriptedServer(() => s3Error(409, code, "x"));
  const options = { endpoint: server.url, accessKeyId: "K", secretAccessKey: "secretsecret" };
  const store = await resolveStore("x", options, environmentOf({}));
  assert.match((await thrownBy(() => makeBucket(store, "taken"))).message, /another's/);
  code = "BucketAlreadyOwnedByYou";
  const own = await thrownBy(() => makeBucket(store, "taken"));
  assert.ok(own instanceof TargetExistsError);
  assert.match(own.message, /is yours/);
  closeClients(store);
});

Deno.test("a bucket goes only when it is empty; what is in it is counted and removed", async () => {
  const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
  await using embedded = await embeddedStore("lake", keys);
  const { store } = embedded;
  const refused = await thrownBy(() => removeBucket(store, "lake"));
  assert.match(refused.message, /not empty/);
  const contents = await bucketContents(store, "lake");
  assert.deepEqual([contents.objects, contents.bytes], [30, keys.join("").length]);
  await emptyBucket(store, "lake");
  assert.ok(isEmpty(await bucketContents(store, "lake")));
  await removeBucket(store, "lake");
  const gone = await thrownBy(() => removeBucket(store, "lake"));
  assert.ok(isDipperError(gone, "bucket_not_found"));
});

Deno.test("versions and markers are removed by their ids", async () => {
  await using server = scriptedServer(({ path, method }) => {
    if (method === "POST") return xml("<DeleteResult/>");
    if (path.includes("versioning")) {
      return xml("<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
    }
    if (path.includes("uploads")) return xml("<ListMultipartUploadsResult/>");
    return xml(
      "<ListVersionsResult><Version><Key>a</Key><VersionId>null</VersionId><Size>3</Size>" +
        "<IsLatest>true</IsLatest></Version><DeleteMarker><Key>a</Key><VersionId>m1</VersionId>" +
        "<IsLatest>false</IsLatest></DeleteMarker></ListVersionsResult>",
    );
  });
  const options = { endpoint: server.url, accessKeyId: "K", secretAccessKey: "secretsecret" };
  const store = await resolveStore("x", options, environmentOf({}));
  await emptyBucket(store, "lake");
  const { body } = server.seen.find(({ method }) => method === "POST")!;
  assert.match(body, /<Key>a<\/Key><VersionId>null<\/VersionId>/);
  assert.match(body, /<VersionId>m1<\/VersionId>/);
  closeClients(store);
});
