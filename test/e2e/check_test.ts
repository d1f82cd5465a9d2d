import assert from "node:assert/strict";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import {
  checkConnection,
  type CheckOptions,
  type CheckResult,
  type StepName,
} from "../../src/store/check.ts";
import { closeClients } from "../../src/store/client.ts";
import { environmentOf } from "../../src/store/environment.ts";
import { resolveStore } from "../../src/store/resolve.ts";
import type { StoreOptions } from "../../src/store/store.ts";
import { freshBucket } from "../support/names.ts";
import { onEachServer, type Server } from "./support/servers.ts";

type Versioning = "off" | "enabled" | "suspended";

interface VersionedBucket extends AsyncDisposable {
  readonly name: string;
  /** Versions, delete markers and unfinished uploads. */
  traces(): Promise<string[]>;
}

async function makeBucket({ client }: Server, versioning: Versioning): Promise<VersionedBucket> {
  const name = freshBucket("check");
  const traces = async () => {
    const { Versions, DeleteMarkers } = await client.send(
      new ListObjectVersionsCommand({ Bucket: name }),
    );
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: name }));
    return [
      ...[...Versions ?? [], ...DeleteMarkers ?? []].map((one) => `${one.Key} ${one.VersionId}`),
      ...(Uploads ?? []).map((one) => `${one.Key} upload`),
    ];
  };
  await client.send(new CreateBucketCommand({ Bucket: name }));
  const states = { off: [], enabled: ["Enabled"], suspended: ["Enabled", "Suspended"] } as const;
  for (const Status of states[versioning]) {
    const input = { Bucket: name, VersioningConfiguration: { Status } };
    await client.send(new PutBucketVersioningCommand(input));
  }
  return {
    name,
    traces,
    async [Symbol.asyncDispose]() {
      for (const trace of await traces()) {
        const [Key, VersionId] = trace.split(" ");
        await client.send(new DeleteObjectCommand({ Bucket: name, Key, VersionId }));
      }
      await client.send(new DeleteBucketCommand({ Bucket: name }));
    },
  };
}

async function check(options: StoreOptions, more: CheckOptions): Promise<CheckResult> {
  const store = await resolveStore("lab", options, environmentOf({}));
  try {
    const result = await checkConnection(store, more);
    const { secretAccessKey } = options;
    assert.equal(JSON.stringify(result).includes(secretAccessKey ?? "no secret"), false);
    return result;
  } finally {
    closeClients(store);
  }
}

function step(result: CheckResult, name: StepName) {
  return result.steps.find((one) => one.step === name)!;
}

/** What each server was seen to do, apart from what they all do. */
const CAPABILITIES = {
  ceph: (versioning: Versioning) => ({
    conditionalWrite: versioning === "enabled"
      ? { ifNoneMatch: "no", ifMatch: "no", ifMatchEtag: undefined, completeMultipart: "no" }
      : { ifNoneMatch: "yes", ifMatch: "yes", ifMatchEtag: "unquoted", completeMultipart: "no" },
    checksums: { md5: "yes", sha256: "no" },
    lifecycle: "yes",
    notifications: "yes",
    sts: "yes",
  }),
  versitygw: () => ({
    conditionalWrite: {
      ifNoneMatch: "yes",
      ifMatch: "yes",
      ifMatchEtag: "quoted",
      completeMultipart: "yes",
    },
    checksums: { md5: "yes", sha256: "yes" },
    lifecycle: "no",
    notifications: "no",
    sts: "no",
  }),
  seaweedfs: () => ({
    conditionalWrite: {
      ifNoneMatch: "yes",
      ifMatch: "yes",
      ifMatchEtag: "quoted",
      completeMultipart: "yes",
    },
    checksums: { md5: "yes", sha256: "yes" },
    lifecycle: "yes",
    notifications: "yes",
    sts: "yes",
  }),
} as const;

for (const versioning of ["off", "enabled", "suspended"] as const) {
  onEachServer(`check proves and leaves nothing, versioning ${versioning}`, async (server) => {
    await using bucket = await makeBucket(server, versioning);
    const result = await check(server.options, { bucket: bucket.name });
    assert.deepEqual(result.steps.filter(({ status }) => status === "failed"), []);
    assert.deepEqual(await bucket.traces(), []);
    assert.deepEqual(result.capabilities, {
      listBuckets: "yes",
      list: "yes",
      write: "yes",
      delete: "yes",
      rangedRead: "yes",
      rangedVersionRead: versioning === "enabled" ? "yes" : "unknown",
      versioning,
      multipart: "yes",
      copy: "yes",
      cors: "yes",
      policy: "yes",
      ...CAPABILITIES[server.name](versioning),
    });
    // That the look for traces sees one:
    await server.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: "k", Body: "v" }));
    assert.equal((await bucket.traces()).length, 1);
  });
}

onEachServer("check leaves nothing when it is stopped", async (server) => {
  await using bucket = await makeBucket(server, "enabled");
  const controller = new AbortController();
  await assert.rejects(check(server.options, {
    bucket: bucket.name,
    signal: controller.signal,
    onStep: ({ step }) => {
      if (step === "conditional-write") controller.abort();
    },
  }));
  assert.deepEqual(await bucket.traces(), []);
});

onEachServer("check tells a wrong secret", async (server) => {
  const options = { ...server.options, secretAccessKey: "not-the-secret-0123456789" };
  const result = await check(options, {});
  assert.equal(step(result, "sign").status, "failed");
  assert.equal(step(result, "sign").tag, "bad_credentials");
  assert.match(step(result, "sign").hint ?? "", /secret|AWS_SECRET_ACCESS_KEY/i);
});

onEachServer("check asks before it writes what it may not remove", async (server) => {
  await using bucket = await makeBucket(server, "enabled");
  const resource = [`arn:aws:s3:::${bucket.name}`, `arn:aws:s3:::${bucket.name}/*`];
  const principal = { AWS: server.name === "ceph" ? ["arn:aws:iam:::user/guest"] : ["*"] };
  const statement = {
    Effect: "Allow",
    Principal: server.name === "versitygw" ? { AWS: [server.guest.accessKeyId] } : principal,
    Action: ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:GetBucketVersioning"],
    Resource: resource,
  };
  await server.client.send(
    new PutBucketPolicyCommand({
      Bucket: bucket.name,
      Policy: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
    }),
  );
  const options = { endpoint: server.endpoint, region: "us-east-1", ...server.guest };
  const refused = await check(options, { bucket: bucket.name });
  assert.equal(step(refused, "list").status, "ok");
  assert.equal(step(refused, "delete").status, "warning");
  assert.equal(refused.capabilities.delete, "no");
  assert.equal(step(refused, "write").status, "skipped");
  assert.deepEqual(await bucket.traces(), []);

  const questions: string[] = [];
  const agreed = await check(options, {
    bucket: bucket.name,
    confirm: (question) => {
      questions.push(question);
      return Promise.resolve(true);
    },
  });
  assert.equal(questions.length, 1);
  assert.equal(step(agreed, "write").status, "ok");
  assert.equal(step(agreed, "remove").status, "failed");
  assert.deepEqual((await bucket.traces()).map((trace) => trace.split(" ")[0]), [
    agreed.left[0].key,
  ]);
});
