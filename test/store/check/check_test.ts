import assert from "node:assert/strict";
import { CancelledError, isDipperError, PartialError } from "../../../src/errors.ts";
import {
  checkConnection,
  type CheckOptions,
  type CheckResult,
  type StepName,
} from "../../../src/store/check.ts";
import type { Network } from "../../../src/store/check/network.ts";
import { closeClients } from "../../../src/store/client.ts";
import { environmentOf } from "../../../src/store/environment.ts";
import { resolveStore } from "../../../src/store/resolve.ts";
import type { Store, StoreOptions } from "../../../src/store/store.ts";
import { startFauxqs } from "../../support/fauxqs.ts";
import { failure, FakeS3, type FakeS3Options } from "./fake_s3.ts";

const SECRET = "canary-check-secret-0123456789";

async function withStore<T>(
  options: StoreOptions,
  body: (store: Store) => Promise<T>,
): Promise<T> {
  const keys = { accessKeyId: "AKIACHECK", secretAccessKey: SECRET };
  const store = await resolveStore("lab", { ...keys, ...options }, environmentOf({}));
  try {
    return await body(store);
  } finally {
    closeClients(store);
  }
}

async function check(
  service: FakeS3,
  options: CheckOptions = {},
  storeOptions: StoreOptions = {},
): Promise<CheckResult> {
  return await withStore({ endpoint: service.endpoint, ...storeOptions }, async (store) => {
    const result = await checkConnection(store, { bucket: "lab", ...options });
    assert.equal(JSON.stringify(result).includes(SECRET), false);
    return result;
  });
}

function step(result: CheckResult, name: StepName) {
  const found = result.steps.find((one) => one.step === name);
  assert.ok(found, `no step ${name}`);
  return found;
}

const denyDelete: NonNullable<FakeS3Options["answer"]> = ({ method }) =>
  method === "DELETE" ? failure(403, "AccessDenied", "no right to delete") : undefined;

for (const versioning of [undefined, "Enabled", "Suspended"] as const) {
  Deno.test(`a good service is proven, versioning ${versioning}, and nothing is left`, async () => {
    await using service = new FakeS3({ versioning });
    const result = await check(service);
    assert.equal(result.ok, true);
    assert.deepEqual(service.versions, []);
    assert.equal(service.uploads.size, 0);
    assert.deepEqual(result.left, []);
    assert.deepEqual(result.capabilities, {
      listBuckets: "yes",
      list: "yes",
      write: "yes",
      delete: "yes",
      rangedRead: "yes",
      rangedVersionRead: versioning === "Enabled" ? "yes" : "unknown",
      conditionalWrite: {
        ifNoneMatch: "yes",
        ifMatch: "yes",
        ifMatchEtag: "quoted",
        completeMultipart: "yes",
      },
      versioning: versioning === undefined ? "off" : versioning.toLowerCase(),
      multipart: "yes",
      copy: "yes",
      checksums: { md5: "yes", sha256: "no" },
      cors: "yes",
      policy: "unknown",
      lifecycle: "no",
      notifications: "no",
      sts: "no",
    });
    assert.deepEqual(
      result.steps.filter(({ seconds }) => !(seconds >= 0)),
      [],
    );
  });
}

Deno.test("other people's objects and versions stay", async () => {
  await using service = new FakeS3({ versioning: "Enabled" });
  const theirs = { key: ".dipper-check-else/x", id: "v", body: new Uint8Array(3), etag: "" };
  service.versions.push(theirs);
  await check(service);
  assert.deepEqual(service.versions, [theirs]);
});

Deno.test("conditions that are taken and not heeded are found out, and their versions removed", async () => {
  await using service = new FakeS3({ versioning: "Enabled", ignores: ["conditions"] });
  const result = await check(service);
  assert.equal(step(result, "conditional-write").status, "warning");
  assert.deepEqual(result.capabilities.conditionalWrite, {
    ifNoneMatch: "no",
    ifMatch: "no",
    ifMatchEtag: undefined,
    completeMultipart: "no",
  });
  assert.deepEqual(service.versions, []);
});

Deno.test("a range that is not heeded fails", async () => {
  await using service = new FakeS3({ ignores: ["range"] });
  const result = await check(service);
  assert.equal(result.ok, false);
  assert.match(step(result, "range").detail, /answered 200 with 64 bytes/);
  assert.equal(result.capabilities.rangedRead, "no");
  assert.deepEqual(service.versions, []);
});

