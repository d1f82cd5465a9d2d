/**
 * The reading core against plain `fetch` and a reader that fetches slice by slice, from an origin of
 * 30 ms and 90 MB/s a connection in a process of its own.
 *
 *     deno task bench:range
 *
 * @module
 */
import process from "node:process";
import { bounded } from "../src/range/range.ts";
import { RangeReader } from "../src/range/reader.ts";
import { fakeStore } from "../test/range/support/fake_store.ts";

const MIB = 1024 * 1024;
const SIZE = 512 * MIB;
const ROUNDS = 3;
const LOCATION = { bucket: "bench", key: "data.bin" };

interface Slices {
  slice(start: number, end: number): Promise<ArrayBuffer>;
}

interface Case {
  readonly name: string;
  run(contender: Contender): Promise<number>;
}

interface Contender {
  readonly name: string;
  large(offset: number, length: number): Promise<number>;
  small(ranges: readonly { offset: number; length: number }[]): Promise<number>;
}

const CASES: readonly Case[] = [
  { name: "one read of 64 MiB", run: ({ large }) => large(MIB + 3, 64 * MIB) },
  {
    name: "200 reads of 20 kB",
    run: ({ small }) =>
      small(
        Array.from(
          { length: 200 },
          (_, index) => ({ offset: index * 2 * MIB + 7, length: 20_000 }),
        ),
      ),
  },
  {
    name: "300 reads of 1 kB, near",
    run: ({ small }) =>
      small(
        Array.from({ length: 300 }, (_, index) => ({ offset: index * 5000, length: 1000 })),
      ),
  },
];

const origin = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "--quiet", new URL("./range_origin.ts", import.meta.url).pathname, `${SIZE}`],
  stdout: "piped",
}).spawn();
const lines = origin.stdout.pipeThrough(new TextDecoderStream()).getReader();
const url = new URL((await lines.read()).value!.trim());
const table: Record<string, string | number>[] = [];
try {
  for (const each of CASES) {
    for (const make of [core, plain, slices]) table.push(await measure(each, make));
  }
} finally {
  await lines.cancel();
  origin.kill();
  await origin.status;
}
// deno-lint-ignore no-console -- a bench prints its table
console.table(table);

/** The median of the rounds; each with a new contender, so that nothing is warm but the connections. */
async function measure(each: Case, make: () => Contender & Disposable) {
  const rounds: { seconds: number; cpu: number; requests: number }[] = [];
  let name = "";
  for (let round = 0; round < ROUNDS; round++) {
    using contender = make();
    name = contender.name;
    await contender.large(0, 64 * 1024);
    const before = await seen();
    const cpu = process.cpuUsage();
    const began = performance.now();
    await each.run(contender);
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    rounds.push({ seconds, cpu: (user + system) / 1e6, requests: await seen() - before - 1 });
  }
  rounds.sort((a, b) => a.seconds - b.seconds);
  const { seconds, cpu, requests } = rounds[Math.floor(ROUNDS / 2)];
  return {
    case: each.name,
    reader: name,
    seconds: seconds.toFixed(3),
    requests,
    "CPU s": cpu.toFixed(3),
  };
}

async function seen(): Promise<number> {
  return Number(await (await fetch(new URL("/seen", url))).text());
}

function core(): Contender & Disposable {
  const reader = new RangeReader();
  const source = reader.openListed(fakeStore(url), LOCATION, { size: SIZE, etag: "bench" });
  const total = (chunks: readonly (readonly Uint8Array[])[]) =>
    chunks.flat().reduce((sum, { byteLength }) => sum + byteLength, 0);
  return {
    name: "dipper",
    large: async (offset, length) => {
      let got = 0;
      for await (const chunk of (await source).stream(bounded(offset, length))) {
        got += chunk.byteLength;
      }
      return got;
    },
    small: async (ranges) =>
      total(
        await (await source).read(ranges.map(({ offset, length }) => bounded(offset, length))),
      ),
    [Symbol.dispose]: () => reader.close(),
  };
}

/** One request a range, all at once. */
function plain(): Contender & Disposable {
  const client = Deno.createHttpClient({});
  const one = async (offset: number, length: number) => {
    const answer = await fetch(new URL(`/${LOCATION.bucket}/${LOCATION.key}`, url), {
      client,
      headers: { range: `bytes=${offset}-${offset + length - 1}` },
    });
    return (await answer.bytes()).byteLength;
  };
  return {
    name: "plain fetch, all at once",
    large: one,
    small: async (ranges) =>
      (await Promise.all(ranges.map(({ offset, length }) => one(offset, length))))
        .reduce((sum, got) => sum + got, 0),
    [Symbol.dispose]: () => client.close(),
  };
}

/** As hyparquet's `asyncBufferFromUrl` reads: a slice is a `fetch`, its body an ArrayBuffer. */
function slices(): Contender & Disposable {
  const buffer: Slices = {
    slice: async (start, end) => {
      const answer = await fetch(new URL(`/${LOCATION.bucket}/${LOCATION.key}`, url), {
        headers: { range: `bytes=${start}-${end - 1}` },
      });
      return await answer.arrayBuffer();
    },
  };
  return {
    name: "slice by slice",
    large: async (offset, length) => (await buffer.slice(offset, offset + length)).byteLength,
    small: async (ranges) => {
      let got = 0;
      for (const { offset, length } of ranges) {
        got += (await buffer.slice(offset, offset + length)).byteLength;
      }
      return got;
    },
    [Symbol.dispose]: () => {},
  };
}
