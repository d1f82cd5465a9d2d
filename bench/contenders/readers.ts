/**
 * Reading files as rows, without DuckDB: what `session.open` gives beside the packages that people use.
 *
 *     deno run -A bench/contenders/readers.ts dipper|hyparquet|csv-parse [FILE.csv]
 *
 * The question is the name of a reading; its answer the number of rows.
 *
 * @module
 */
import { parse } from "csv-parse/stream";
import { asyncBufferFromUrl, parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { FileOpener } from "../../src/engine/open.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { answerQuestions } from "./protocol.ts";

const PARQUET = "bench/orders.parquet";
const SOME = ["customer_id", "price"];

async function countOf(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) count++;
  return count;
}

async function dipper(): Promise<void> {
  const stores = await StoreSet.resolve();
  const session = new FileOpener(stores);
  const batches = async (columns?: string[]) => {
    const file = await session.open(`s3://${PARQUET}`);
    let rows = 0;
    for await (const batch of file.batches({ columns })) rows += batch.numRows;
    return rows;
  };
  await answerReadings({
    "parquet-columns": () => batches(SOME),
    "parquet-all": () => batches(),
    "csv-rows": async () => countOf((await session.open("s3://bench/readings.csv")).rows()),
  });
  await session.close();
  stores.close();
}

/** Columns as hyparquet decodes them, without making rows of them. */
async function hyparquet(): Promise<void> {
  const read = async (columns?: string[]) => {
    const file = await asyncBufferFromUrl({
      url: `${Deno.env.get("AWS_ENDPOINT_URL_S3")}/${PARQUET}`,
    });
    let rows = 0;
    await parquetRead({
      file,
      compressors,
      columns,
      onChunk: ({ columnName, rowStart, rowEnd }) => {
        if (columnName === "price") rows += rowEnd - rowStart;
      },
    });
    return rows;
  };
  await answerReadings({
    "parquet-columns": () => read(SOME),
    "parquet-all": () => read(),
  });
}

async function csvParse(path: string): Promise<void> {
  await answerReadings({
    "csv-rows": async () => {
      const { readable } = await Deno.open(path);
      return await countOf(readable.pipeThrough(parse({ columns: true })));
    },
  });
}

async function answerReadings(readings: Record<string, () => Promise<number>>): Promise<void> {
  await answerQuestions(async ({ name }) => [[await readings[name]()]]);
}

const [reader, path] = Deno.args;
if (reader === "dipper") await dipper();
else if (reader === "hyparquet") await hyparquet();
else await csvParse(path);
