import assert from "node:assert/strict";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { openInbox } from "../../src/objects/notify/listen/inbox.ts";
import { Listener } from "../../src/objects/notify/listen/listener.ts";
import type { ObjectNews } from "../../src/objects/notify/listen/news.ts";
import { addRule, listRules, removeRules } from "../../src/objects/notify/rules.ts";
import { listTopics } from "../../src/objects/notify/topics.ts";
import { deleteObjects } from "../../src/objects/delete.ts";
import { listObjects } from "../../src/objects/list.ts";
import { s3Client } from "../../src/store/client.ts";
import { Desk } from "../cli/command.ts";
import { type Place, place } from "./features/place.ts";
import { onEachServer, server } from "./support/servers.ts";

const CREATED = "s3:ObjectCreated:*";
const REMOVED = "s3:ObjectRemoved:*";

function text({ name, kind, key, found, repeated }: ObjectNews): string {
  const what = found === "event" ? name : `${kind}, found by listing`;
  return `${what} ${key}${repeated === "no" ? "" : ` (${repeated})`}`;
}

/** DeleteObjects while a rule about removals stands ends the gateway of Ceph 16.2.15. */
async function withoutRulesAfter(where: Place, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await removeRules(where.store, where.bucket, "all");
  }
}

async function remove({ store, bucket }: Place, key: string): Promise<void> {
  await s3Client(store).send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}

async function uploadInParts({ store, bucket }: Place, key: string): Promise<void> {
  const client = s3Client(store);
  const at = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
  const part = { ...at, UploadId, PartNumber: 1 };
  const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: "12345" }));
  const Parts = [{ PartNumber: 1, ETag }];
  await client.send(
    new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }),
  );
}

Deno.test("ceph: a folder is removed where a rule tells of it, and the service goes on", async () => {
  await using where = await place(server("ceph"));
  const { store, bucket, put } = where;
  await withoutRulesAfter(where, async () => {
    const to = { address: "http://127.0.0.1:9/nobody", delivery: "at-once" as const };
    await addRule(store, bucket, { name: "removals", events: [REMOVED], to });
    const keys = ["d/1", "d/2", "d/3 é"];
    for (const key of keys) await put(key, "x");
    assert.equal(await deleteObjects(store, bucket, keys), 3);
    assert.deepEqual(await Array.fromAsync(listObjects(store, bucket)), []);
  });
});

