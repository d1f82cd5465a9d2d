import assert from "node:assert/strict";
import { UsageError } from "../../../src/errors.ts";
import { readCors } from "../../../src/objects/cors/cors.ts";
import { readLifecycle } from "../../../src/objects/lifecycle/rules.ts";

const RULE = {
  ID: "a & b",
  AllowedOrigins: ["https://one.example", "https://two.example"],
  AllowedMethods: ["GET", "HEAD"],
  AllowedHeaders: ["*"],
  ExposeHeaders: ["ETag"],
  MaxAgeSeconds: 300,
};

Deno.test("CORS rules are read from XML, the console's list and the API's form alike", () => {
  const xml = `<?xml version="1.0"?><!-- mine -->
<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><CORSRule>
  <ID>a &amp; b</ID><AllowedOrigin>https://one.example</AllowedOrigin>
  <AllowedOrigin>https://two.example</AllowedOrigin>
  <AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod>
  <AllowedHeader><![CDATA[*]]></AllowedHeader><ExposeHeader>ETag</ExposeHeader>
  <MaxAgeSeconds>300</MaxAgeSeconds></CORSRule></CORSConfiguration>`;
  for (
    const text of [
      xml,
      JSON.stringify([RULE]),
      JSON.stringify({ CORSRules: [RULE] }),
      "\ufeff" + JSON.stringify({ CORSConfiguration: { CORSRules: [RULE] } }),
    ]
  ) assert.deepEqual(readCors(text), [RULE]);
});

Deno.test("CORS rules that cannot work are refused by name", () => {
  const with_ = (more: object) => JSON.stringify([{ ...RULE, ...more }]);
  const cases: [string, RegExp][] = [
    ["", /neither XML nor JSON/],
    ["{}", /no CORS rules/],
    ["<CORSConfiguration><CORSRule></CORSConfiguration>", /not well formed/],
    ["<a>1 < 2</a>", /not well formed/],
    [with_({ AllowedMethods: ["OPTIONS"] }), /OPTIONS cannot be allowed/],
    [with_({ AllowedOrigins: [] }), /no AllowedOrigins/],
    [with_({ AllowedOrigins: ["https://*.*.x"] }), /more than one \*/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => readCors(text), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("lifecycle rules are read from XML and JSON alike", () => {
  const rule = {
    ID: "r",
    Status: "Enabled",
    Filter: { And: { Prefix: "a/", Tags: [{ Key: "k", Value: "v" }, { Key: "l", Value: "w" }] } },
    Transitions: [{ Days: 30, StorageClass: "GLACIER" }],
    Expiration: { Days: 365 },
    NoncurrentVersionExpiration: { NoncurrentDays: 9, NewerNoncurrentVersions: 2 },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  };
  const tag = (k: string, v: string) => `<Tag><Key>${k}</Key><Value>${v}</Value></Tag>`;
  const xml = `<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status><Filter><And>` +
    `<Prefix>a/</Prefix>${tag("k", "v")}${
      tag("l", "w")
    }</And></Filter><Transition><Days>30</Days>` +
    `<StorageClass>GLACIER</StorageClass></Transition><Expiration><Days>365</Days></Expiration>` +
    `<NoncurrentVersionExpiration><NoncurrentDays>9</NoncurrentDays><NewerNoncurrentVersions>2` +
    `</NewerNoncurrentVersions></NoncurrentVersionExpiration><AbortIncompleteMultipartUpload>` +
    `<DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>` +
    `</LifecycleConfiguration>`;
  assert.deepEqual(readLifecycle(xml), [rule]);
  assert.deepEqual(readLifecycle(JSON.stringify({ Rules: [rule] })), [rule]);
  const [lone] = readLifecycle(
    `<L><Rule><Status>Disabled</Status><Filter>${tag("k", "v")}</Filter></Rule></L>`,
  );
  assert.deepEqual(lone.Filter, { Tag: { Key: "k", Value: "v" } });
  const [all] = readLifecycle(`<L><Rule><Filter/><Status>Enabled</Status></Rule></L>`);
  assert.deepEqual(all.Filter, { Prefix: "" });
  assert.throws(() => readLifecycle('{"Rules":[{}]}'), /no Status/);
});
