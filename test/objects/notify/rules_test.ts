import assert from "node:assert/strict";
import {
  addRule,
  listRules,
  type NewRule,
  removeRules,
} from "../../../src/objects/notify/rules.ts";
import { listTopics, topicName } from "../../../src/objects/notify/topics.ts";
import { closeClients } from "../../../src/store/client.ts";
import type { Store } from "../../../src/store/store.ts";
import { fakeStore } from "../../range/support/fake_store.ts";
import { s3Error, type ScriptedServer, scriptedServer, xml } from "../../store/scripted.ts";
import { fakeCeph } from "./ceph.ts";

const CREATED = ["s3:ObjectCreated:*"];
const HOOK = { address: "http://127.0.0.1:9/hook?a=b&c=d", delivery: "at-once" as const };
const FOREIGN = "<NotificationConfiguration><TopicConfiguration><Id>theirs</Id>" +
  "<Topic>arn:aws:sns:default::t</Topic><Event>s3:ObjectCreated:*</Event></TopicConfiguration>" +
  "</NotificationConfiguration>";

/** A store that is gone, with its connections, at the end. */
function storeOf({ url }: ScriptedServer): Store & Disposable {
  const store = fakeStore(new URL(url));
  return { ...store, [Symbol.dispose]: () => closeClients(store) };
}

Deno.test("a rule is added beside the others, with a topic of its own, and goes with it", async () => {
  await using ceph = fakeCeph();
  ceph.topics.set("arn:aws:sns:default::t", new Map());
  ceph.configuration = FOREIGN;
  using store = storeOf(ceph);
  const wanted: NewRule = { name: "raw files", events: CREATED, prefix: "raw/", to: HOOK };
  const rule = await addRule(store, "b", wanted);
  assert.equal(rule.arn, `arn:aws:sns:default::${topicName("b", "raw files")}`);
  assert.deepEqual(ceph.topics.get(rule.arn), new Map([["push-endpoint", HOOK.address]]));
  assert.deepEqual((await listRules(store, "b")).map(({ name }) => name), ["theirs", "raw files"]);
  assert.deepEqual(await addRule(store, "b", wanted), rule);
  const [, own] = await listTopics(store);
  assert.deepEqual(own, {
    name: topicName("b", "raw files"),
    arn: rule.arn,
    address: HOOK.address,
    delivery: "at-once",
    exchange: undefined,
    ackLevel: undefined,
  });
  assert.deepEqual(await removeRules(store, "b", ["raw files"]), [rule]);
  assert.deepEqual([...ceph.topics.keys()], ["arn:aws:sns:default::t"]);
  assert.deepEqual((await listRules(store, "b")).map(({ name }) => name), ["theirs"]);
  await removeRules(store, "b", "all");
  assert.deepEqual(await listRules(store, "b"), []);
  assert.ok(ceph.topics.has("arn:aws:sns:default::t"), "a topic of another is left alone");
});

Deno.test("a broker's settings are those of its topic", async () => {
  await using ceph = fakeCeph();
  using store = storeOf(ceph);
  const to = {
    address: "amqp://broker:5672/lab",
    exchange: "e",
    ackLevel: "routable" as const,
    delivery: "persistent" as const,
  };
  await addRule(store, "b", { events: CREATED, to });
  const [{ name: _name, arn: _arn, ...settings }] = await listTopics(store);
  assert.deepEqual(settings, to);
  const secret = { ...to, address: "amqp://alice:a-long-password@broker/lab" };
  const sent = ceph.seen.length;
  await assert.rejects(addRule(store, "b", { events: CREATED, to: secret }), {
    tag: "usage",
    message: /takes no secrets over plain HTTP/,
  });
  await assert.rejects(
    addRule(store, "b", { events: CREATED, to: { ...to, exchange: undefined } }),
    { tag: "usage", message: /--exchange/ },
  );
  assert.equal(ceph.seen.length, sent, "nothing is asked for what cannot be");
});