Deno.test("without the right to delete nothing is written, unless the person agrees", async () => {
  for (const versioning of [undefined, "Enabled"] as const) {
    await using service: FakeS3 = new FakeS3({ versioning, answer: denyDelete });
    const refused = await check(service);
    assert.equal(step(refused, "delete").status, "warning");
    assert.equal(step(refused, "write").status, "skipped");
    assert.deepEqual(service.versions, []);
    assert.equal(service.requests.some(({ method }) => method === "PUT"), false);

    const questions: string[] = [];
    const agreed = await check(service, {
      randomId: () => "id",
      confirm: (question) => {
        questions.push(question);
        return Promise.resolve(true);
      },
    });
    assert.match(questions.join(), /cannot be removed.*\.dipper-check-id\/object, may stay/);
    assert.equal(step(agreed, "range").status, "ok");
    assert.equal(step(agreed, "multipart").status, "skipped");
    assert.equal(step(agreed, "remove").status, "failed");
    assert.deepEqual(agreed.left.map(({ key }) => key), [".dipper-check-id/object"]);
    assert.equal(service.versions.length, 1);
  }
});

Deno.test("what could be neither removed nor listed is told of", async () => {
  await using service = new FakeS3({
    versioning: "Enabled",
    answer: (request, service) =>
      request.query.has("versions")
        ? failure(403, "AccessDenied", "no")
        : denyDelete(request, service),
  });
  const result = await check(service, {
    randomId: () => "id",
    confirm: () => Promise.resolve(true),
  });
  assert.equal(step(result, "remove").status, "failed");
  assert.deepEqual(result.left, [{ key: ".dipper-check-id/object", versionId: "v1" }]);
});

Deno.test("a bucket that locks what is written is not written to unasked", async () => {
  await using service = new FakeS3({
    versioning: "Enabled",
    answer: ({ query }) =>
      query.has("object-lock")
        ? new Response(
          "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>" +
            "<DefaultRetention><Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention></Rule>" +
            "</ObjectLockConfiguration>",
          { headers: { "content-type": "application/xml" } },
        )
        : undefined,
  });
  const result = await check(service, { confirm: () => Promise.resolve(false) });
  assert.match(step(result, "delete").detail, /30 days \(object lock, COMPLIANCE\)/);
  assert.equal(service.requests.some(({ method }) => method === "PUT"), false);
});

for (const operation of ["PUT", "GET", "POST"]) {
  Deno.test(`an abort in a ${operation} leaves nothing behind`, async () => {
    const controller = new AbortController();
    await using service = new FakeS3({
      versioning: "Enabled",
      answer: ({ method, key }) => {
        if (method === operation && key !== "") controller.abort();
        return undefined;
      },
    });
    await assert.rejects(
      check(service, { signal: controller.signal }),
      (error) => error instanceof CancelledError,
    );
    assert.deepEqual(service.versions, []);
    assert.equal(service.uploads.size, 0);
  });
}

Deno.test("an abort after which the removal fails says what is left", async () => {
  const controller = new AbortController();
  await using service = new FakeS3({
    versioning: "Enabled",
    answer: ({ method, key, query }) => {
      if (method === "GET" && key !== "") controller.abort();
      return method === "DELETE" && query.get("versionId") !== "null"
        ? failure(403, "AccessDenied")
        : undefined;
    },
  });
  await assert.rejects(
    check(service, { signal: controller.signal }),
    (error) => error instanceof PartialError && error.context.failed?.length === 1,
  );
});

Deno.test("a service that fails half-way is cleaned up", async () => {
  let broken = 0;
  await using service = new FakeS3({
    versioning: "Enabled",
    answer: ({ method, key, query }) =>
      method === "PUT" && (query.has("partNumber") || key.endsWith("/copy"))
        ? (broken++, failure(400, "InvalidRequest", "not today"))
        : undefined,
  });
  const result = await check(service);
  assert.ok(broken > 0);
  assert.equal(step(result, "multipart").status, "failed");
  assert.equal(step(result, "copy").status, "failed");
  assert.equal(step(result, "remove").status, "ok");
  assert.deepEqual(service.versions, []);
  assert.equal(service.uploads.size, 0);
});

Deno.test("a service that cannot list versions is cleaned up by what its answers named", async () => {
  await using service = new FakeS3({
    versioning: "Enabled",
    answer: ({ query }) => query.has("versions") ? failure(501, "NotImplemented") : undefined,
  });
  const result = await check(service);
  assert.deepEqual(service.versions, []);
  assert.deepEqual(result.left, []);
});

