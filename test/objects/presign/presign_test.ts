import assert from "node:assert/strict";
import { CredentialsError, UsageError } from "../../../src/errors.ts";
import { curlLine, presign } from "../../../src/objects/presign/presign.ts";
import { thrownBy } from "../../store/scripted.ts";
import { fakeStore } from "../../range/support/fake_store.ts";

/** The example of "Authenticating Requests: Using Query Parameters", Amazon S3 API Reference. */
Deno.test("the signature is the one of AWS's own example", async () => {
  const store = fakeStore(new URL("https://s3.amazonaws.com"), {
    credentials: {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
    addressing: "virtual",
  });
  const { url, expires } = await presign(store, { bucket: "examplebucket", key: "test.txt" }, {
    expiresIn: 86_400,
    now: new Date("2013-05-24T00:00:00Z"),
  });
  assert.equal(
    url,
    "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256" +
      "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
      "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
      "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
  );
  assert.equal(expires.toISOString(), "2013-05-25T00:00:00.000Z");
});

Deno.test("seven days are the limit, and what ends before is said", async () => {
  const endpoint = new URL("http://127.0.0.1:9000");
  const place = { bucket: "b", key: "k" };
  const store = fakeStore(endpoint);
  for (const expiresIn of [0, 1.5, 604_801]) {
    const error = await thrownBy(() => presign(store, place, { expiresIn }));
    assert.ok(error instanceof UsageError);
    assert.match(error.hint!, /7 days/);
  }
  assert.equal((await presign(store, place, { expiresIn: 604_800 })).warning, undefined);
  const now = new Date("2026-01-01T00:00:00Z");
  const session = fakeStore(endpoint, {
    credentials: {
      accessKeyId: "K",
      secretAccessKey: "session-secret-1",
      sessionToken: "token/+",
      expiration: new Date("2026-01-01T00:10:00Z"),
    },
  });
  const short = await presign(session, place, { now });
  assert.match(short.warning!, /temporary/);
  assert.equal(short.expires.toISOString(), "2026-01-01T00:10:00.000Z");
  assert.match(short.url, /X-Amz-Security-Token=token%2F%2B&/);
  const error = await thrownBy(() => presign(fakeStore(endpoint, { anonymous: true }), place));
  assert.ok(error instanceof CredentialsError);
});

Deno.test("the line of curl survives hostile names", async () => {
  const store = fakeStore(new URL("http://127.0.0.1:9000"));
  const key = "a'b;$(x) \"é&?#%";
  const put = await presign(store, { bucket: "b", key }, { method: "PUT", contentType: "a/b" });
  assert.match(put.url, /X-Amz-SignedHeaders=content-type%3Bhost/);
  const file = "it's -o x";
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `curl() { printf '%s\\n' "$@"; }; ${curlLine(put, file)}`],
  }).output();
  const words = new TextDecoder().decode(stdout).trim().split("\n");
  assert.deepEqual(words, ["-f", "-T", file, "-H", "content-type: a/b", put.url]);
  const path = new URL(put.url).pathname;
  assert.equal(decodeURIComponent(path), `/b/${key}`);
});
