/**
 * What memory the gateway takes while a client reads a large object through it: the service, the gateway
 * and the client in a process each. As a program:
 *
 *     deno run -A test/gateway/support/memory_run.ts 20 # GiB
 *
 * @module
 */
import process from "node:process";
import { startGateway } from "../../../src/gateway/gateway.ts";
import { DOOR_CACHE, DOOR_READING } from "../../../src/cli/door/door_memory.ts";
import { StoreSet } from "../../../src/store/store_set.ts";
import { FaultOrigin } from "../../faults/origin.ts";
import { fakeStore } from "../../range/support/fake_store.ts";
import { getSignedUrl } from "./presign.ts";

/** How to read. */
export interface MemoryRun {
  /** Bytes of the object. */
  readonly size: number;
  /** Bytes a second that the client takes; undefined: all that come. */
  readonly pace?: number;
  /** Bytes that the disk cache may hold; 0: none, and none in memory. */
  readonly cache: number;
  /** So many clients read a part each, all at once, with gaps between; 1 when nothing is said. */
  readonly readers?: number;
}

/** What it took: bytes of the gateway's process, before and at most. */
export interface MemoryTaken {
  readonly idle: number;
  readonly peak: number;
  readonly asked: number;
  readonly received: number;
}

const OBJECT = "lab/large.bin";
/** Bytes between the parts of several readers. */
const GAP = 2 * 1024 * 1024;
/** Milliseconds between two looks. */
const LOOK = 20;

/** Reads the object once. */
export async function runMemory(
  { size, pace, cache, readers = 1 }: MemoryRun,
): Promise<MemoryTaken> {
  await using origin = await program("origin", `${size}`);
  await using gateway = await program("gateway", origin.said, `${cache}`);
  let asked = 0;
  let received = 0;
  const began = performance.now();
  const part = Math.ceil(size / readers);
  await Promise.all(Array.from({ length: readers }, async (_, index) => {
    const from = index * part;
    const to = readers === 1 ? size : Math.min(size, from + part) - GAP;
    asked += to - from;
    const headers: HeadersInit = readers === 1 ? {} : { range: `bytes=${from}-${to - 1}` };
    const answer = await fetch(gateway.said, { headers });
    for await (const chunk of answer.body!) {
      received += chunk.length;
      const early = pace === undefined ? 0 : received / pace * 1000 - (performance.now() - began);
      if (early > 5) await new Promise((resolve) => setTimeout(resolve, early));
    }
  }));
  return { ...JSON.parse(await gateway.end()), asked, received };
}

/** This file in a process of its own; `said` is its first line, `end` gives its last. */
async function program(...args: string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", new URL(import.meta.url).pathname, ...args],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const line = async () => {
    let text = "";
    while (!text.endsWith("\n")) {
      const { done, value } = await lines.read();
      if (done) throw new Error(`${args[0]} has ended: ${text}`);
      text += value;
    }
    return text.trim();
  };
  const said = await line();
  let isEnding = false;
  const end = async () => {
    isEnding = true;
    await child.stdin.close();
    return await line();
  };
  return {
    said,
    end,
    async [Symbol.asyncDispose]() {
      if (!isEnding) await end();
      await lines.cancel();
      await child.status;
    },
  };
}

async function serveOrigin(size: number): Promise<void> {
  await using origin = new FaultOrigin({ objects: { [OBJECT]: { size, seed: 1, etag: "large" } } });
  say(origin.url.href);
  await toldToEnd();
  say("over");
}

async function serveGateway(origin: string, cache: number): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dipper-memory-" });
  const stores = StoreSet.of([fakeStore(new URL(origin))]);
  const gateway = await startGateway({
    stores,
    cache: cache === 0
      ? { disk: "off", memory: 0 }
      : { ...DOOR_CACHE, disk: "on", directory, size: cache },
    settings: cache === 0 ? {} : DOOR_READING,
  });
  const key = await gateway.issueKey("reader");
  // Its practice is over by then, and counts as idle.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const idle = process.memoryUsage().rss;
  let peak = idle;
  const looking = setInterval(() => peak = Math.max(peak, process.memoryUsage().rss), LOOK);
  say(getSignedUrl(gateway.endpoint, key, `/${OBJECT}`, 24 * 3600));
  await toldToEnd();
  clearInterval(looking);
  await gateway.close();
  await Deno.remove(directory, { recursive: true });
  say(JSON.stringify({ idle, peak }));
}

async function toldToEnd(): Promise<void> {
  for await (const _ of Deno.stdin.readable);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  const [role, ...args] = Deno.args;
  if (role === "origin") await serveOrigin(Number(args[0]));
  else if (role === "gateway") await serveGateway(args[0], Number(args[1]));
  else {
    const size = Number(role ?? 20) * 1024 ** 3;
    const runs = {
      "as fast as can be, no cache": { size, cache: 0 },
      "150 MB/s, no cache": { size, cache: 0, pace: 150e6 },
      "as fast as can be, a disk cache of 256 MiB": { size, cache: 256 * 1024 * 1024 },
      "eight at once, a disk cache of 256 MiB": { size, cache: 256 * 1024 * 1024, readers: 8 },
    };
    for (const [name, run] of Object.entries(runs)) {
      const { idle, peak, received } = await runMemory(run);
      const [from, to] = [idle, peak].map((bytes) => (bytes / 1024 ** 2).toFixed(0));
      say(`${name}: ${(received / 1024 ** 3).toFixed(1)} GiB, idle ${from} MiB, peak ${to} MiB`);
    }
  }
}