Deno.test("ceph: events come to a webhook, and what happens meanwhile is found", async () => {
  await using where = await place(server("ceph"));
  const { store, bucket, put } = where;
  const folder = await Deno.makeTempDir({ prefix: "dipper-e2e-notify-" });
  const statePath = join(folder, "state.jsonl");
  await put("before", "1");
  try {
    await withoutRulesAfter(where, async () => {
      let port = 0;
      {
        await using listener = await Listener.open(store, bucket, { statePath });
        await listener.start();
        await using inbox = openInbox({ hostname: "127.0.0.1", port, take: listener.take });
        port = inbox.port;
        const address = `http://127.0.0.1:${port}/hook`;
        const to = { address, delivery: "at-once" as const };
        await addRule(store, bucket, { name: "all", events: [CREATED, REMOVED], to });
        await addRule(store, bucket, { name: "csv", events: [CREATED], suffix: ".csv", to });
        const names = (await listRules(store, bucket)).map(({ name }) => name);
        assert.deepEqual(names, ["all", "csv"]);
        const news = listener.news();
        const next = async () => text((await news.next()).value!);
        await put("a b/é+&.txt", "x");
        assert.equal(await next(), "ObjectCreated:Put a b/é+&.txt");
        await put("k.csv", "x");
        assert.equal(await next(), "ObjectCreated:Put k.csv");
        assert.equal(await next(), "ObjectCreated:Put k.csv (yes)");
        await s3Client(store).send(
          new CopyObjectCommand({ Bucket: bucket, Key: "copied", CopySource: `${bucket}/k.csv` }),
        );
        assert.equal(await next(), "ObjectCreated:Copy copied");
        await uploadInParts(where, "parts");
        assert.equal(await next(), "ObjectCreated:CompleteMultipartUpload parts");
        await remove(where, "copied");
        assert.equal(await next(), "ObjectRemoved:Delete copied");
        listener.end("drained");
        assert.equal((await news.next()).done, true);
      }
      await put("while-away", "x");
      await put("k.csv", "other");
      await remove(where, "parts");
      await remove(where, "before");
      for (
        const expected of [
          [
            "created, found by listing k.csv",
            "created, found by listing while-away",
            "removed, found by listing before",
            "removed, found by listing parts",
          ],
          [],
        ]
      ) {
        await using listener = await Listener.open(store, bucket, { statePath });
        await listener.start();
        listener.end("drained");
        const told = (await Array.fromAsync(listener.news())).map(text).sort();
        assert.deepEqual(told, expected);
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const own = (await listTopics(store)).filter(({ name }) => name.includes(bucket));
  assert.deepEqual(own, []);
});

Deno.test("ceph: a persistent topic keeps events until somebody listens", async () => {
  await using where = await place(server("ceph"));
  const { store, bucket, put } = where;
  const folder = await Deno.makeTempDir({ prefix: "dipper-e2e-notify-" });
  const statePath = join(folder, "state.jsonl");
  try {
    await withoutRulesAfter(where, async () => {
      const probe = openInbox({ hostname: "127.0.0.1", port: 0, take: () => "taken" });
      const { port } = probe;
      await probe[Symbol.asyncDispose]();
      const to = { address: `http://127.0.0.1:${port}/`, delivery: "persistent" as const };
      await addRule(store, bucket, { events: [CREATED], to });
      await put("kept", "x");
      await using listener = await Listener.open(store, bucket, { statePath });
      await using _inbox = openInbox({ hostname: "127.0.0.1", port, take: listener.take });
      // The service looks for new queues every half minute.
      const timer = setTimeout(() => listener.end("now"), 100_000);
      const { value } = await listener.news().next();
      clearTimeout(timer);
      assert.ok(value, "no event came");
      assert.equal(text(value), "ObjectCreated:Put kept");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ceph: listen --register sets its rule, and removes it at the end", async () => {
  await using where = await place(server("ceph"));
  await using desk = await Desk.empty();
  const { bucket, store, put } = where;
  const { endpoint, owner } = server("ceph");
  const env = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: owner.accessKeyId,
    AWS_SECRET_ACCESS_KEY: owner.secretAccessKey,
    AWS_REGION: "us-east-1",
  };
  const child = desk.spawn(
    ["notify", "listen", `s3://${bucket}/in/`, "--webhook", "0", "--register", "--max-events", "2"],
    { env },
  );
  const output = child.output();
  try {
    while ((await listRules(store, bucket)).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await put("out/1", "x");
    await put("in/1", "x");
    await put("in/2", "x");
    const { code, stdout, stderr } = await output;
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const keys = [...new TextDecoder().decode(stdout).matchAll(/created {2}s3:\/\/[^/]+\/(\S+)/g)];
    assert.deepEqual(keys.map(([, key]) => key), ["in/1", "in/2"]);
    assert.deepEqual(await listRules(store, bucket), []);
  } finally {
    await removeRules(store, bucket, "all");
  }
});

onEachServer("notify add says in one sentence what is missing", async (one) => {
  await using where = await place(one);
  await using desk = await Desk.empty();
  const env = {
    AWS_ENDPOINT_URL_S3: one.endpoint,
    AWS_ACCESS_KEY_ID: one.owner.accessKeyId,
    AWS_SECRET_ACCESS_KEY: one.owner.secretAccessKey,
    AWS_REGION: "us-east-1",
  };
  const add = ["notify", "add", `s3://${where.bucket}`, "--webhook", "http://127.0.0.1:9/"];
  const ran = await desk.run(add, { env });
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /has no notifications of buckets\n/);
}, ["versitygw", "seaweedfs"]);
