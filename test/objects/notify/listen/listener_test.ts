import assert from "node:assert/strict";
import { join } from "node:path";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { type ObjectEvent, parseEventBody } from "../../../../src/objects/notify/listen/event.ts";
import { openInbox } from "../../../../src/objects/notify/listen/inbox.ts";
import { Listener } from "../../../../src/objects/notify/listen/listener.ts";
import type { ObjectNews } from "../../../../src/objects/notify/listen/news.ts";
import { s3Client } from "../../../../src/store/client.ts";
import { type EmbeddedStore, embeddedStore } from "../../embedded.ts";
import { eventBody, type Written } from "./records.ts";

const BUCKET = "lab-data";

interface Desk extends AsyncDisposable {
  readonly embedded: EmbeddedStore;
  readonly statePath: string;
  put(key: string, body?: string): Promise<string>;
  remove(key: string): Promise<void>;
  open(options?: { reconcileEvery?: number }): Promise<Listener>;
  /** Ends the server. */
  stop(): Promise<void>;
}

async function desk(keys: readonly string[]): Promise<Desk> {
  const embedded = await embeddedStore(BUCKET, keys);
  const folder = await Deno.makeTempDir({ prefix: "dipper-listener-" });
  const statePath = join(folder, "state.jsonl");
  const client = s3Client(embedded.store);
  let stopped: Promise<void> | undefined;
  const stop = () => stopped ??= Promise.resolve(embedded[Symbol.asyncDispose]());
  return {
    stop,
    embedded,
    statePath,
    async put(key, body = key) {
      const answer = await client.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }),
      );
      return answer.ETag!.replaceAll('"', "");
    },
    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }));
    },
    open: (options = {}) => Listener.open(embedded.store, BUCKET, { statePath, ...options }),
    async [Symbol.asyncDispose]() {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function text({ kind, key, found, repeated }: ObjectNews): string {
  return [kind, key, found, ...(repeated === "no" ? [] : [repeated])].join(" ");
}

/** Everything that one run tells. */
async function runOnce(place: Desk): Promise<string[]> {
  await using listener = await place.open();
  await listener.start();
  listener.end("drained");
  return (await Array.fromAsync(listener.news())).map(text);
}

async function post(port: number, path: string, ...events: Written[]): Promise<number> {
  const body = eventBody(...events.map((event) => ({ bucket: BUCKET, ...event })));
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body });
  await answer.body?.cancel();
  return answer.status;
}

function eventsOf(...keys: string[]): ObjectEvent[] {
  return keys.flatMap((key) => parseEventBody(eventBody({ bucket: BUCKET, key, time: TIME })));
}

const TIME = new Date(Date.now() + 60_000).toISOString();

const now = () => new Date().toISOString();

Deno.test("the first run learns, later ones tell what has changed since", async () => {
  await using place = await desk(["a", "b", "c"]);
  assert.deepEqual(await runOnce(place), []);
  assert.deepEqual(await runOnce(place), []);
  await place.put("d");
  await place.put("b", "other bytes");
  await place.remove("a");
  assert.deepEqual(await runOnce(place), [
    "created b listing",
    "created d listing",
    "removed a listing",
  ]);
  assert.deepEqual(await runOnce(place), []);
});

Deno.test("an event is told once; again, it is said to be repeated", async () => {
  await using place = await desk([]);
  await runOnce(place);
  await using listener = await place.open();
  await using inbox = openInbox({
    hostname: "127.0.0.1",
    port: 0,
    path: "/p",
    take: listener.take,
  });
  const news = listener.news();
  const next = async () => text((await news.next()).value!);
  const event = { key: "k", etag: await place.put("k"), time: now() };
  assert.equal(await post(inbox.port, "/p", event), 200);
  assert.equal(await next(), "created k event");
  assert.equal(await post(inbox.port, "/p", { key: "l", time: now() }), 200);
  assert.equal(await next(), "created l event");
  assert.equal(await post(inbox.port, "/p", { ...event, rule: "b", sequencer: "9" }), 200);
  assert.equal(await next(), "created k event yes");
  assert.equal(await post(inbox.port, "/p", { ...event, bucket: "other" }), 200, "not ours");
  listener.end("drained");
  assert.equal((await news.next()).done, true);
});

