import assert from "node:assert/strict";
import { Progress, renderProgress } from "../../src/show/progress.ts";
import { displayWidth } from "../../src/show/text.ts";

const CLEAR = "\r\x1b[2K";

function setUp(isTerminal: boolean, width = 80) {
  const clock = { now: 0, tick: () => {}, isTicking: false };
  const written: string[] = [];
  const progress = new Progress({
    isTerminal,
    write: (text) => written.push(text),
    now: () => clock.now,
    width: () => width,
    every: (_, tick) => {
      clock.tick = tick;
      clock.isTicking = true;
      return () => {
        clock.isTicking = false;
      };
    },
  });
  return { clock, written, progress };
}

Deno.test("nothing is written within half a second", () => {
  const { clock, written, progress } = setUp(true);
  progress.update({ fraction: 0.2 });
  clock.now = 499;
  progress.update({ fraction: 0.9 });
  progress.done();
  assert.deepEqual(written, []);
});

Deno.test("nothing is written where no person watches", () => {
  const { clock, written, progress } = setUp(false);
  clock.now = 5000;
  progress.update({ fraction: 0.5 });
  progress.done();
  assert.deepEqual(written, []);
  assert.equal(clock.isTicking, false);
});

Deno.test("the line appears, moves, and is cleared at the end", () => {
  const { clock, written, progress } = setUp(true);
  progress.update({ fraction: 0.1, bytes: 1000 });
  clock.now = 600;
  clock.tick();
  assert.equal(written.at(-1), `${CLEAR}━━──────────────────  10 % · 1.0 kB · 0.6 s`);
  progress.update({ fraction: 0.5 });
  assert.equal(written.length, 1, "drawn at most every tenth of a second");
  clock.now = 800;
  progress.update({ fraction: 0.5, rows: 1234 });
  assert.equal(
    written.at(-1),
    `${CLEAR}━━━━━━━━━━──────────  50 % · 1,234 rows · 1.0 kB · 0.8 s`,
  );
  progress.done();
  assert.equal(written.at(-1), CLEAR);
  assert.equal(clock.isTicking, false);
  progress.update({ fraction: 1 });
  assert.equal(written.length, 3);
});

Deno.test("a label from data cannot drive the terminal, and the line fits", () => {
  const { clock, written, progress } = setUp(true, 30);
  clock.now = 1000;
  progress.update({ label: "\x1b[2J" + "key".repeat(50), fraction: NaN });
  const line = written[0].slice(CLEAR.length);
  assert.ok(!line.includes("\x1b"));
  assert.ok(displayWidth(line) < 30);
});

Deno.test("the default clock and timer leave nothing behind", () => {
  const written: string[] = [];
  {
    using progress = new Progress({ isTerminal: true, write: (text) => written.push(text) });
    progress.update({ fraction: 0.5 });
  }
  assert.deepEqual(written, []);
});

Deno.test("an unknown fraction shows no bar, one past the end a full one", () => {
  assert.equal(renderProgress({ fraction: -1 }, 1), "1.0 s");
  assert.equal(renderProgress({ fraction: 1.2 }, 1), `${"━".repeat(20)} 100 % · 1.0 s`);
});
