import assert from "node:assert/strict";
import fc from "fast-check";
import { headText } from "../../../src/range/http/head.ts";
import { Incoming, readHeadText } from "../../../src/range/http/incoming.ts";

const encoder = new TextEncoder();

Deno.test("a head is the same in whatever pieces it comes, and what follows it stays", async () => {
  const text = fc.stringMatching(/^HTTP\/1\.1 200 OK(\r\n[a-z]{1,9}: [a-z\r\n]{0,400}[a-z]){0,8}$/)
    .filter((each) => !each.includes("\r\n\r\n"));
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.string({ unit: "binary-ascii" }),
      fc.integer({ min: 1, max: 700 }),
      async (head, rest, most) => {
        const incoming = new Incoming(inPieces(encoder.encode(`${head}\r\n\r\n${rest}`), most));
        assert.equal(await readHeadText(incoming), head);
        let left = new TextDecoder().decode(incoming.take(Infinity));
        while (await incoming.more(4096)) left += new TextDecoder().decode(incoming.take(Infinity));
        assert.equal(left, rest);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("what of a head was looked through is not looked through again", () => {
  const bytes = encoder.encode("HTTP/1.1 200 OK\r\n\r\nbody\r\n\r\n");
  const end = bytes.indexOf(10) + 3;
  for (let seen = 0; seen < end; seen++) {
    assert.equal(headText(bytes, seen), "HTTP/1.1 200 OK", `${seen}`);
    assert.equal(headText(bytes.subarray(0, seen)), undefined, `${seen}`);
  }
  assert.equal(
    headText(bytes, end + 3)?.length,
    bytes.length - 4,
    "only the last bytes seen count",
  );
});

/** A connection that brings `most` bytes at a time. */
function inPieces(bytes: Uint8Array, most: number): Deno.Conn {
  let at = 0;
  const read = (into: Uint8Array) => {
    if (at === bytes.length) return Promise.resolve(null);
    const piece = bytes.subarray(at, at + Math.min(most, into.length));
    into.set(piece);
    at += piece.length;
    return Promise.resolve(piece.length);
  };
  return { read } as Deno.Conn;
}
