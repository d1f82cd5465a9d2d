import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { copy } from "../../../src/objects/transfer/copy.ts";
import type { TransferEvent } from "../../../src/objects/transfer/events.ts";
import type { CopyOptions } from "../../../src/objects/transfer/options.ts";
import { resumeUploads } from "../../../src/objects/unfinished/resume.ts";
import { Pattern } from "../../faults/pattern.ts";
import { environmentOf } from "../../../src/store/environment.ts";
import { StoreSet } from "../../../src/store/store_set.ts";
import { type Proxy, startProxy } from "../../support/proxy.ts";
import { openDesk, type TransferDesk } from "../transfer/support/desk.ts";

const MIB = 2 ** 20;
/** Bytes of a part, other than usual. */
const PART = 6 * MIB;
const LARGE = Pattern.of(12).slice(0, 40 * MIB + 7);

/** The embedded service lists neither uploads nor parts: a proxy does, from what has passed it. */
async function openListing() {
  const desk = await openDesk();
  const uploads = new Map<string, string>();
  const proxy = startProxy(desk.endpoint, ({ method, path, query }) => {
    const id = query.get("uploadId");
    const key = path.replace(/^\/[^/]+\//, "");
    const answer = (name: string, entries: readonly string[]) => {
      const body = `<${name}>${entries.join("")}</${name}>`;
      const headers = { "content-type": "application/xml" };
      return { kind: "answer", status: 200, body, headers } as const;
    };
    if (method === "PUT" && id !== null) uploads.set(key, id);
    if (method === "POST" && id !== null) uploads.delete(key);
    if (method === "GET" && id !== null) {
      return answer("ListPartsResult", partsOf(proxy.requests, id));
    }
    if (method !== "GET" || !query.has("uploads")) return undefined;
    const entries = [...uploads].filter(([key]) => key.startsWith(query.get("prefix") ?? ""))
      .map(([key, id]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`);
    return answer("ListMultipartUploadsResult", entries);
  });
  const keys = { accessKeyId: "k", secretAccessKey: "secretsecret", region: "us-east-1" };
  const stores = await StoreSet.resolve(
    { endpoint: proxy.endpoint, ...keys },
    environmentOf({}),
  );
  return {
    ...desk,
    stores,
    uploads,
    proxy,
    async [Symbol.asyncDispose]() {
      stores.close();
      await proxy[Symbol.asyncDispose]();
      await desk[Symbol.asyncDispose]();
    },
  };
}

/** The parts of an upload that have arrived. */
function partsOf(requests: Proxy["requests"], id: string): string[] {
  return requests.filter(({ method, query, status }) =>
    method === "PUT" && query.get("uploadId") === id && status === 200
  ).map(({ query }) => {
    const number = Number(query.get("partNumber"));
    const bytes = LARGE.subarray((number - 1) * PART, number * PART);
    const etag = createHash("md5").update(bytes).digest("hex");
    return `<Part><PartNumber>${number}</PartNumber><ETag>"${etag}"</ETag></Part>`;
  });
}

/** Begins an upload of `name` and cuts it short after three parts. */
async function cutShort(desk: TransferDesk, name: string, options: CopyOptions = {}) {
  await Deno.writeFile(desk.path(name), LARGE);
  const stop = new AbortController();
  await assert.rejects(
    copy(desk.stores, desk.path(name), desk.uri(name), {
      ...options,
      stateFolder: desk.path("state"),
      signal: stop.signal,
      onEvent: (event) => {
        if (event.kind === "progress" && event.bytes >= 24 * MIB) stop.abort();
      },
    }),
    { tag: "cancelled" },
  );
}

async function resume(desk: TransferDesk, options: { prefix?: string; dryRun?: boolean } = {}) {
  const events: TransferEvent[] = [];
  const summary = await resumeUploads(desk.stores, desk.uri(options.prefix ?? ""), {
    dryRun: options.dryRun,
    stateFolder: desk.path("state"),
    onEvent: (event) => void events.push(event),
  });
  const skipped = events.filter((event) => event.kind === "skipped");
  return { summary, skipped };
}

Deno.test("an upload that was cut short goes on as it was begun, and sends no part twice", async () => {
  await using desk = await openListing();
  const properties = { contentType: "text/x", metadata: { who: "me" } };
  await cutShort(desk, "big", { ...properties, sizes: { singleUpTo: MIB, part: PART } });
  const asked = await resume(desk, { dryRun: true });
  assert.deepEqual([asked.summary.done, desk.uploads.size], [1, 1]);
  const elsewhere = await resume(desk, { prefix: "other/" });
  assert.deepEqual([elsewhere.summary.done, elsewhere.summary.skipped], [0, 0]);
  const before = desk.proxy.requests.length;
  const { summary } = await resume(desk);
  assert.deepEqual([summary.done, summary.failed, summary.bytes], [1, [], LARGE.length]);
  const requests = desk.proxy.requests.slice(before);
  const sent = requests.filter(({ method }) => method === "PUT");
  const numbers = sent.map(({ query }) => Number(query.get("partNumber")));
  assert.ok(sent.length < 4, `parts ${numbers} went again`);
  assert.ok(!requests.some(({ method }) => method === "DELETE"), "it began anew");
  const head = await desk.client.send(new HeadObjectCommand({ Bucket: desk.bucket, Key: "big" }));
  assert.deepEqual([head.ContentType, head.Metadata], ["text/x", { who: "me" }]);
  await copy(desk.stores, desk.uri("big"), desk.path("back"));
  assert.equal(Buffer.compare(await Deno.readFile(desk.path("back")), LARGE), 0);
  assert.equal(desk.uploads.size, 0);
  assert.deepEqual([...Deno.readDirSync(desk.path("state"))], []);
});

Deno.test("what cannot go on is left alone, and it is said why", async () => {
  await using desk = await openListing();
  for (const name of ["changed", "gone", "elsewhere"]) await cutShort(desk, name);
  await Deno.writeTextFile(desk.path("changed"), "other");
  await Deno.remove(desk.path("gone"));
  const [journal] = await Promise.all(
    [...Deno.readDirSync(desk.path("state"))].map(async ({ name }) => {
      const text = await Deno.readTextFile(desk.path(`state/${name}`));
      return text.includes(desk.path("elsewhere")) ? name : undefined;
    }),
  ).then((names) => names.filter((name) => name !== undefined));
  await Deno.remove(desk.path(`state/${journal}`));
  await Deno.writeTextFile(desk.path("state/torn.jsonl"), '\n{"uploadId":');
  const { summary, skipped } = await resume(desk);
  assert.deepEqual([summary.done, summary.failed], [0, []]);
  assert.deepEqual(
    skipped.map((event) => event.kind === "skipped" && [event.to, event.why]).sort(),
    [
      [desk.uri("changed"), "the file has changed"],
      [desk.uri("elsewhere"), "it was not begun on this machine"],
      [desk.uri("gone"), "the file is gone"],
    ],
  );
  assert.equal(desk.uploads.size, 3);
});
