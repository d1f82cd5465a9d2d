import assert from "node:assert/strict";
import { systemClock } from "../../src/range/clock.ts";

Deno.test("long waits end in their order, not before their time, and can be called off", async () => {
  const ended: string[] = [];
  const began = performance.now();
  const over = Promise.withResolvers<void>();
  const wait = (milliseconds: number, name: string) =>
    systemClock.after(milliseconds, () => {
      assert.ok(performance.now() - began >= milliseconds - 1, name);
      ended.push(name);
      if (name === "last") over.resolve();
    });
  wait(1_250, "last");
  wait(1_010, "second");
  const callOff = wait(1_020, "never");
  wait(1_000, "first");
  wait(5, "short");
  callOff();
  callOff();
  await over.promise;
  assert.deepEqual(ended, ["short", "first", "second", "last"]);
});

Deno.test("a wait that is called off by another's end does not end", async () => {
  const ended: string[] = [];
  const over = Promise.withResolvers<void>();
  systemClock.after(1_000, () => {
    ended.push("first");
    callOff();
    systemClock.after(1_000, over.resolve);
  });
  const callOff = systemClock.after(1_001, () => ended.push("second"));
  await over.promise;
  assert.deepEqual(ended, ["first"]);
});
