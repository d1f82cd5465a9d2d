import assert from "node:assert/strict";
import type { HeldBlock } from "../../../src/range/block_cache.ts";
import { isPooled, LARGEST_POOLED, letGoAll } from "../../../src/range/buffers.ts";
import { openCache } from "../../../src/range/cache/open_cache.ts";
import { readSettings } from "../../../src/settings.ts";
import { objectOf } from "./support.ts";

const MIB = 1024 * 1024;
const STATE = objectOf(16 * MIB);

Deno.test("files are read into buffers that are used again, however large their pieces", async () => {
  const directory = await Deno.makeTempDir();
  const open = () => openCache({ directory, disk: "on", memory: 0 }, readSettings(() => undefined));
  try {
    const bytes = Uint8Array.from({ length: 5 * MIB }, (_, i) => i * 7 + (i >> 13));
    {
      await using cache = await open();
      cache.keep(STATE, 1000, [bytes], "bulk");
    }
    await using cache = await open();
    for (const [offset, length] of [[1000, 5 * MIB], [1000 + MIB / 2, 3 * MIB], [5000, 100]]) {
      const held = await cache.held(STATE, { offset, length }) as HeldBlock[];
      let at = offset;
      for (const piece of held) {
        assert.equal(piece.offset, at);
        assert.ok(piece.length <= LARGEST_POOLED, `${piece.length}`);
        const chunks = await cache.load(STATE, piece) ?? [];
        const found = Buffer.concat(chunks as Uint8Array[]);
        assert.ok(found.equals(bytes.subarray(at - 1000, at - 1000 + piece.length)));
        if (piece.length === LARGEST_POOLED) assert.ok(isPooled(chunks[0].buffer));
        letGoAll(chunks);
        at += piece.length;
      }
      assert.equal(at, offset + length);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
