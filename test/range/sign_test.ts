import assert from "node:assert/strict";
import { addressOf } from "../../src/range/address.ts";
import type { Credentials } from "../../src/store/store.ts";
import { Signer } from "../../src/range/sign.ts";
import { fakeStore } from "./support/fake_store.ts";

// The example “GET Bucket Lifecycle” of the Signature Version 4 documentation; its keys are public.
const EXAMPLE = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const request = {
  method: "GET",
  host: "examplebucket.s3.amazonaws.com",
  path: "/",
  query: "lifecycle=",
  region: "us-east-1",
} as const;

Deno.test("the signature is the one in AWS's documentation", () => {
  const headers = new Signer().sign(request, EXAMPLE, new Date("2013-05-24T00:00:00Z"));
  assert.match(
    headers.authorization,
    /Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543$/,
  );
  assert.match(headers.authorization, /SignedHeaders=host;x-amz-content-sha256;x-amz-date,/);
});

Deno.test("a signer takes new days, regions, keys and tokens into account", () => {
  const signer = new Signer();
  const dates = ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.999Z", "2026-01-02T00:00:00Z"];
  const keys: Credentials[] = [EXAMPLE, { ...EXAMPLE, secretAccessKey: "another-secret" }, {
    ...EXAMPLE,
    sessionToken: "token-of-a-session",
  }];
  for (const date of dates.map((text) => new Date(text))) {
    for (const credentials of keys) {
      for (const region of ["us-east-1", "eu-west-1"]) {
        const fresh = new Signer().sign({ ...request, region }, credentials, date);
        assert.deepEqual(signer.sign({ ...request, region }, credentials, date), fresh);
        assert.equal(fresh["x-amz-security-token"], credentials.sessionToken);
      }
    }
  }
});

Deno.test("an address is by path or by virtual host, percent-encoded once", () => {
  const lab = fakeStore(new URL("http://127.0.0.1:9000"));
  const location = { bucket: "data", key: "a b/ü+(1)%20.csv" };
  const path = "/data/a%20b/%C3%BC%2B%281%29%2520.csv";
  assert.deepEqual(addressOf(lab, location, "v/1", "us-east-1"), {
    origin: "http://127.0.0.1:9000",
    host: "127.0.0.1:9000",
    path,
    query: "versionId=v%2F1",
  });
  const aws = fakeStore(undefined, { addressing: "virtual" });
  const address = addressOf(aws, location, undefined, "eu-west-1");
  assert.equal(address.origin, "https://data.s3.eu-west-1.amazonaws.com");
  assert.equal(address.path, path.slice("/data".length));
  const dotted = addressOf(aws, { bucket: "my.data", key: "k" }, undefined, "cn-north-1");
  assert.equal(dotted.origin + dotted.path, "https://s3.cn-north-1.amazonaws.com.cn/my.data/k");
});

Deno.test("a key that a URL would change goes as it is when signed, else it is refused", () => {
  const store = fakeStore(new URL("http://127.0.0.1:9000"));
  for (const key of ["a/../b", "./a", "a/."]) {
    const location = { bucket: "b", key };
    assert.equal(addressOf(store, location, undefined, "us-east-1").path, `/b/${key}`);
    const unsigned = { ...store, anonymous: true };
    assert.throws(() => addressOf(unsigned, location, undefined, "us-east-1"), {
      name: "UnsupportedError",
    });
  }
  assert.equal(
    addressOf(store, { bucket: "b", key: "a//..b/" }, undefined, "x").path,
    "/b/a//..b/",
  );
});
