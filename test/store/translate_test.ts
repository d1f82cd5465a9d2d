import assert from "node:assert/strict";
import type { DipperError } from "../../src/errors.ts";
import { errorFromFacts, factsOf, translateS3Error } from "../../src/store/translate.ts";
import { skew } from "../../src/store/hints.ts";

const ceph = { endpoint: "https://ceph.example.org", bucket: "data", key: "a/b.csv" };

Deno.test("a port that speaks http is said with the address to write, whole or host and port", () => {
  const plain = { message: "received corrupt message of type InvalidContentType" };
  for (const endpoint of ["https://s3.lab:9000", "s3.lab:9000"]) {
    assert.match(errorFromFacts(plain, { endpoint }).hint ?? "", /write http:\/\/s3\.lab:9000\./);
  }
  const proxy = errorFromFacts(plain, { endpoint: "the proxy p:3128" });
  assert.doesNotMatch(proxy.hint ?? "", /write/);
});

Deno.test("where nothing is configured, an unknown host says how to begin", () => {
  const unknown = { systemCode: "ENOTFOUND" };
  assert.match(errorFromFacts(unknown, { anonymous: true }).hint ?? "", /dipper configure/);
  assert.match(errorFromFacts(unknown, { anonymous: false }).hint ?? "", /spelling/);
  assert.match(errorFromFacts(unknown, { ...ceph, anonymous: true }).hint ?? "", /spelling/);
});

Deno.test("plain facts: tag and hint", () => {
  const table: [Parameters<typeof errorFromFacts>[0], string, RegExp][] = [
    [{ status: 404, code: "NoSuchBucket" }, "bucket_not_found", /dipper ls/],
    [{ status: 404, code: "NoSuchKey" }, "key_not_found", /dipper ls s3:\/\/data\/a\//],
    [{ status: 404 }, "key_not_found", /dipper ls/],
    [{ status: 403, code: "InvalidAccessKeyId" }, "bad_credentials", /AWS_ACCESS_KEY_ID/],
    [{ status: 403, code: "SignatureDoesNotMatch" }, "bad_credentials", /AWS_SECRET_ACCESS_KEY/],
    [{ status: 400, code: "ExpiredToken" }, "expired_token", /new ones/],
    [
      { status: 403, code: "AccessDenied" },
      "permission",
      /wrong secret key.*unknown\s+access key/s,
    ],
    [{ status: 403, code: "AccessDenied", message: "no" }, "permission", /Ask the owner of data/],
    [{ status: 403 }, "permission", /wrong secret key/],
    [{ status: 301, region: "eu-west-1" }, "wrong_region", /--region eu-west-1/],
    [{ status: 400, code: "AuthorizationHeaderMalformed" }, "wrong_region", /region/],
    [{ status: 200, contentType: "text/html; x" }, "wrong_endpoint", /not of a web page/],
    [{ status: 502, contentType: "text/html" }, "wrong_endpoint", /proxy/],
    [{ status: 503, code: "SlowDown" }, "service", /fewer/],
    [{ status: 500, code: "InternalError" }, "service", /administrator/],
    [{ status: 501, code: "NotImplemented" }, "unsupported", /dipper check/],
    [{ status: 412, code: "PreconditionFailed" }, "object_changed", /in between/],
    [{ status: 416, code: "InvalidRange" }, "object_changed", /replaced/],
    [{ status: 507 }, "disk_full", /quota/],
    [{ status: 407 }, "network", /HTTPS_PROXY/],
    [{ systemCode: "ECONNREFUSED" }, "network", /running/],
    [{ systemCode: "ENOTFOUND" }, "network", /spelling/],
    [{ systemCode: "ECONNRESET" }, "network", /again/],
    [{ systemCode: "ETIMEDOUT" }, "timeout", /firewall/],
    [{ systemCode: "EHOSTUNREACH" }, "network", /VPN/],
    [{ message: "invalid peer certificate: UnknownIssuer" }, "tls", /AWS_CA_BUNDLE/],
    [{ message: "invalid peer certificate: certificate expired: …" }, "tls", /renew/],
    [{ message: 'certificate not valid for name "x"' }, "tls", /name that the certificate has/],
    [{ message: "received corrupt message of type InvalidContentType" }, "wrong_endpoint", /http:/],
    [{ message: "Could not connect to server" }, "network", /running/],
    [{ message: "Could not resolve hostname" }, "network", /./],
  ];
  for (const [facts, tag, hint] of table) {
    const error = errorFromFacts(facts, ceph);
    assert.equal(error.tag, tag, JSON.stringify(facts));
    assert.match(error.hint ?? "", hint, JSON.stringify(facts));
    assert.equal(error.context.bucket, "data");
    assert.doesNotMatch(`${error.message} ${error.hint}`, /undefined|UnknownError/);
  }
});

Deno.test("unsigned requests, temporary keys and AWS have their own answers", () => {
  const refused = { status: 403, code: "AccessDenied" };
  assert.equal(errorFromFacts(refused, { ...ceph, anonymous: true }).tag, "no_credentials");
  const key = { status: 403, code: "InvalidAccessKeyId" };
  assert.equal(errorFromFacts(key, { ...ceph, temporary: true }).tag, "expired_token");
  assert.match(errorFromFacts(refused, { bucket: "data" }).hint!, /AWS also says this/);
  const listing = { endpoint: ceph.endpoint, operation: "ListBuckets" };
  assert.equal(errorFromFacts(refused, listing).tag, "bad_credentials");
  assert.match(
    errorFromFacts(refused, listing).hint!,
    /not known there, or the secret key is wrong/,
  );
});

Deno.test("what may be tried again says so", () => {
  const retryable = (facts: Parameters<typeof errorFromFacts>[0]) =>
    errorFromFacts(facts, ceph).retryable;
  assert.equal(retryable({ status: 503, code: "SlowDown" }), true);
  assert.equal(retryable({ systemCode: "ECONNRESET" }), true);
  assert.equal(retryable({ status: 403 }), false);
});

Deno.test("the clock's error has the difference", () => {
  const now = Date.parse("2026-01-01T00:20:00Z");
  assert.equal(skew("Thu, 01 Jan 2026 00:00:00 GMT", now), "20 min ahead of");
  assert.equal(skew("Thu, 01 Jan 2026 03:20:00 GMT", now), "3 h behind");
  assert.equal(skew(undefined, now), "too far from");
  const error = errorFromFacts({ status: 403, code: "RequestTimeTooSkewed" }, ceph);
  assert.equal(error.tag, "clock_skew");
});

Deno.test("an abort is a cancellation, a Dipper error stays what it is", () => {
  const signal = AbortSignal.abort();
  assert.equal(translateS3Error(new Error("x"), { signal }).tag, "cancelled");
  const error = errorFromFacts({ status: 500 });
  assert.equal(translateS3Error(error), error);
});

Deno.test("anything thrown is translated", () => {
  for (const thrown of [undefined, null, "text", 7, {}, new TypeError("boom"), [], { name: 1 }]) {
    const error: DipperError = translateS3Error(thrown, ceph);
    assert.ok(error.hint);
  }
  const wrapped = new TypeError("fetch failed", {
    cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
  });
  assert.equal(factsOf(wrapped).systemCode, "ECONNREFUSED");
});