Deno.test("what a listing told of before its event came is repeated", async () => {
  await using place = await desk([]);
  await runOnce(place);
  const time = now();
  const etag = await place.put("k");
  await using listener = await place.open();
  await listener.start();
  assert.equal(listener.take([]), "taken");
  await using inbox = openInbox({ hostname: "127.0.0.1", port: 0, take: listener.take });
  await post(inbox.port, "/", { key: "k", etag, time });
  listener.end("drained");
  assert.deepEqual((await Array.fromAsync(listener.news())).map(text), [
    "created k listing",
    "created k event yes",
  ]);
});

Deno.test("what the first listing of all learned is told when its event comes", async () => {
  await using place = await desk([]);
  const time = now();
  const etags = [await place.put("a"), await place.put("b")];
  const arrive = (listener: Listener, key: string, etag: string) =>
    listener.take(parseEventBody(eventBody({ bucket: BUCKET, key, etag, time })));
  {
    await using listener = await place.open();
    await listener.start();
    arrive(listener, "a", etags[0]);
    listener.end("drained");
    assert.deepEqual((await Array.fromAsync(listener.news())).map(text), ["created a event"]);
  }
  await using listener = await place.open();
  await listener.start();
  arrive(listener, "b", etags[1]);
  listener.end("drained");
  assert.deepEqual((await Array.fromAsync(listener.news())).map(text), ["created b event"]);
});

Deno.test("what was being told when the process ended comes again, and perhaps repeated", async () => {
  await using place = await desk([]);
  await runOnce(place);
  {
    await using listener = await place.open();
    await using inbox = openInbox({ hostname: "127.0.0.1", port: 0, take: listener.take });
    const events = await Promise.all(
      ["a", "b", "c"].map(async (key) => ({ key, etag: await place.put(key), time: now() })),
    );
    await post(inbox.port, "/", ...events);
    for await (const { key } of listener.news()) if (key === "b") break;
  }
  assert.deepEqual(await runOnce(place), ["created b event perhaps", "created c event"]);
  assert.deepEqual(await runOnce(place), []);
});

Deno.test("events are acknowledged when all of a message are told", async () => {
  await using place = await desk([]);
  await runOnce(place);
  await using listener = await place.open();
  const told: string[] = [];
  const take = (name: string, ...keys: string[]) =>
    listener.take(eventsOf(...keys), { told: () => void told.push(name) });
  assert.equal(take("two", "a", "b"), "taken");
  assert.equal(take("none of ours"), "taken");
  assert.equal(take("again", "a"), "taken");
  const news = listener.news();
  const seen: string[] = [];
  const steps: string[][] = [];
  for (let count = 0; count < 3; count++) {
    seen.push(text((await news.next()).value!));
    steps.push([...told]);
  }
  listener.end("drained");
  assert.equal((await news.next()).done, true);
  assert.deepEqual(seen, ["created a event", "created b event", "created a event yes"]);
  assert.deepEqual(steps, [["none of ours"], ["none of ours"], ["none of ours", "two"]]);
  assert.deepEqual(told, ["none of ours", "two", "again"]);
});

Deno.test("an event that a broker sends again while it waits is told once", async () => {
  await using place = await desk([]);
  await runOnce(place);
  const told: string[] = [];
  {
    await using listener = await place.open();
    listener.take(eventsOf("a", "b"), { told: () => void told.push("lost connection") });
    listener.take(eventsOf("a", "b"), { again: "perhaps", told: () => void told.push("one") });
    const news = listener.news();
    assert.equal(text((await news.next()).value!), "created a event");
    // It is being told.
    listener.take(eventsOf("a"), { again: "perhaps", told: () => void told.push("while told") });
    assert.equal(text((await news.next()).value!), "created b event");
    assert.deepEqual(told, ["while told"]);
    listener.end("now");
  }
  await using listener = await place.open();
  // From the earlier run; the broker had no word of it.
  listener.take(eventsOf("b"), { again: "perhaps", told: () => void told.push("next run") });
  await listener.start();
  listener.end("drained");
  const all = (await Array.fromAsync(listener.news())).map(text);
  assert.deepEqual(all.slice(0, 1), ["created b event perhaps"]);
  assert.deepEqual(told, ["while told", "next run"]);
});

