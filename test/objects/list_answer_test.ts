import assert from "node:assert/strict";
import fc from "fast-check";
import { parseListing } from "../../src/objects/list_answer.ts";
import { listObjects } from "../../src/objects/list.ts";
import { closeClients } from "../../src/store/client.ts";
import { environmentOf } from "../../src/store/environment.ts";
import { resolveStore } from "../../src/store/resolve.ts";
import { s3Error, scriptedServer, thrownBy, xml } from "../store/scripted.ts";

const wrap = (inner: string) =>
  `<?xml version="1.0"?>\n<ListBucketResult xmlns="x">${inner}</ListBucketResult>`;

Deno.test("a listing is read: objects, folders, the next page", () => {
  const page = parseListing(
    wrap(
      "<Name>b</Name><Contents><Key>a&amp;&#x41;&lt;é</Key><LastModified>2026-01-02T03:04:05.000Z" +
        "</LastModified><ETag>&quot;e1-2&quot;</ETag><Size>12</Size><Owner><ID>o</ID></Owner>" +
        "<StorageClass>GLACIER</StorageClass></Contents><CommonPrefixes><Prefix>p/</Prefix>" +
        "</CommonPrefixes><Contents><Key></Key><Size>0</Size></Contents><CommonPrefixes><Prefix>q/" +
        "</Prefix><Prefix>r/</Prefix></CommonPrefixes><IsTruncated>true</IsTruncated>" +
        "<NextContinuationToken>t&amp;1</NextContinuationToken>",
    ),
  );
  assert.deepEqual(page?.entries, [
    { kind: "prefix", prefix: "p/" },
    { kind: "prefix", prefix: "q/" },
    { kind: "prefix", prefix: "r/" },
    {
      kind: "object",
      key: "a&A<é",
      size: 12,
      etag: "e1-2",
      lastModified: new Date("2026-01-02T03:04:05Z"),
      storageClass: "GLACIER",
    },
    {
      kind: "object",
      key: "",
      size: 0,
      etag: undefined,
      lastModified: undefined,
      storageClass: undefined,
    },
  ]);
  assert.equal(page?.next, "t&1");
  assert.equal(parseListing(wrap("<IsTruncated>false</IsTruncated>"))?.next, undefined);
});

Deno.test("what is no plain listing is left to the SDK", () => {
  for (
    const text of [
      "",
      "<html></html>",
      "<Error><Code>x</Code></Error>",
      wrap("<Contents><Key><![CDATA[a]]></Key></Contents>"),
      wrap("<EncodingType>url</EncodingType>"),
      wrap("<Contents><Key>a</Key>"),
      wrap("").slice(0, -5),
    ]
  ) assert.equal(parseListing(text), undefined, text);
});

Deno.test("every key that XML can hold comes back", () => {
  const escape = (text: string) =>
    text.replace(/[&<>"'\r\n\t]/g, (char) => `&#x${char.charCodeAt(0).toString(16)};`);
  // deno-lint-ignore no-control-regex -- XML cannot hold them
  const unfit = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
  const key = fc.string({ unit: "binary", minLength: 1 }).filter((text) => !unfit.test(text));
  fc.assert(fc.property(fc.array(key), (keys) => {
    const page = parseListing(
      wrap(keys.map((each) => `<Contents><Key>${escape(each)}</Key></Contents>`).join("")),
    );
    assert.deepEqual(page?.entries.map((each) => each.kind === "object" && each.key), keys);
  }));
});

Deno.test("listings that the SDK reads, and failures, are as before", async () => {
  let answer = () =>
    xml(
      "<ListBucketResult><Contents><Key><![CDATA[a<b]]></Key><Size>1</Size></Contents></ListBucketResult>",
    );
  await using server = scriptedServer(() => answer());
  const options = { endpoint: server.url, accessKeyId: "K", secretAccessKey: "secretsecret" };
  const store = await resolveStore("x", options, environmentOf({}));
  const keys = async () =>
    (await Array.fromAsync(listObjects(store, "b"))).map((each) =>
      each.kind === "object" && each.key
    );
  assert.deepEqual(await keys(), ["a<b"]);
  answer = () => s3Error(403, "AccessDenied", "no");
  assert.match((await thrownBy(keys)).message, /denies access/);
  answer = () => new Response("<html>hello</html>", { headers: { "content-type": "text/html" } });
  assert.match((await thrownBy(keys)).message, /does not answer as an S3 service/);
  closeClients(store);
});
