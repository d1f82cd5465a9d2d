/**
 * A large upload and a large download, each killed in the middle and begun again: what goes over the line
 * twice, how long it takes, and whether the bytes are right.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { usageOf } from "../contenders/peak_memory.ts";
import { LineReader } from "../run/line_reader.ts";
import { environmentFor } from "../run/surroundings.ts";
import type { Carried } from "./counting_line.ts";
import type { Installed } from "./install.ts";
import { commandOf, type Ends } from "./peers.ts";
import { BUCKETS, startService } from "./service.ts";

/** What one direction came to. Bytes are those on the line, heads of requests among them. */
export interface Killed {
  readonly direction: "up" | "down";
  readonly size: number;
  /** Before it was killed. */
  readonly before: number;
  /** After it was begun again. */
  readonly after: number;
  readonly seconds: readonly [before: number, after: number];
  /** Most bytes resident. */
  readonly peak: number;
  readonly isRight: boolean;
}

const MIB = 2 ** 20;

/** Between two looks at the line, in milliseconds. */
const LOOK = 10;

/** Does both with a file of `size` bytes below `scratch`. */
export async function killBoth(
  programs: Installed,
  scratch: string,
  size: number,
): Promise<Killed[]> {
  const files = join(scratch, "files");
  const down = join(scratch, "down");
  for (const folder of [files, down]) await Deno.mkdir(folder);
  await writeFile(join(files, "large.bin"), size);
  const digest = await digestOf(join(files, "large.bin"));
  await using service = await startService(programs.versitygw, scratch, "files");
  await using line = await startCounting(service.endpoint);
  const cache = await Deno.makeTempDir({ dir: scratch });
  const env = await environmentFor(line.endpoint, cache);
  const place = `${BUCKETS[0]}/killed`;
  const run = async (
    direction: "up" | "down",
    ends: Ends,
    file: string,
  ): Promise<Killed> => {
    const { command, args } = commandOf("dipper", direction, ends, programs, line.endpoint);
    const start = () =>
      new Deno.Command(command, {
        args: [...args],
        env,
        clearEnv: true,
        stdin: "null",
        stdout: "null",
        stderr: "inherit",
      }).spawn();
    const way = direction === "up" ? "there" : "back";
    const zero = (await line.carried())[way];
    let isKilled = false;
    const first = await watched(start(), async (process) => {
      if (isKilled || (await line.carried())[way] - zero < size / 2) return;
      isKilled = true;
      process.kill("SIGKILL");
    });
    const half = (await line.carried())[way];
    const second = await watched(start(), () => Promise.resolve());
    if (!second.isDone) throw new Error(`${direction}: it did not go on`);
    return {
      direction,
      size,
      before: half - zero,
      after: (await line.carried())[way] - half,
      seconds: [first.seconds, second.seconds],
      peak: Math.max(first.peak, second.peak),
      isRight: !first.isDone && await digestOf(file) === digest,
    };
  };
  return [
    await run("up", { from: files, to: place }, join(service.store, place, "large.bin")),
    await run("down", { from: place, to: down }, join(down, "large.bin")),
  ];
}

interface Counting extends AsyncDisposable {
  readonly endpoint: string;
  carried(): Promise<Carried>;
}

async function startCounting(endpoint: string): Promise<Counting> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      new URL("./counting_line.ts", import.meta.url).pathname,
      new URL(endpoint).port,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = new LineReader(process.stdout);
  const writer = process.stdin.getWriter();
  const port = await lines.next();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async carried() {
      await writer.write(Uint8Array.of(10));
      return JSON.parse(await lines.next());
    },
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await lines.close();
      await writer.abort().catch(() => {}); // its reader is gone
      await process.status;
    },
  };
}

async function watched(
  process: Deno.ChildProcess,
  look: (process: Deno.ChildProcess) => Promise<void>,
): Promise<{ readonly seconds: number; readonly peak: number; readonly isDone: boolean }> {
  const began = performance.now();
  let peak = 0;
  let isOver = false;
  const status = process.status.finally(() => isOver = true);
  while (!isOver) {
    peak = Math.max(peak, (await usageOf(process.pid)).peak);
    await look(process);
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  const { success } = await status;
  return { seconds: (performance.now() - began) / 1000, peak, isDone: success };
}

/** Bytes of which no two MiB are the same, and none is compressible. */
async function writeFile(path: string, size: number): Promise<void> {
  const block = new Uint8Array(MIB);
  for (let at = 0; at < MIB; at += 65_536) crypto.getRandomValues(block.subarray(at, at + 65_536));
  const words = new BigUint64Array(block.buffer);
  using file = await Deno.open(path, { createNew: true, write: true });
  for (let at = 0; at < size; at += MIB) {
    for (let word = 0; word < words.length; word += 512) words[word] += BigInt(at + 1);
    await write(file, block.subarray(0, Math.min(MIB, size - at)));
  }
}

async function write(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

async function digestOf(path: string): Promise<string> {
  using file = await Deno.open(path, { read: true });
  const hash = createHash("sha256");
  const buffer = new Uint8Array(4 * MIB);
  for (let count; (count = await file.read(buffer)) !== null;) {
    hash.update(buffer.subarray(0, count));
  }
  return hash.digest("hex");
}
