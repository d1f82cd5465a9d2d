/**
 * Memory of `dipper serve` while it hands on a large object: whole, then eight parts at once.
 *
 * @module
 */
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { usageOf } from "../contenders/peak_memory.ts";
import { LineReader } from "../run/line_reader.ts";
import type { Laboratory } from "../run/measure.ts";
import { conditionsOf } from "../run/plan.ts";
import { cacheFolder, environmentFor } from "../run/surroundings.ts";
import type { MemoryResult } from "./results.ts";

const DELAY = 30;
const WARM_UP = 8 * 2 ** 20;
const READERS = 8;
/** Bytes on disk, so that the object's size does not matter to the disk either. */
const CACHE_SIZE = "2 GiB";

interface Served {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

/** Reads the pattern object `key` of `gibibytes` through a gateway of its own process. */
export async function measureMemory(
  { origin, folders }: Laboratory,
  key: string,
  gibibytes: number,
): Promise<MemoryResult> {
  const cache = await cacheFolder(folders);
  const environment = await environmentFor(origin.endpoint, cache);
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      new URL("../../src/cli/main.ts", import.meta.url).pathname,
      "serve",
      "--json",
    ],
    env: { ...environment, DIPPER_CACHE_SIZE: CACHE_SIZE },
    clearEnv: true,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = new LineReader(process.stdout);
  try {
    const { endpoint, region, ...credentials }: Served = await readJson(lines);
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const read = (from: number, to: number) => drain(client, key, `bytes=${from}-${to - 1}`);
    await origin.begin(conditionsOf(DELAY));
    await read(0, WARM_UP);
    const { resident: idle } = await usageOf(process.pid);
    const size = gibibytes * 2 ** 30;
    const began = performance.now();
    await read(0, size);
    const seconds = (performance.now() - began) / 1000;
    const part = Math.min(2 ** 30, size / READERS);
    await Promise.all(Array.from({ length: READERS }, (_, index) => {
      const from = Math.floor(size / READERS) * index;
      return read(from, from + part);
    }));
    const { peak } = await usageOf(process.pid);
    client.destroy();
    return { gibibytes, idle, over: peak - idle, seconds };
  } finally {
    process.kill("SIGTERM");
    await process.status;
    await lines.close();
    await Deno.remove(cache, { recursive: true });
  }
}

/** JSON that may go over lines. */
async function readJson<T>(lines: LineReader): Promise<T> {
  for (let text = "";;) {
    text += await lines.next();
    try {
      return JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
}

async function drain(client: S3Client, key: string, range: string): Promise<void> {
  const answer = await client.send(
    new GetObjectCommand({ Bucket: "bench", Key: key, Range: range }),
  );
  let bytes = 0;
  for await (const chunk of answer.Body as AsyncIterable<Uint8Array>) bytes += chunk.byteLength;
  if (bytes !== answer.ContentLength) {
    throw new Error(`${range} gave ${bytes} of ${answer.ContentLength} bytes`);
  }
}
