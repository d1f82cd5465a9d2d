import assert from "node:assert/strict";
import { QueueRoom } from "../../../src/range/cache/queue_room.ts";

const MIB = 1024 * 1024;
const never = new AbortController().signal;

function room(patience = 60_000, rest = 60_000): QueueRoom {
  return new QueueRoom({ limit: 10 * MIB, patience, rest });
}

Deno.test("requests begin while what they bring has room, small ones always", () => {
  const queue = room();
  for (let count = 0; count < 5; count++) {
    assert.ok(!(queue.expect(2 * MIB, never) instanceof Promise));
  }
  assert.ok(!(queue.expect(100_000, never) instanceof Promise));
  const aborted = AbortSignal.abort();
  assert.ok(queue.expect(MIB, aborted) instanceof Promise);
});

Deno.test("a request for more than the whole queue begins when nothing else waits", () => {
  assert.ok(!(room().expect(50 * MIB, never) instanceof Promise));
});

Deno.test("who waits begins in turn as the disk catches up", async () => {
  const queue = room();
  const come = queue.expect(9 * MIB, never) as () => void;
  const order: number[] = [];
  const waiting = [4, 3, 1].map(async (size, index) => {
    const entered = await queue.expect(size * MIB, never);
    order.push(index);
    return entered;
  });
  assert.equal(queue.waiting, 3);
  // What has come waits to be written: no room is won by that.
  queue.changed(9 * MIB);
  come();
  come();
  await Promise.resolve();
  assert.deepEqual(order, []);
  queue.changed(-4 * MIB);
  await waiting[0];
  assert.deepEqual(order, [0]);
  queue.changed(-5 * MIB);
  await Promise.all(waiting);
  assert.deepEqual(order, [0, 1, 2]);
  assert.equal(queue.waiting, 0);
});

Deno.test("an abort ends the wait, and what will not come takes no room", async () => {
  const queue = room();
  const come = queue.expect(9 * MIB, never) as () => void;
  const controller = new AbortController();
  const waiting = queue.expect(5 * MIB, controller.signal);
  controller.abort();
  const given = await waiting;
  assert.equal(queue.waiting, 0);
  given();
  come();
  assert.ok(!(queue.expect(10 * MIB, never) instanceof Promise));
});

Deno.test("a disk that does not catch up holds nobody up for long, and then nobody at all", async () => {
  const queue = room(1);
  queue.changed(10 * MIB);
  await Promise.all([1, 2, 3].map(() => queue.expect(2 * MIB, never)));
  assert.ok(!(queue.expect(2 * MIB, never) instanceof Promise));
});