Deno.test("where versioning may not be read, no delete marker is left", async () => {
  await using service = new FakeS3({
    versioning: "Enabled",
    answer: ({ query }) => query.has("versioning") ? failure(403, "AccessDenied") : undefined,
  });
  const result = await check(service);
  assert.equal(result.capabilities.versioning, "unknown");
  assert.deepEqual(service.versions, []);
});

Deno.test("a service that makes a delete marker where none was asked for is cleaned up", async () => {
  await using service = new FakeS3({
    versioning: "Enabled",
    answer: ({ method, key, query }, { versions }) => {
      if (method !== "DELETE" || query.get("versionId") !== "null") return undefined;
      versions.push({ key, id: "m0", body: undefined, etag: "" });
      return new Response(null, {
        status: 204,
        headers: { "x-amz-delete-marker": "true", "x-amz-version-id": "m0" },
      });
    },
  });
  await check(service);
  assert.deepEqual(service.versions, []);
});

const refusals = {
  "a wrong secret": [403, "SignatureDoesNotMatch", "bad_credentials", /secret/],
  "an unknown key": [403, "InvalidAccessKeyId", "bad_credentials", /does not know the access key/],
  "an expired token": [400, "ExpiredToken", "expired_token", /expired/],
  "a clock that is off": [403, "RequestTimeTooSkewed", "clock_skew", /clock/],
} as const;
for (const [what, [status, code, tag, detail]] of Object.entries(refusals)) {
  Deno.test(`${what} fails the signature, and no bucket is tried`, async () => {
    await using service = new FakeS3({
      answer: ({ method }) => method === "HEAD" ? undefined : failure(status, code),
    });
    const result = await check(service);
    const sign = step(result, "sign");
    assert.equal(sign.status, "failed");
    assert.equal(sign.tag, tag);
    assert.match(sign.detail, detail);
    assert.ok(sign.hint);
    assert.equal(step(result, "write").status, "skipped");
    assert.equal(step(result, "clock").status, "ok");
  });
}

Deno.test("a refusal without a reason: told apart where a wrong secret is refused otherwise", async () => {
  const seen = new Set<string>();
  const denied = (revealing: boolean): FakeS3Options["answer"] => ({ method, headers }) => {
    if (method === "HEAD") return undefined;
    seen.add(headers.get("authorization") ?? "");
    // The fake cannot check a signature: the second identity that comes is the stranger's.
    const stranger = revealing && seen.size > 2;
    return stranger ? failure(403, "SignatureDoesNotMatch") : failure(403, "AccessDenied", "");
  };
  await using revealing = new FakeS3({ answer: denied(true) });
  assert.match(step(await check(revealing), "sign").detail, /accepted; these credentials may not/);
  seen.clear();
  await using silent = new FakeS3({ answer: denied(false) });
  const sign = step(await check(silent), "sign");
  assert.equal(sign.status, "failed");
  assert.match(sign.hint ?? "", /does not say why/);
});

Deno.test("keys that may read one bucket and not list buckets are good keys", async () => {
  await using service = new FakeS3({
    answer: ({ bucket, method }) =>
      bucket === "" && method === "GET" ? failure(403, "AccessDenied", "no") : undefined,
  });
  const result = await check(service);
  assert.match(step(result, "sign").detail, /accepted, though these credentials may not list/);
  assert.equal(result.ok, true);
  assert.equal(result.capabilities.listBuckets, "no");
});

Deno.test("a bucket that does not exist: the nearest one is named", async () => {
  await using service = new FakeS3();
  const result = await check(service, { bucket: "lba" });
  assert.equal(step(result, "list").tag, "bucket_not_found");
  assert.match(step(result, "list").hint ?? "", /Did you mean lab\?/);
  assert.equal(step(result, "write").status, "skipped");
});

Deno.test("without a bucket the buckets are listed, and the rest is skipped", async () => {
  await using service = new FakeS3();
  const result = await check(service, { bucket: undefined });
  assert.match(step(result, "list").detail, /1 buckets: lab/);
  assert.equal(step(result, "write").status, "skipped");
});