Deno.test("another rule's name, an unknown topic, an unknown event are told apart", async () => {
  await using ceph = fakeCeph();
  using store = storeOf(ceph);
  await addRule(store, "b", { name: "n", events: CREATED, to: HOOK });
  await assert.rejects(addRule(store, "b", { name: "n", events: CREATED, suffix: "x", to: HOOK }), {
    tag: "usage",
    message: "s3://b has another rule n",
  });
  const arn = "arn:aws:sns:default::nope";
  await assert.rejects(addRule(store, "b", { events: CREATED, to: arn }), {
    tag: "key_not_found",
    message: /there is no topic arn:aws:sns:default::nope/,
  });
  await assert.rejects(addRule(store, "b", { events: ["s3:Unknown:*"], to: HOOK }), {
    tag: "unsupported",
    hint: /events \(s3:Unknown:\*\)/,
  });
  assert.equal(ceph.topics.size, 1, "no topic is left behind");
  await assert.rejects(addRule(store, "b", { events: CREATED, to: "arn:aws:iam::1:user/x" }), {
    tag: "usage",
  });
  await assert.rejects(removeRules(store, "b", ["m"]), { tag: "key_not_found" });
});

Deno.test("what the service does not keep of a rule is said, and the rule is taken back", async () => {
  await using ceph = fakeCeph((text) => text.replace(/<Filter>.*?<\/Filter>/, ""));
  using store = storeOf(ceph);
  await assert.rejects(addRule(store, "b", { events: CREATED, suffix: ".csv", to: HOOK }), {
    tag: "unsupported",
    message: /does not keep the suffix of the rule/,
  });
  assert.deepEqual(await listRules(store, "b"), []);
  assert.equal(ceph.topics.size, 0);
});

Deno.test("a service that replaces the rules keeps the others, and is never asked to DELETE", async () => {
  let kept = FOREIGN;
  await using server = scriptedServer(({ method, path, body }) => {
    if (method === "POST") return s3Error(405, "MethodNotAllowed");
    assert.ok(path.includes("notification"));
    if (method === "PUT") kept = body;
    return method === "PUT" ? new Response() : xml(kept);
  });
  using store = storeOf(server);
  const to = "arn:aws:sqs:us-east-1:1:q";
  await addRule(store, "b", { name: "q", events: CREATED, to });
  assert.deepEqual((await listRules(store, "b")).map(({ name }) => name), ["theirs", "q"]);
  await removeRules(store, "b", ["theirs"]);
  assert.deepEqual((await listRules(store, "b")).map(({ kind, arn }) => [kind, arn]), [
    ["queue", to],
  ]);
  await removeRules(store, "b", "all");
  assert.deepEqual(await listRules(store, "b"), []);
  await assert.rejects(addRule(store, "b", { events: CREATED, to: HOOK }), {
    tag: "unsupported",
    message: /has no notifications of buckets/,
  });
  assert.ok(server.seen.every(({ method }) => method !== "DELETE"));
});

Deno.test("a service without notifications says so in one sentence", async (t) => {
  const answers: Record<string, (method: string) => Response> = {
    "501": () => s3Error(501, "NotImplemented"),
    "the request taken for one that makes a bucket": (method) =>
      method === "GET"
        ? xml("<NotificationConfiguration/>")
        : s3Error(409, "BucketAlreadyOwnedByYou"),
    "a listing": () => xml("<ListBucketResult><Name>b</Name></ListBucketResult>"),
    "IAM at the same address": (method) =>
      method === "POST"
        ? new Response(
          '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>' +
            "<Code>AccessDenied</Code></Error></ErrorResponse>",
          { status: 403 },
        )
        : xml("<NotificationConfiguration/>"),
  };
  for (const [name, answer] of Object.entries(answers)) {
    await t.step(name, async () => {
      await using server = scriptedServer(({ method }) => answer(method));
      using store = storeOf(server);
      const to = name.startsWith("IAM") ? HOOK : "arn:aws:sns:us-east-1:1:t";
      await assert.rejects(addRule(store, "b", { events: CREATED, to }), {
        tag: "unsupported",
        message: `${server.url} has no notifications of buckets`,
        hint: /dipper notify listen/,
      });
    });
  }
});

Deno.test("AWS takes ARNs, not addresses", async () => {
  const store = fakeStore(undefined);
  await assert.rejects(addRule(store, "b", { events: CREATED, to: HOOK }), {
    tag: "unsupported",
    hint: /--topic ARN/,
  });
});

Deno.test("rules whose names look alike have topics of their own", () => {
  const names = ["a b", "a_b", "a\u00fcb", "x".repeat(300), "x".repeat(301)];
  const topics = names.map((name) => topicName("bucket", name));
  assert.equal(new Set(topics).size, names.length);
  for (const topic of topics) assert.match(topic, /^[A-Za-z0-9_-]{1,256}$/);
});
