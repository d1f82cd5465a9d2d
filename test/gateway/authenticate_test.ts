import assert from "node:assert/strict";
import { authenticate } from "../../src/gateway/authenticate.ts";
import { payloadOf, readPayload } from "../../src/gateway/payload.ts";
import { S3Refusal } from "../../src/gateway/refusal.ts";
import { signingKey } from "../../src/gateway/sigv4.ts";
import { parseQuery } from "../../src/gateway/uri_text.ts";

// The examples of "Authenticating Requests (AWS Signature Version 4)", Amazon S3 API Reference.
const KEYS = {
  signingKey: (name: string, scope: Parameters<typeof signingKey>[1]) =>
    name === "AKIAIOSFODNN7EXAMPLE"
      ? signingKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope)
      : undefined,
};
const NOW = Date.UTC(2013, 4, 24);
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const HOST = "examplebucket.s3.amazonaws.com";

function authorization(signed: string, signature: string): string {
  return "AWS4-HMAC-SHA256 " +
    "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request," +
    `SignedHeaders=${signed},Signature=${signature}`;
}

function check(
  method: string,
  path: string,
  query: string,
  headers: Record<string, string>,
  now = NOW,
) {
  return authenticate(
    { method, path, query: parseQuery(query), headers: new Headers(headers) },
    KEYS,
    now,
  );
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof S3Refusal);
    assert.equal(error.status, 403);
    return error.code;
  }
  return "accepted";
}

const GET = {
  host: HOST,
  range: "bytes=0-9",
  "x-amz-content-sha256": EMPTY,
  "x-amz-date": "20130524T000000Z",
  authorization: authorization(
    "host;range;x-amz-content-sha256;x-amz-date",
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  ),
};

Deno.test("AWS's example of a GET is right, and wrong when anything signed differs", () => {
  assert.equal(check("GET", "/test.txt", "", GET).name, "AKIAIOSFODNN7EXAMPLE");
  assert.equal(codeOf(() => check("HEAD", "/test.txt", "", GET)), "SignatureDoesNotMatch");
  assert.equal(codeOf(() => check("GET", "/test.tx", "", GET)), "SignatureDoesNotMatch");
  assert.equal(codeOf(() => check("GET", "/test.txt", "acl", GET)), "SignatureDoesNotMatch");
  for (const name of ["host", "range", "x-amz-content-sha256"]) {
    const changed = { ...GET, [name]: "other" };
    assert.equal(codeOf(() => check("GET", "/test.txt", "", changed)), "SignatureDoesNotMatch");
  }
  const unknown = { ...GET, authorization: GET.authorization.replace("AKIA", "BKIA") };
  assert.equal(codeOf(() => check("GET", "/test.txt", "", unknown)), "SignatureDoesNotMatch");
});

