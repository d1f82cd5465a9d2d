import assert from "node:assert/strict";
import { join } from "node:path";
import { firstLines, nameOf, openJournal } from "../../../src/objects/transfer/journal.ts";

const IDENTITY = ["upload", "http://127.0.0.1", "b", "k", "/f"];

async function inFolder(body: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dipper-journal-" });
  try {
    body(join(folder, "state"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("what was written is there in the next try, but for a line that was cut off", async () => {
  await inFolder((folder) => {
    const first = openJournal(folder, IDENTITY);
    assert.deepEqual(first.lines, []);
    first.restart({ uploadId: "u" });
    first.add({ number: 1 });
    first.close();
    const path = join(folder, `${nameOf(IDENTITY)}.jsonl`);
    Deno.writeTextFileSync(path, '\n{"num', { append: true });
    const second = openJournal(folder, IDENTITY);
    assert.deepEqual(second.lines, [{ uploadId: "u" }, { number: 1 }]);
    second.add({ number: 2 });
    second.close();
    const third = openJournal(folder, IDENTITY);
    assert.deepEqual(third.lines, [{ uploadId: "u" }, { number: 1 }, { number: 2 }]);
    assert.deepEqual(firstLines(folder), new Map([[nameOf(IDENTITY), { uploadId: "u" }]]));
    third.remove();
    third.remove();
    third.close();
    assert.deepEqual(firstLines(folder), new Map());
  });
});

Deno.test("two at a time are not at one transfer", async () => {
  await inFolder((folder) => {
    const one = openJournal(folder, IDENTITY);
    assert.throws(() => openJournal(folder, IDENTITY), { tag: "usage" });
    openJournal(folder, ["another"]).close();
    one.close();
    openJournal(folder, IDENTITY).close();
  });
});

Deno.test("a folder that is not there has no journals, and other files are none", async () => {
  await inFolder((folder) => {
    assert.deepEqual(firstLines(folder), new Map());
    Deno.mkdirSync(folder);
    Deno.writeTextFileSync(join(folder, "notes.txt"), "{}");
    Deno.writeTextFileSync(join(folder, "empty.jsonl"), "");
    assert.deepEqual(firstLines(folder), new Map());
  });
});
