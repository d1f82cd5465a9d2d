import assert from "node:assert/strict";
import { addressingFor, isAws, parseEndpoint } from "../../src/store/endpoint.ts";

Deno.test("with or without a scheme", () => {
  const table: [string, string][] = [
    ["https://s3.example.org", "https://s3.example.org"],
    ["s3.example.org", "https://s3.example.org"],
    ["s3.example.org:8443/", "https://s3.example.org:8443"],
    ["//minio:9000", "https://minio:9000"],
    ["localhost:9000", "http://localhost:9000"],
    ["127.0.0.1:9000", "http://127.0.0.1:9000"],
    ["[::1]:9000", "http://[::1]:9000"],
    ["HTTP://Minio:9000//", "http://minio:9000"],
    ["localhost.evil.org", "https://localhost.evil.org"],
  ];
  for (const [text, origin] of table) assert.equal(parseEndpoint(text, "option").origin, origin);
  assert.equal(parseEndpoint("minio:9000", "AWS_S3_ENDPOINT", "http").origin, "http://minio:9000");
});

Deno.test("what is no endpoint is refused, naming its source", () => {
  for (const text of ["ftp://x", "http://", "http://x/bucket", "https://x?y", "a b", ""]) {
    assert.throws(() => parseEndpoint(text, "AWS_ENDPOINT_URL"), /AWS_ENDPOINT_URL/, text);
  }
  assert.throws(
    () => parseEndpoint("https://key:canarysecret3@host", "option"),
    (error: Error) => !Deno.inspect(error).includes("canary"),
  );
});

Deno.test("AWS, and names that only look like it", () => {
  const at = (text: string) => isAws(new URL(text));
  assert.equal(isAws(undefined), true);
  assert.equal(at("https://s3.eu-west-1.amazonaws.com"), true);
  assert.equal(at("https://s3.cn-north-1.amazonaws.com.cn"), true);
  assert.equal(at("https://s3.dualstack.us-east-1.api.aws"), true);
  assert.equal(at("https://amazonaws.com.evil.org"), false);
  assert.equal(at("https://notamazonaws.com"), false);
});

Deno.test("virtual host, but for dots, addresses and odd names", () => {
  const ceph = new URL("https://s3.example.org");
  assert.equal(addressingFor("virtual", undefined, "data"), "virtual");
  assert.equal(addressingFor("virtual", undefined, "my.data"), "path");
  assert.equal(addressingFor("virtual", ceph, "data"), "virtual");
  assert.equal(addressingFor("path", ceph, "data"), "path");
  assert.equal(addressingFor("virtual", ceph, "Data_1"), "path");
  assert.equal(addressingFor("virtual", new URL("http://10.0.0.1"), "data"), "path");
});