Deno.test("AWS's example of a PUT is right, however the path was spelled", () => {
  const headers = {
    date: "Fri, 24 May 2013 00:00:00 GMT",
    host: HOST,
    "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    "x-amz-date": "20130524T000000Z",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
    authorization: authorization(
      "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
  };
  for (const path of ["/test%24file.text", "/test$file.text"]) {
    assert.equal(check("PUT", path, "", headers).payload, headers["x-amz-content-sha256"]);
  }
});

Deno.test("AWS's examples of queries are right", () => {
  const headers = (signature: string) => ({
    host: HOST,
    "x-amz-content-sha256": EMPTY,
    "x-amz-date": "20130524T000000Z",
    authorization: authorization("host;x-amz-content-sha256;x-amz-date", signature),
  });
  const lifecycle = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543";
  const list = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
  assert.ok(check("GET", "/", "lifecycle", headers(lifecycle)));
  assert.ok(check("GET", "/", "max-keys=2&prefix=J", headers(list)));
  assert.ok(check("GET", "/", "prefix=J&max-keys=2", headers(list)));
});

Deno.test("AWS's example of a presigned address is right until it expires", () => {
  const query = "X-Amz-Algorithm=AWS4-HMAC-SHA256" +
    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
  const at = (seconds: number) =>
    codeOf(() => check("GET", "/test.txt", query, { host: HOST }, NOW + seconds * 1000));
  assert.equal(at(0), "accepted");
  assert.equal(at(86400), "accepted");
  assert.equal(at(86401), "AccessDenied");
  assert.equal(at(-301), "RequestTimeTooSkewed");
});

Deno.test("a date more than five minutes off is refused", () => {
  const at = (seconds: number) =>
    codeOf(() => check("GET", "/test.txt", "", GET, NOW + seconds * 1000));
  assert.deepEqual([-301, -300, 0, 300, 301].map(at), [
    "RequestTimeTooSkewed",
    "accepted",
    "accepted",
    "accepted",
    "RequestTimeTooSkewed",
  ]);
});

Deno.test("what is not signed, or not of S3, is refused", () => {
  const { authorization: _, ...unsigned } = GET;
  assert.equal(codeOf(() => check("GET", "/test.txt", "", unsigned)), "AccessDenied");
  for (
    const text of [
      "",
      "Basic abc",
      "AWS AKIAIOSFODNN7EXAMPLE:abc",
      GET.authorization.replace("host;", ""),
      GET.authorization.replace("/s3/", "/sts/"),
      GET.authorization.replace("20130524/", "20130523/"),
      GET.authorization.replace(/Credential=[^,]*/, "Credential="),
    ]
  ) {
    const headers = { ...GET, authorization: text };
    assert.equal(codeOf(() => check("GET", "/test.txt", "", headers)), "AccessDenied", text);
  }
});

const CHUNKED = {
  host: "s3.amazonaws.com",
  "x-amz-date": "20130524T000000Z",
  "x-amz-storage-class": "REDUCED_REDUNDANCY",
  "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "content-encoding": "aws-chunked",
  "x-amz-decoded-content-length": "66560",
  "content-length": "66824",
  authorization: authorization(
    "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;" +
      "x-amz-decoded-content-length;x-amz-storage-class",
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
  ),
};

function chunkedBody(letter: string): ReadableStream<Uint8Array> {
  const text =
    "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648" +
    `\r\n${letter}${"a".repeat(65535)}\r\n` +
    "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497" +
    `\r\n${"a".repeat(1024)}\r\n` +
    "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
  const bytes = new TextEncoder().encode(text);
  const pieces = [0, 3, 90, 40_000, 65_700, bytes.length];
  return ReadableStream.from(pieces.slice(1).map((end, index) => bytes.slice(pieces[index], end)));
}

Deno.test("AWS's example of signed chunks is decoded, and refused when a byte differs", async () => {
  const headers = new Headers(CHUNKED);
  const good = check("PUT", "/examplebucket/chunkObject.txt", "", CHUNKED);
  const payload = payloadOf(headers, chunkedBody("a"), good);
  assert.equal(new TextDecoder().decode(await readPayload(payload, 1e6)), "a".repeat(66560));
  const again = check("PUT", "/examplebucket/chunkObject.txt", "", CHUNKED);
  await assert.rejects(
    readPayload(payloadOf(headers, chunkedBody("b"), again), 1e6),
    (error) => error instanceof S3Refusal && error.code === "SignatureDoesNotMatch",
  );
});

function unsignedTrailer(body: string, trailer: string): Promise<Uint8Array> {
  const headers = new Headers({
    "x-amz-decoded-content-length": "11",
    "x-amz-trailer": "x-amz-checksum-crc32",
  });
  const payload = payloadOf(
    headers,
    ReadableStream.from([new TextEncoder().encode(body + trailer)]),
    {
      payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      chunkSigner: { isNext: () => false, isTrailer: () => false },
    },
  );
  return readPayload(payload, 100);
}

Deno.test("unsigned chunks are held against the checksum after them", async () => {
  const body = "5\r\nhello\r\n6\r\n world\r\n0\r\n";
  const good = await unsignedTrailer(body, "x-amz-checksum-crc32:DUoRhQ==\r\n\r\n");
  assert.equal(new TextDecoder().decode(good), "hello world");
  const code = async (text: string, trailer: string) => {
    try {
      await unsignedTrailer(text, trailer);
    } catch (error) {
      return (error as S3Refusal).code;
    }
    return "accepted";
  };
  assert.equal(await code(body, "x-amz-checksum-crc32:AAAAAA==\r\n\r\n"), "BadDigest");
  assert.equal(await code(body, "\r\n"), "IncompleteBody");
  assert.equal(
    await code("5\r\nhello\r\n0\r\n", "x-amz-checksum-crc32:NhCmhg==\r\n\r\n"),
    "IncompleteBody",
  );
  assert.equal(await code("5\r\nhel", ""), "IncompleteBody");
  assert.equal(await code("hello world", ""), "IncompleteBody");
});