Deno.test("no credentials: nothing is signed, reading is tried", async () => {
  await using service = new FakeS3({
    answer: ({ method }) => method === "PUT" ? failure(403, "AccessDenied") : undefined,
  });
  const result = await check(service, {}, {
    anonymous: true,
    accessKeyId: undefined,
    secretAccessKey: undefined,
  });
  assert.equal(step(result, "sign").status, "skipped");
  assert.equal(step(result, "list").status, "ok");
  assert.equal(step(result, "write").status, "failed");
  assert.ok(service.requests.every(({ headers }) => headers.get("authorization") === null));
});

Deno.test("the clock's difference is measured in seconds", async () => {
  for (
    const [offset, status, detail] of [
      [0, "ok", /agree/],
      [-120_000, "warning", /1(19|20|21) s ahead of/],
      [3_600_000, "failed", /(3599|3600|3601) s behind/],
    ] as const
  ) {
    await using service = new FakeS3({
      answer: ({ method }) =>
        method === "HEAD"
          ? new Response(null, {
            headers: { date: new Date(Date.now() + offset).toUTCString() },
          })
          : undefined,
    });
    const clock = step(await check(service), "clock");
    assert.equal(clock.status, status);
    assert.match(clock.detail, detail);
  }
});

Deno.test("a way that ends early is told of where it ends", async () => {
  const fine: Network = {
    lookup: () => Promise.resolve(["192.0.2.1"]),
    connect: () => Promise.resolve(),
    handshake: () => Promise.resolve(),
  };
  const failing = (code: string, message = code) => () =>
    Promise.reject(Object.assign(new Error(message), { code }));
  const cases: [StepName, Partial<Network>, RegExp, RegExp][] = [
    ["resolve", { lookup: failing("ENOTFOUND") }, /no address is known/, /spelling/],
    ["reach", { connect: failing("ECONNREFUSED") }, /refuses connections/, /running/],
    ["reach", { connect: failing("EHOSTUNREACH") }, /cannot be reached/, /VPN/],
    [
      "tls",
      { handshake: failing("", "invalid peer certificate: UnknownIssuer") },
      /not signed by an authority/,
      /AWS_CA_BUNDLE/,
    ],
    ["tls", { handshake: failing("", "invalid peer certificate: Expired") }, /expired/, /renew/],
  ];
  for (const [name, network, detail, hint] of cases) {
    await withStore({ endpoint: "https://s3.lab.invalid" }, async (store) => {
      const result = await checkConnection(store, {
        bucket: "lab",
        network: { ...fine, ...network },
      });
      assert.equal(step(result, name).status, "failed");
      assert.match(step(result, name).detail, detail);
      assert.match(step(result, name).hint ?? "", hint);
      assert.equal(step(result, "sign").status, "skipped");
      assert.equal(step(result, "remove").status, "skipped");
      assert.equal(result.ok, false);
    });
  }
});

Deno.test("a port that nobody listens on", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  await withStore({ endpoint: `http://127.0.0.1:${port}` }, async (store) => {
    const result = await checkConnection(store);
    assert.equal(step(result, "reach").tag, "network");
  });
});

Deno.test("steps come one by one, in order, each once", async () => {
  await using service = new FakeS3();
  const seen: StepName[] = [];
  const result = await check(service, { onStep: ({ step }) => seen.push(step) });
  assert.deepEqual(seen, result.steps.map(({ step }) => step));
  assert.equal(new Set(seen).size, seen.length);
  assert.equal(seen.length, 21);
});

Deno.test("the embedded server passes, its unheeded conditions are found out", async () => {
  await using server = await startFauxqs();
  const { endpoint, accessKeyId, secretAccessKey, bucket, client } = server;
  await withStore({ endpoint, accessKeyId, secretAccessKey }, async (store) => {
    const result = await checkConnection(store, { bucket });
    assert.deepEqual(result.steps.filter(({ status }) => status === "failed"), []);
    assert.equal(result.capabilities.conditionalWrite.ifNoneMatch, "no");
  });
  const { ListObjectsV2Command } = await import("@aws-sdk/client-s3");
  assert.equal((await client.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount, 0);
});

Deno.test("a secret in a service's answer is not passed on", async () => {
  await using service = new FakeS3({
    answer: ({ method }) =>
      method === "HEAD" ? undefined : failure(400, "InvalidRequest", `you sent ${SECRET}`),
  });
  const seen: string[] = [];
  const result = await check(service, { onStep: (one) => seen.push(JSON.stringify(one)) });
  assert.match(JSON.stringify(result), /you sent \[redacted\]/);
  assert.equal(seen.join().includes(SECRET), false);
  assert.equal(isDipperError(result), false);
});
