import assert from "node:assert/strict";
import { join } from "node:path";
import { Marks } from "../../../src/objects/transfer/marks.ts";

const KIB = 1024;

async function inFolder(body: (path: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dipper-marks-" });
  try {
    body(join(folder, "marks"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function open(path: string, body: (marks: Marks) => void): void {
  using marks = new Marks(path, 2);
  body(marks);
}

Deno.test("what was marked is there in the next process, in as many places as there are", async () => {
  await inFolder((path) => {
    open(path, (marks) => {
      assert.equal(marks.found.size, 0);
      marks.enter(7)!({ bytes: 512 * KIB, crc32: 1 });
      const eight = marks.enter(8)!;
      eight({ bytes: 512 * KIB, crc32: 0xffff_ffff });
      eight({ bytes: 513 * KIB, crc32: 3 }); // too little more
      assert.equal(marks.enter(9), undefined);
      marks.leave(7);
      marks.enter(9)!({ bytes: 2 ** 40, crc32: 5 });
    });
    open(path, (marks) => {
      assert.deepEqual(
        marks.found,
        new Map([[9, { bytes: 2 ** 40, crc32: 5 }], [
          8,
          { bytes: 512 * KIB, crc32: 0xffff_ffff },
        ]]),
      );
      // Each has its place of before: another part waits until one is whole.
      assert.equal(marks.enter(10), undefined);
      marks.enter(8)!({ bytes: 1024 * KIB, crc32: 6 });
      marks.leave(9);
      marks.enter(10)!({ bytes: 256 * KIB, crc32: 7 });
    });
    open(path, (marks) => {
      assert.deepEqual([...marks.found.keys()].sort((a, b) => a - b), [8, 10]);
      assert.equal(marks.found.get(8)!.crc32, 6);
    });
  });
});
