/**
 * A service of 30 ms to the first byte and 90 MB/s a connection, in a process of its own; prints its
 * address. `/seen` says how many requests came, itself included.
 *
 * @module
 */
import { FaultOrigin } from "../test/faults/origin.ts";

const origin = new FaultOrigin({
  objects: { "bench/data.bin": { size: Number(Deno.args[0]), seed: 1, etag: "bench" } },
  delay: () => 30,
  bandwidth: 90_000_000,
});
// deno-lint-ignore no-console -- its address is what the bench waits for
console.log(origin.url.href);
