import assert from "node:assert/strict";
import { Mutex } from "../../src/engine/mutex.ts";

Deno.test("turns come one at a time, in the order of asking", async () => {
  const mutex = new Mutex();
  const log: string[] = [];
  await Promise.all([1, 2, 3].map(async (n) => {
    const end = await mutex.acquire();
    log.push(`begin ${n}`);
    await Promise.resolve();
    log.push(`end ${n}`);
    end();
  }));
  assert.deepEqual(log, ["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
});

Deno.test("ending a turn twice ends it once", async () => {
  const mutex = new Mutex();
  const end = await mutex.acquire();
  assert.equal(mutex.isBusy, true);
  end();
  end();
  assert.equal(mutex.isBusy, false);
  const second = await mutex.acquire();
  let isThird = false;
  const third = mutex.acquire().then((each) => {
    isThird = true;
    return each;
  });
  end();
  await Promise.resolve();
  assert.equal(isThird, false);
  second();
  (await third)();
  assert.equal(mutex.isBusy, false);
});
