import assert from "node:assert/strict";
import { parseMetadata } from "../../src/formats/parquet/metadata.ts";
import { chunkMapOf, footerStart, readFooter } from "../../src/gateway/ahead/chunk_map.ts";
import { practiceFooter } from "../../src/gateway/practice_footer.ts";

Deno.test("a footer for practice reads as one of a file with such columns and row groups", () => {
  const columns = ["a", "b", "longer_name"];
  const tail = practiceFooter({ columns, groups: 100, chunk: 3000 });
  const size = 50_000;
  const start = footerStart(tail, size);
  assert.equal(start, size - tail.length, "nothing but the footer");
  const footer = tail.subarray(0, -8);
  const map = chunkMapOf(readFooter(footer)!, start!);
  assert.deepEqual(map?.columns, columns);
  assert.equal(map?.groups.length, 100);
  for (const group of map!.groups) {
    assert.deepEqual(group, columns.map((_, at) => ({ offset: 4 + at * 3000, length: 3000 })));
  }
  const { rowGroups: [{ rows, columns: [chunk] }] } = parseMetadata(footer);
  assert.deepEqual([rows, chunk.type, chunk.codec], [1000, "INT64", "SNAPPY"]);
  assert.equal(chunk.statistics?.min?.length, 8);
});
