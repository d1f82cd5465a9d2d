import assert from "node:assert/strict";
import { join } from "node:path";
import { addRule, listRules, removeRules } from "../../src/objects/notify/rules.ts";
import { listTopics, topicName } from "../../src/objects/notify/topics.ts";
import { Desk } from "../cli/command.ts";
import { LineReader } from "../support/lines.ts";
import { eventBody } from "../objects/notify/listen/records.ts";
import { Broker } from "./support/broker.ts";
import { type Place, place } from "./features/place.ts";
import { server } from "./support/servers.ts";

const RULE = "to-broker";
const CREATED = ["s3:ObjectCreated:*"];

/** What `--json` prints of a change. */
interface News {
  readonly key: string;
  readonly kind: string;
  readonly found: string;
  readonly repeated: string;
}

/** A bucket on Ceph whose events go to the broker, and a queue of its own. */
class Bench implements AsyncDisposable {
  readonly broker = new Broker();
  readonly queue = `dipper-test-${crypto.randomUUID().slice(0, 8)}`;

  private constructor(readonly where: Place, readonly desk: Desk) {}

  static async make(): Promise<Bench> {
    const bench = new Bench(await place(server("ceph")), await Desk.empty());
    const { store, bucket } = bench.where;
    const { open, exchange } = bench.broker;
    // With another level Ceph 16.2 waits 0.2 s at each write, and was seen to end itself.
    const how = { ackLevel: "none", delivery: "at-once" } as const;
    const to = { address: open, exchange, ...how };
    await addRule(store, bucket, { name: RULE, events: CREATED, to });
    return bench;
  }

  get env(): Record<string, string> {
    const { endpoint, owner } = server("ceph");
    return {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: owner.accessKeyId,
      AWS_SECRET_ACCESS_KEY: owner.secretAccessKey,
      AWS_REGION: "us-east-1",
    };
  }

  /** What the events of its rule have at the exchange, where Ceph puts the topic's name. */
  get routingKey(): string {
    return topicName(this.where.bucket, RULE);
  }

  args(...more: string[]): string[] {
    const { broker, desk, queue, where, routingKey } = this;
    const from = ["--amqp", broker.url(), "--exchange", broker.exchange, "--queue", queue];
    from.push("--routing-key", routingKey);
    const state = ["--state", join(desk.home, "state.jsonl")];
    return ["notify", "listen", `s3://${where.bucket}`, ...from, ...state, ...more];
  }

  /** A listener that prints JSON. */
  listen(...more: string[]): { child: Deno.ChildProcess; news: LineReader; notes: LineReader } {
    const child = this.desk.spawn(this.args("--json", ...more), { env: this.env });
    return { child, news: new LineReader(child.stdout), notes: new LineReader(child.stderr) };
  }