Deno.test("what is left comes again at the next start, and is not acknowledged", async () => {
  await using place = await desk([]);
  const keys = ["a", "b", "c"];
  for (const key of keys) await place.put(key);
  await runOnce(place);
  const told: string[] = [];
  {
    await using listener = await place.open();
    for (const key of keys) listener.take(eventsOf(key), { told: () => void told.push(key) });
    listener.end("drained");
    for await (const news of listener.news()) if (news.key !== "b") listener.leave(news);
  }
  assert.deepEqual(told, ["b"]);
  const next = (await runOnce(place)).filter((line) => line.startsWith("created"));
  assert.deepEqual(next, ["created a event perhaps", "created c event perhaps"]);
});

Deno.test("a listing can be asked for, one at a time", async () => {
  await using place = await desk(["a"]);
  await runOnce(place);
  await using listener = await place.open();
  await listener.start();
  await place.put("b");
  await Promise.all([listener.listAgain(), listener.listAgain()]);
  listener.end("drained");
  assert.deepEqual((await Array.fromAsync(listener.news())).map(text), ["created b listing"]);
});

Deno.test("listings go on beside the events", async () => {
  await using place = await desk(["a"]);
  await runOnce(place);
  await using listener = await place.open({ reconcileEvery: 20 });
  await listener.start();
  await place.remove("a");
  const first = await listener.news().next();
  assert.equal(text(first.value!), "removed a listing");
});

Deno.test("a listing that fails is told of, and tried again", async () => {
  await using place = await desk(["a"]);
  await runOnce(place);
  const failed = Promise.withResolvers<unknown>();
  await using listener = await Listener.open(place.embedded.store, BUCKET, {
    statePath: place.statePath,
    reconcileEvery: 20,
    onFailure: failed.resolve,
  });
  await listener.start();
  await place.stop();
  assert.match(String(await failed.promise), /refuses connections|broke/);
  listener.end("drained");
  assert.deepEqual(await Array.fromAsync(listener.news()), []);
});

Deno.test("the inbox takes events and nothing else", async () => {
  let answer: "taken" | "too-many" = "taken";
  await using inbox = openInbox({
    hostname: "127.0.0.1",
    port: 0,
    path: "/secret",
    take: () => answer,
  });
  const url = `http://127.0.0.1:${inbox.port}`;
  const status = async (path: string, init?: RequestInit) => {
    const response = await fetch(url + path, init);
    await response.body?.cancel();
    return response.status;
  };
  const body = eventBody({ key: "k" });
  assert.equal(await status("/secret", { method: "POST", body }), 200);
  assert.equal(await status("/other", { method: "POST", body }), 404);
  assert.equal(await status("/secret"), 405);
  assert.equal(await status("/secret", { method: "POST", body: "{}" }), 400);
  answer = "too-many";
  assert.equal(await status("/secret", { method: "POST", body }), 503);
  assert.throws(
    () => openInbox({ hostname: "127.0.0.1", port: inbox.port, take: () => "taken" }),
    { tag: "usage", message: /another program uses it/ },
  );
});

Deno.test("an aborted listener ends", async () => {
  await using place = await desk([]);
  const controller = new AbortController();
  await using listener = await Listener.open(place.embedded.store, BUCKET, {
    statePath: place.statePath,
    signal: controller.signal,
  });
  const news = listener.news().next();
  controller.abort();
  await assert.rejects(news, { tag: "cancelled" });
});
