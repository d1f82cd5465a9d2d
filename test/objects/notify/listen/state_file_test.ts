import assert from "node:assert/strict";
import { join } from "node:path";
import type { ObjectNews } from "../../../../src/objects/notify/listen/news.ts";
import { StateFile } from "../../../../src/objects/notify/listen/state_file.ts";

const SCOPE = { endpoint: "http://x", bucket: "b", prefix: "", suffix: "" };

function news(id: string, more: Partial<ObjectNews> = {}): ObjectNews {
  return {
    id,
    kind: "created",
    name: "ObjectCreated:Put",
    bucket: "b",
    key: id,
    time: 1000,
    size: 1,
    etag: "e",
    versionId: undefined,
    found: "event",
    repeated: "no",
    ...more,
  };
}

async function withFolder(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dipper-state-" });
  try {
    await work(join(folder, "inner", "state.jsonl"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("what was known, told and set is there again", async () => {
  await withFolder(async (path) => {
    {
      using state = await StateFile.open(path, SCOPE);
      assert.equal(state.hasBase, false);
      state.remember("é\n", { etag: "e1", time: 5, from: "listing" });
      state.remember("gone", { etag: undefined, time: 6, from: "event" });
      state.remember("gone", undefined);
      state.remember("old", { etag: "e2", time: 7, from: "listing", doubtful: true });
      state.markBase();
      state.markRule("r");
      for (const id of ["one", "two", "three"]) state.addPending(news(id));
      state.begin("one");
      state.finish("one");
      state.begin("two");
    }
    for (let times = 0; times < 2; times++) { // as written, and as written anew
      using state = await StateFile.open(path, SCOPE);
      assert.equal(state.hasBase, true);
      assert.equal(state.rule, "r");
      assert.deepEqual(state.objects.get("é\n"), { etag: "e1", time: 5, from: "listing" });
      assert.equal(state.objects.get("old")?.doubtful, true);
      assert.ok(!state.objects.has("gone"));
      assert.ok(state.recent.has("one"));
      const pending = [...state.pending.values()].map(({ id, repeated }) => [id, repeated]);
      assert.deepEqual(pending, [["two", "perhaps"], ["three", "no"]]);
      assert.ok(state.objects.has("two"), "what waits to be told is known");
    }
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  });
});

Deno.test("a journal that is cut anywhere is read up to there", async () => {
  await withFolder(async (path) => {
    {
      using state = await StateFile.open(path, SCOPE);
      for (let at = 0; at < 5; at++) {
        state.addPending(news(`n${at}`, { found: "listing", name: "" }));
        state.remember(`n${at}`, { etag: "e", time: 1000, from: "listing" });
        state.begin(`n${at}`);
        state.finish(`n${at}`);
      }
    }
    const whole = await Deno.readFile(path);
    const header = whole.indexOf(10) + 1;
    for (let length = header; length <= whole.length; length += 7) {
      await Deno.writeFile(path, whole.subarray(0, length));
      using state = await StateFile.open(path, SCOPE);
      const ended = [...state.recent.entries()].length;
      assert.ok(state.pending.size <= 1);
      assert.equal(state.objects.size, ended + state.pending.size);
    }
  });
});

Deno.test("only a late event is known when a newer one came after it", async () => {
  await withFolder(async (path) => {
    {
      using state = await StateFile.open(path, SCOPE);
      state.remember("k", { etag: "new", time: 9000, from: "event" });
      state.addPending(news("x", { key: "k", etag: "old" }));
      state.addPending(news("y", { key: "k", kind: "removed", time: 8000 }));
    }
    using state = await StateFile.open(path, SCOPE);
    assert.equal(state.objects.get("k")?.etag, "new");
  });
});

Deno.test("a file belongs to one listener and one address", async () => {
  await withFolder(async (path) => {
    {
      using _state = await StateFile.open(path, SCOPE);
      await assert.rejects(StateFile.open(path, SCOPE), {
        tag: "usage",
        message: /another listener uses/,
      });
    }
    await assert.rejects(StateFile.open(path, { ...SCOPE, prefix: "other/" }), {
      tag: "usage",
      message: /is the state of a listener to s3:\/\/b\/\*/,
    });
    await Deno.writeTextFile(path, "a,b\n1,2\n");
    await assert.rejects(StateFile.open(path, SCOPE), { tag: "unreadable_file" });
    await Deno.remove(path);
    await Deno.mkdir(path);
    await assert.rejects(StateFile.open(path, SCOPE), { tag: "usage", hint: /--state/ });
  });
});
