/**
 * Reads a large object from a pattern and prints how much memory that took: `parquet` or `csv`, and GiB.
 *
 * Run in a process of its own: `deno run -A test/formats/support/memory_probe.ts csv 10`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { ByteWriter, parquetWriteBuffer } from "hyparquet-writer";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { type FileMetaData, parquetMetadata } from "hyparquet";
import { openFormat } from "../../../src/formats/open.ts";
import type { Extent } from "../../../src/range/range.ts";
import { TestSource } from "./memory_source.ts";

const GIB = 2 ** 30;

/** An object whose bytes are `head`, then `body` again and again, then `tail`. */
function repeated(
  { head, body, count, tail }: {
    head: Uint8Array;
    body: Uint8Array;
    count: number;
    tail: Uint8Array;
  },
  uri: string,
): TestSource {
  const end = head.length + body.length * count;
  const fetch = ({ offset, length }: Extent) => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const place = offset + at;
      const [from, start] = place < head.length
        ? [head, place]
        : place < end
        ? [body, (place - head.length) % body.length]
        : [tail, place - end];
      const piece = from.subarray(start, start + length - at);
      out.set(piece, at);
      at += piece.length;
    }
    return [out];
  };
  return new TestSource(end + tail.length, fetch, { uri, chunkSize: 256 * 1024 });
}

/** A file of one row group. */
function oneGroup(rowCount: number): Uint8Array {
  const rows = Array.from({ length: rowCount }, (_, i) => i);
  const own = { offsetIndex: false };
  return new Uint8Array(parquetWriteBuffer({
    codec: "UNCOMPRESSED",
    rowGroupSize: rowCount,
    columnData: [
      { name: "id", type: "INT64", data: rows.map(BigInt), ...own },
      { name: "value", type: "DOUBLE", data: rows.map((i) => i / 7), ...own },
      { name: "text", type: "STRING", data: rows.map((i) => `text number ${i}`), ...own },
    ],
  }));
}

/** Writing takes far more memory than reading, so another process does it. */
async function oneGroupElsewhere(rowCount: number): Promise<Uint8Array> {
  const path = await Deno.makeTempFile();
  try {
    const args = ["run", "-A", "--quiet", import.meta.filename!, "write", String(rowCount), path];
    const { success } = await new Deno.Command(Deno.execPath(), { args }).output();
    if (!success) throw new Error("the row group could not be written");
    return await Deno.readFile(path);
  } finally {
    await Deno.remove(path);
  }
}

/** One row group, repeated: the footer names each. */
async function parquetPattern(bytes: number, rowGroupRows: number): Promise<TestSource> {
  const one = await oneGroupElsewhere(rowGroupRows);
  const metadata = parquetMetadata(one);
  const bodyEnd = one.length - 8 - metadata.metadata_length;
  const body = one.subarray(4, bodyEnd);
  const count = Math.ceil(bytes / body.length);
  const [group] = metadata.row_groups;
  const row_groups = Array.from({ length: count }, (_, i) => {
    const shift = BigInt(i * body.length);
    return {
      ...group,
      columns: group.columns.map((column) => ({
        ...column,
        meta_data: {
          ...column.meta_data!,
          data_page_offset: column.meta_data!.data_page_offset + shift,
          dictionary_page_offset: column.meta_data!.dictionary_page_offset === undefined
            ? undefined
            : column.meta_data!.dictionary_page_offset + shift,
        },
      })),
    };
  });
  const writer = new ByteWriter();
  const file: FileMetaData = {
    ...metadata,
    row_groups,
    num_rows: BigInt(count) * BigInt(rowGroupRows),
  };
  writeMetadata(writer, file);
  writer.appendBytes(new TextEncoder().encode("PAR1"));
  const head = one.subarray(0, 4);
  return repeated({ head, body, count, tail: writer.getBytes() }, "s3://pattern/large.parquet");
}

function csvPattern(bytes: number, ending: string): TestSource {
  const encode = (text: string) => new TextEncoder().encode(text);
  const lines = Array.from(
    { length: 20_000 },
    (_, i) => `${i},${i / 7},"text, number ${i}",2024-01-31 12:00:00,${i % 2 === 0}\n`,
  ).join("");
  const parts = { head: encode("id,value,text,time,flag\n"), body: encode(lines) };
  const count = Math.ceil(bytes / parts.body.length);
  const compress = ending === ".gz" ? gzipSync : ending === ".zst" ? zstdCompressSync : undefined;
  const own = (text: Uint8Array) =>
    compress === undefined ? text : Uint8Array.from(compress(Buffer.from(text)));
  const pieces = { head: own(parts.head), body: own(parts.body), count, tail: new Uint8Array(0) };
  return repeated(pieces, `s3://pattern/large.csv${ending}`);
}

function patternOf(kind: string, bytes: number): TestSource | Promise<TestSource> {
  if (kind === "parquet") return parquetPattern(bytes, 100_000);
  if (kind === "parquet-large-groups") return parquetPattern(bytes, 1_000_000);
  return csvPattern(bytes, kind.slice("csv".length));
}

async function measure(kind: string, gib: number): Promise<void> {
  const source = await patternOf(kind, gib * GIB);
  const reader = await openFormat(source);
  for await (const batch of reader.batches({ limit: 10 })) if (batch.numRows === 0) break;
  const idle = Deno.memoryUsage().rss;
  let most = idle;
  let rows = 0;
  const started = performance.now();
  for await (const batch of reader.batches()) {
    rows += batch.numRows;
    most = Math.max(most, Deno.memoryUsage().rss);
  }
  const seconds = (performance.now() - started) / 1000;
  const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
  // deno-lint-ignore no-console -- the answer of this command
  console.log(JSON.stringify({
    rows,
    bytes: source.size,
    calls: source.calls.length,
    idle: mebibytes(idle),
    over: mebibytes(most - idle),
    seconds: Math.round(seconds * 10) / 10,
  }));
}

const [kind, amount, path] = Deno.args;
if (kind === "write") await Deno.writeFile(path, oneGroup(Number(amount)));
else await measure(kind, Number(amount ?? 1));
