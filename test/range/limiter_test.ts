import assert from "node:assert/strict";
import { Limiter, type Place } from "../../src/range/limiter.ts";
import type { Priority } from "../../src/range/source.ts";
import { FakeClock, settle } from "./support/fake_clock.ts";

const MIB = 1024 * 1024;

function lab(start: number, most = start) {
  const clock = new FakeClock();
  const limiter = new Limiter(clock, { start, most });
  const entered: string[] = [];
  const enter = (name: string, priority: Priority = "foreground", bytes = 1000) => {
    const place: Place = { priority, bytes };
    const controller = new AbortController();
    const done = limiter.enter(place, controller.signal).then(
      () => void entered.push(name),
      (error) => void entered.push(`${name} ${error.name}`),
    );
    return { place, controller, done };
  };
  return { clock, limiter, entered, enter };
}

Deno.test("no more requests than the limit are under way, in their order", async () => {
  const t = lab(2);
  const places = ["a", "b", "c", "d"].map((name) => t.enter(name));
  await settle();
  assert.deepEqual(t.entered, ["a", "b"]);
  t.limiter.leave(places[0].place, true);
  await settle();
  assert.deepEqual(t.entered, ["a", "b", "c"]);
  assert.equal(t.limiter.waiting, 1);
});

Deno.test("who waits for bytes goes before read-ahead, which leaves a quarter of the places free", async () => {
  const t = lab(4);
  const ahead = ["1", "2", "3", "4"].map((name) => t.enter(name, "ahead"));
  await settle();
  assert.deepEqual(t.entered, ["1", "2", "3"]);
  t.enter("x");
  t.enter("y");
  await settle();
  t.limiter.leave(ahead[0].place, true);
  await settle();
  assert.deepEqual(t.entered, ["1", "2", "3", "x", "y"]);
});

Deno.test("read-ahead that somebody waits for now goes before the rest", async () => {
  const t = lab(1);
  const first = t.enter("first");
  t.enter("a", "ahead");
  const raised = t.enter("b", "ahead");
  await settle();
  t.limiter.raise(raised.place);
  t.limiter.leave(first.place, true);
  await settle();
  assert.deepEqual(t.entered, ["first", "b"]);
});

Deno.test("a request that is given up leaves the queue", async () => {
  const t = lab(1);
  const first = t.enter("first");
  const second = t.enter("second");
  t.enter("third");
  await settle();
  second.controller.abort();
  t.limiter.leave(first.place, true);
  await settle();
  assert.deepEqual(t.entered, ["first", "second CancelledError", "third"]);
  assert.equal(t.limiter.waiting, 0);
});

Deno.test("a service that asks for fewer gets half, once a wave, and more again as it answers", async () => {
  const t = lab(64, 96);
  const places = Array.from({ length: 40 }, (_, index) => t.enter(`${index}`));
  await settle();
  for (let refusal = 0; refusal < 10; refusal++) t.limiter.throttled();
  assert.equal(t.limiter.limit, 20);
  await t.clock.pass(600);
  t.limiter.throttled();
  assert.equal(t.limiter.limit, 10);
  for (const { place } of places) t.limiter.leave(place, true);
  assert.ok(t.limiter.limit >= 12 && t.limiter.limit <= 15, `${t.limiter.limit}`);
});

Deno.test("while nothing is refused and requests wait, the limit doubles with every round", async () => {
  const t = lab(4, 20);
  const places = Array.from({ length: 60 }, (_, index) => t.enter(`${index}`));
  await settle();
  for (let index = 0; index < 4; index++) t.limiter.leave(places[index].place, true);
  await settle();
  assert.equal(t.limiter.limit, 8);
  assert.equal(t.limiter.underWay, 8);
  for (let index = 4; index < 18; index++) t.limiter.leave(places[index].place, true);
  assert.equal(t.limiter.limit, 20);
});

Deno.test("a slow line is not asked for more than it carries in two seconds; small reads pass", async () => {
  const t = lab(64);
  const places = Array.from({ length: 70 }, (_, i) => t.enter(`${i}`, "foreground", 2 * MIB));
  await settle();
  // 5 MiB a second, measured while others wait.
  for (let tick = 0; tick < 40; tick++) {
    await t.clock.pass(100);
    t.limiter.received(0.5 * MIB);
  }
  assert.ok(Math.abs(t.limiter.byteLimit / MIB - 10) < 3, `${t.limiter.byteLimit / MIB} MiB`);
  for (let index = 0; index < 62; index++) t.limiter.leave(places[index].place, true);
  await settle();
  assert.ok(t.limiter.underWay <= 7, `${t.limiter.underWay}`);
  t.enter("small", "foreground", 10_000);
  await settle();
  assert.ok(t.entered.includes("small"));
});

Deno.test("the limit grows while small requests stay quick, and not when they slow down", async () => {
  for (const [later, limit] of [[50, 6], [500, 4]]) {
    const t = lab(2, 100);
    const places = Array.from({ length: 30 }, (_, index) => t.enter(`${index}`));
    await t.clock.pass(30);
    for (const { place } of places.slice(0, 2)) t.limiter.leave(place, true);
    assert.equal(t.limiter.limit, 4);
    await t.clock.pass(later);
    for (const { place } of places.slice(2, 4)) t.limiter.leave(place, true);
    assert.equal(t.limiter.limit, limit);
  }
});