  async once(...more: string[]): Promise<News[]> {
    const out = await this.desk.out(this.args("--once", "--json", ...more), { env: this.env });
    return out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as News);
  }

  /** Until so many messages wait in the queue: the service sends without being asked. */
  async arrived(count: number): Promise<void> {
    for (let looks = 0; looks < 600; looks++) {
      if (await this.broker.waiting(this.queue) >= count) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal(await this.broker.waiting(this.queue), count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeRules(this.where.store, this.where.bucket, "all");
    await this.broker.remove(this.queue);
    await this.desk[Symbol.asyncDispose]();
    await this.where[Symbol.asyncDispose]();
  }
}

const text = ({ key, kind, found, repeated }: News) => `${kind} ${key} ${found} ${repeated}`;

Deno.test("ceph: events wait in a broker's queue until somebody listens", async () => {
  await using bench = await Bench.make();
  const { where, broker, queue } = bench;
  await where.put("before", "x");
  assert.deepEqual(await bench.once(), [], "the first run learns");
  await where.put("a b/é+&.txt", "x");
  await where.put("k", "x");
  await where.put("k", "other");
  await bench.arrived(3);
  assert.deepEqual((await bench.once()).map(text), [
    "created a b/é+&.txt event no",
    "created k event no",
    "created k event no",
  ]);
  assert.equal(await broker.waiting(queue), 0);
  assert.deepEqual(await bench.once(), []);
});

Deno.test("ceph: killed listeners lose nothing, and say what they repeat", async () => {
  await using bench = await Bench.make();
  const { where, broker, queue } = bench;
  await bench.once();
  const keys = Array.from({ length: 60 }, (_, index) => `k${String(index).padStart(2, "0")}`);
  for (const key of keys) await where.put(key, key);
  await bench.arrived(keys.length);
  const told: News[] = [];
  for (const count of [1, 7, 20]) {
    const { child, news, notes } = bench.listen("--prefetch", "10");
    for (let left = count; left > 0; left--) told.push(JSON.parse(await news.next()) as News);
    child.kill("SIGKILL");
    const rest = await news.rest();
    told.push(...rest.map((line) => JSON.parse(line) as News));
    await Promise.all([child.status, notes.rest()]);
  }
  told.push(...await bench.once());
  const fresh = told.filter(({ repeated }) => repeated === "no").map(({ key }) => key);
  assert.deepEqual(fresh, [...new Set(fresh)].sort(), "each is new once, in its order");
  // What a killed listener was about to tell may have been told by it.
  const perhaps = told.filter(({ repeated }) => repeated === "perhaps").map(({ key }) => key);
  assert.deepEqual([...new Set([...fresh, ...perhaps])].sort(), keys);
  assert.ok(perhaps.length <= 3, perhaps.join());
  const again = told.filter(({ repeated }) => repeated === "yes");
  assert.ok(again.length <= 3 * 10, `${again.length} were repeated`);
  assert.ok(told.every(({ found }) => found === "event"));
  assert.equal(await broker.waiting(queue), 0);
});

Deno.test("ceph: a broker that goes and comes back is reached again, and nothing is lost", async () => {
  await using bench = await Bench.make();
  const { where, broker } = bench;
  await bench.once();
  const { child, news, notes } = bench.listen();
  assert.match(await notes.next(), /listening at the queue/);
  await where.put("first", "x");
  for (;;) { // the listing at the start may come before it
    const { key, found } = JSON.parse(await news.next()) as News;
    assert.equal(key, "first");
    if (found === "event") break;
  }
  await broker.turn("stop");
  assert.match(await notes.next(), /the broker .* has gone/);
  await where.put("meanwhile", "x"); // Ceph cannot send this one
  await broker.turn("run");
  assert.match(await notes.next(), /is back/);
  const found = JSON.parse(await news.next()) as News;
  assert.equal(text(found), "created meanwhile listing no");
  // Ceph finds the broker again after a while; until then its events are lost.
  const after = eventBody({ bucket: where.bucket, key: "after", time: soon() });
  await broker.send([after], bench.routingKey);
  for (;;) {
    const { key, found } = JSON.parse(await news.next()) as News;
    assert.notEqual(key, "first", "it was acknowledged");
    if (key === "after" && found === "event") break;
  }
  child.kill("SIGINT");
  assert.equal((await child.status).code, 0);
  await Promise.all([news.rest(), notes.rest()]);
});

Deno.test("ceph: what a command fails for stays in the queue and comes again", async () => {
  await using bench = await Bench.make();
  const { where, broker, queue, desk } = bench;
  await bench.once();
  for (const key of ["a", "b", "c"]) await where.put(key, key);
  await bench.arrived(3);
  const run = (...more: string[]) =>
    desk.run(bench.args("--once", "--exec", "sh -c 'echo {key}; test {key} = b'", ...more), {
      env: bench.env,
    });
  const failing = await run();
  assert.equal(failing.code, 6, failing.stderr);
  assert.match(failing.stderr, /failed for 2 of 3 changes/);
  assert.match(failing.stderr, /They come again at the next start/);
  assert.equal(failing.stdout, "a\nb\nc\n");
  assert.equal(await broker.waiting(queue), 2);
  const stopped = await run("--prefetch", "1");
  assert.equal(stopped.code, 6, stopped.stderr);
  assert.match(stopped.stderr, /failed for 1 of 1 changes, as many as --prefetch lets wait/);
  assert.equal(await broker.waiting(queue), 2);
  assert.deepEqual((await bench.once()).map(text), [
    "created a event perhaps",
    "created c event perhaps",
  ]);
  assert.equal(await broker.waiting(queue), 0);
  assert.deepEqual(await bench.once(), []);
});

Deno.test("ceph: without its state a listener hears again what was not acknowledged", async () => {
  await using bench = await Bench.make();
  const { where, broker, queue, desk } = bench;
  await bench.once();
  for (const key of ["a", "b"]) await where.put(key, key);
  await bench.arrived(2);
  const failing = await desk.run(bench.args("--once", "--exec", "false"), { env: bench.env });
  assert.equal(failing.code, 6, failing.stderr);
  await Deno.remove(join(desk.home, "state.jsonl"));
  assert.deepEqual((await bench.once()).map(text), ["created a event no", "created b event no"]);
  assert.equal(await broker.waiting(queue), 0);
});

Deno.test("ceph: --register with a broker sets a rule for the time being", async () => {
  await using bench = await Bench.make();
  const { where, broker } = bench;
  await removeRules(where.store, where.bucket, "all");
  const register = ["--register", "--address", broker.open, "--max-events", "1"];
  register.push("--routing-key", "#");
  const { child, news, notes } = bench.listen(...register);
  assert.match(await notes.next(), /listening at the queue/);
  const [rule] = await listRules(where.store, where.bucket);
  const topic = (await listTopics(where.store)).find(({ arn }) => arn === rule.arn);
  assert.deepEqual([topic?.address, topic?.exchange], [broker.open, broker.exchange]);
  await where.put("k", "x");
  assert.equal(text(JSON.parse(await news.next()) as News), "created k event no");
  assert.equal((await child.status).code, 0);
  await Promise.all([news.rest(), notes.rest()]);
  assert.deepEqual(await listRules(where.store, where.bucket), []);
});

Deno.test("ceph: a queue is for one listener; what is no event is passed over", async () => {
  await using bench = await Bench.make();
  const { where, broker, desk } = bench;
  await bench.once();
  const { child, news, notes } = bench.listen();
  assert.match(await notes.next(), /listening at the queue/);
  const second = await desk.run([...bench.args("--once"), "--state", join(desk.home, "2.jsonl")], {
    env: bench.env,
  });
  assert.equal(second.code, 2, second.stderr);
  assert.match(second.stderr, /another listener reads the queue/);
  const { bucket } = where;
  await broker.send([
    "no JSON",
    eventBody({ bucket: "somebody-elses", key: "k", time: soon() }),
    eventBody({ bucket, key: "1", time: soon() }, { bucket, key: "2", time: soon() }),
  ], bench.routingKey);
  assert.match(await notes.next(), /holds no event of a bucket/);
  assert.match(await notes.next(), /events of other addresses/);
  for (const key of ["1", "2"]) {
    assert.equal(text(JSON.parse(await news.next()) as News), `created ${key} event no`);
  }
  child.kill("SIGINT");
  assert.equal((await child.status).code, 0);
  await Promise.all([news.rest(), notes.rest()]);
  assert.equal(await broker.waiting(bench.queue), 0);
});

Deno.test("ceph: a broker's refusals are told, and never its password", async () => {
  await using bench = await Bench.make();
  const { where, broker, desk } = bench;
  const canary = "canary-of-a-password-1";
  const listen = ["notify", "listen", `s3://${where.bucket}`, "--once"];
  const { exchange, certificate, password } = broker;
  const to = (url: string, ...more: string[]) => [...listen, "--amqp", url, ...more];
  const nowhere = new URL(broker.url({ password: canary }));
  nowhere.port = "9";
  const noHost = new URL(broker.url());
  noHost.pathname = "/none";
  const wrongTls = broker.url({ password: canary }).replace("amqp:", "amqps:");
  const stranger = broker.url({ user: "stranger", password: "stranger-0123456789" });
  const bind = ["--exchange", exchange];
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [to(broker.url({ password: canary }), ...bind), 4, /refuses the user listener/],
    [to(stranger, ...bind), 4, /does not let stranger use queue/],
    [to(broker.url(), "--exchange", "none"), 3, /no exchange none/],
    [to(broker.url(), "--queue", "none"), 3, /no queue none/],
    [to(noHost.href, ...bind), 3, /no virtual host none/],
    [to(nowhere.href, ...bind), 5, /cannot be reached/],
    [to(broker.url({ protocol: "amqps" }), ...bind), 5, /certificate .* is not trusted/],
    [to(wrongTls, ...bind), 5, /does not speak TLS/],
    [to(broker.url(), ...bind, "--register"), 2, /no secrets over plain HTTP/],
    [to(`amqp://u:${canary}@:x/`, ...bind), 2, /none of an AMQP broker/],
  ];
  const seen: string[] = [];
  for (const [args, code, message] of cases) {
    const ran = await desk.run([...args, "--debug"], { env: bench.env });
    assert.equal(ran.code, code, ran.stderr);
    assert.match(ran.stderr, message);
    seen.push(ran.stdout, ran.stderr);
  }
  const trusting = { ...bench.env, AWS_CA_BUNDLE: certificate, DIPPER_AMQP_PASSWORD: password };
  const tls = broker.url({ protocol: "amqps", password: "" });
  const ran = await desk.run(to(tls, ...bind, "--queue", bench.queue, "--json"), { env: trusting });
  assert.equal(ran.code, 0, ran.stderr);
  seen.push(ran.stdout, ran.stderr);
  for await (const { name, isFile } of Deno.readDir(desk.home)) {
    if (isFile) seen.push(await Deno.readTextFile(join(desk.home, name)));
  }
  const all = seen.join("\n");
  assert.doesNotMatch(all, new RegExp(`${canary}|${password}|stranger-0123`));
});

/** Later than what a listing could have seen. */
function soon(): string {
  return new Date(Date.now() + 60_000).toISOString();
}
