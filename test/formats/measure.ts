/**
 * The readers over the reading core against hyparquet with its own fetch and csv-parse on the local file.
 * The origin, a process of its own, waits 30 ms before each answer and sends 90 MB/s a connection.
 *
 *     deno run -A test/formats/measure.ts FILE.parquet FILE.csv [COLUMN,…]
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a measurement prints what it measured
import { parse } from "csv-parse/stream";
import { asyncBufferFromUrl, parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { openFormat } from "../../src/formats/open.ts";
import type { ReadBatchesOptions } from "../../src/formats/reader.ts";
import { RangeReader } from "../../src/range/reader.ts";
import { fakeStore } from "../range/support/fake_store.ts";

const DELAY = 30;
const BYTES_A_MS = 90_000;

/** Serves local files by path, ranges only. */
function serve(): void {
  const onListen = ({ port }: Deno.NetAddr) => console.log(port);
  Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname).replace(/^\/bucket/, "");
    const file = await Deno.open(path);
    const { size } = await file.stat();
    const [, from, to] = /bytes=(\d*)-(\d*)/.exec(request.headers.get("range") ?? "") ?? [];
    const start = from === undefined
      ? 0
      : from === ""
      ? Math.max(0, size - Number(to))
      : Number(from);
    const end = from === undefined || from === "" || to === ""
      ? size
      : Math.min(size, Number(to) + 1);
    await new Promise((resolve) => setTimeout(resolve, DELAY));
    const headers: Record<string, string> = {
      etag: '"file"',
      "content-length": `${end - start}`,
      "last-modified": new Date(0).toUTCString(),
    };
    if (from !== undefined) headers["content-range"] = `bytes ${start}-${end - 1}/${size}`;
    const status = from === undefined ? 200 : 206;
    if (request.method === "HEAD") {
      file.close();
      return new Response(null, { status, headers });
    }
    await file.seek(start, Deno.SeekMode.Start);
    let left = end - start;
    const began = performance.now();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const late = (end - start - left) / BYTES_A_MS - (performance.now() - began);
        if (late > 2) await new Promise((resolve) => setTimeout(resolve, late));
        const chunk = new Uint8Array(Math.min(left, 256 * 1024));
        const read = await file.read(chunk);
        if (read === null || left === 0) {
          file.close();
          return controller.close();
        }
        left -= read;
        controller.enqueue(chunk.subarray(0, read));
      },
      cancel: () => file.close(),
    }, { highWaterMark: 0 });
    return new Response(body, { status, headers });
  });
}

async function lap(name: string, work: () => Promise<number>): Promise<void> {
  const started = performance.now();
  const rows = await work();
  const seconds = (performance.now() - started) / 1000;
  console.log(`${name.padEnd(44)} ${seconds.toFixed(2)} s  ${rows} rows`);
}

async function measure(parquet: string, csv: string, columns: string[]): Promise<void> {
  const origin = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", import.meta.filename!, "serve"],
    stdout: "piped",
  }).spawn();
  const lines = origin.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const url = new URL(`http://127.0.0.1:${(await lines.read()).value!.trim()}`);
  using core = new RangeReader();
  const open = async (path: string) =>
    openFormat(await core.open(fakeStore(url), { bucket: "bucket", key: path.slice(1) }));
  const batches = async (path: string, options: ReadBatchesOptions) => {
    let rows = 0;
    for await (const batch of (await open(path)).batches(options)) rows += batch.numRows;
    return rows;
  };
  const hyparquet = async (wanted: string[] | undefined) => {
    const file = await asyncBufferFromUrl({ url: `${url.origin}/bucket${parquet}` });
    let rows = 0;
    const name = wanted?.[0];
    await parquetRead({
      file,
      compressors,
      columns: wanted,
      onChunk: ({ columnName, rowStart, rowEnd }) => {
        if (name === undefined || columnName === name) rows += rowEnd - rowStart;
      },
    });
    return rows;
  };
  for (let round = 0; round < 3; round++) {
    await lap(`parquet, ${columns}`, () => batches(parquet, { columns }));
    await lap(`hyparquet, ${columns}`, () => hyparquet(columns));
    await lap("parquet, all columns", () => batches(parquet, {}));
    await lap("hyparquet, all columns (cells)", () => hyparquet(undefined));
    await lap("csv batches", () => batches(csv, {}));
    await lap("csv rows", async () => {
      let rows = 0;
      for await (const _ of (await open(csv)).rows()) rows++;
      return rows;
    });
    for (const as of ["arrays", "objects"]) {
      await lap(`csv-parse, local file, ${as}`, async () => {
        let rows = 0;
        const { readable } = await Deno.open(csv);
        for await (const _ of readable.pipeThrough(parse({ columns: as === "objects" }))) rows++;
        return rows;
      });
    }
  }
  origin.kill();
}

const [first, csv, columns = "id"] = Deno.args;
if (first === "serve") serve();
else await measure(await Deno.realPath(first), await Deno.realPath(csv), columns.split(","));
