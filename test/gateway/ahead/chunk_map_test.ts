import assert from "node:assert/strict";
import { DuckDBInstance } from "@duckdb/node-api";
import {
  type ChunkMap,
  chunkMapOf,
  footerStart,
  readFooter,
  TRAILER,
} from "../../../src/gateway/ahead/chunk_map.ts";

function readChunkMap(bytes: Uint8Array, end: number): ChunkMap | undefined {
  const footer = readFooter(bytes);
  return footer && chunkMapOf(footer, end);
}

async function parquet(sql: string): Promise<Uint8Array> {
  const file = await Deno.makeTempFile();
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`COPY (${sql}) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
  connection.closeSync();
  instance.closeSync();
  const bytes = await Deno.readFile(file);
  await Deno.remove(file);
  return bytes;
}

Deno.test("the chunks of a file cover its data, one after the other", async () => {
  const bytes = await parquet(
    "SELECT range AS a, {'x': range, 'y': 'n' || range} AS s FROM range(6000)",
  );
  const start = footerStart(bytes.subarray(-64), bytes.length)!;
  const map = readChunkMap(bytes.subarray(start, bytes.length - TRAILER), start)!;
  assert.deepEqual(map.columns, ["a", "s.x", "s.y"]);
  assert.equal(map.groups.length, 3);
  let at = 4;
  for (const { offset, length } of map.groups.flat()) {
    assert.equal(offset, at);
    at += length;
  }
  assert.ok(at <= start);
  const half = readChunkMap(bytes.subarray(start, bytes.length - TRAILER), at / 2)!;
  assert.ok(
    half.groups.flat().every(({ offset, length }) => length === 0 || offset + length <= at / 2),
  );
});

Deno.test("what is no footer gives no map", async () => {
  const bytes = await parquet("SELECT 1 AS a");
  assert.equal(footerStart(bytes.subarray(0, 64), bytes.length), undefined);
  assert.equal(footerStart(new Uint8Array(3), 3), undefined);
  const lying = bytes.slice(-8);
  lying.fill(255, 0, 4);
  assert.equal(footerStart(lying, bytes.length), undefined);
  const start = footerStart(bytes, bytes.length)!;
  const footer = bytes.slice(start, bytes.length - TRAILER);
  for (let at = 0; at < footer.length; at += 3) {
    const damaged = footer.slice();
    damaged[at] ^= 0xff;
    readChunkMap(damaged, start); // an answer or none, but no exception
  }
  assert.equal(readChunkMap(footer.subarray(0, footer.length / 2), start), undefined);
});
