/**
 * A process that fills a cache, for tests with more than one: `writer.ts FOLDER SEED SECONDS SIZE`. Prints
 * a line when it starts, reads back what it finds, and fails on a wrong byte.
 */
import { contentOf, fill, objectOf, openIn, readHeld } from "./support.ts";

const [folder, seed, seconds, size] = Deno.args;
let state = Number(seed) + 1;
/** A number from 0 to `most` - 1; the generator of Park and Miller. */
const random = (most: number) => (state = state * 48271 % 2147483647) % most;

await using cache = await openIn(folder, { size: Number(size), memory: 500_000 });
await Deno.stdout.write(new TextEncoder().encode("ready\n"));
const end = performance.now() + Number(seconds) * 1000;
let wrong = 0;
while (performance.now() < end) {
  const object = objectOf(3_000_000, `e${random(2)}`, { key: `k${random(6)}` });
  const extent = { offset: random(2_500_000), length: 1 + random(400_000) };
  for (const { offset, length, bytes } of await readHeld(cache, object, extent)) {
    const expected = contentOf(object, { offset, length });
    if (bytes !== undefined && !bytes.every((byte, i) => byte === expected[i])) wrong++;
  }
  fill(cache, object, extent, random(4) === 0 ? "index" : "bulk");
  if (random(3) === 0) await cache.settled();
}
await cache.settled();
if (wrong > 0 || cache.stats.disk!.damagedFiles > 0) {
  await Deno.stderr.write(
    new TextEncoder().encode(`${wrong} wrong, ${cache.stats.disk!.damagedFiles} damaged`),
  );
  Deno.exit(1);
}
