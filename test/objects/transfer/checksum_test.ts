import assert from "node:assert/strict";
import fc from "fast-check";
import {
  base64,
  combined,
  crc32Text,
  digester,
  hex,
  md5Text,
} from "../../../src/objects/transfer/checksum.ts";

const BYTES = new TextEncoder().encode("123456789");

Deno.test("checksums are those that are written down for 123456789", async () => {
  const known = {
    crc32: "cbf43926",
    crc64nvme: "ae8b14860a799888",
    md5: "25f9e794323b453885f5181f1b624d0b",
    sha1: "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
  };
  for (const [algorithm, expected] of Object.entries(known)) {
    const state = await digester(algorithm as keyof typeof known);
    state.update(BYTES.subarray(0, 4));
    state.update(BYTES.subarray(4));
    assert.equal(hex(await state.digest()), expected);
  }
  assert.equal(crc32Text(BYTES), "y/Q5Jg==");
  assert.equal(md5Text(BYTES), known.md5);
});

Deno.test("checksums of pieces come to that of the whole", async () => {
  const bytes = fc.uint8Array({ minLength: 2, maxLength: 3000 });
  await fc.assert(
    fc.asyncProperty(bytes, fc.array(fc.nat(), { maxLength: 6 }), async (whole, cuts) => {
      const at = [...new Set([0, ...cuts.map((cut) => cut % whole.length), whole.length])]
        .sort((a, b) => a - b);
      for (const algorithm of ["crc32", "crc64nvme"] as const) {
        const pieces = await Promise.all(
          at.slice(1).map(async (end, index) => {
            const state = await digester(algorithm);
            state.update(whole.subarray(at[index], end));
            return { digest: await state.digest(), length: end - at[index] };
          }),
        );
        const state = await digester(algorithm);
        state.update(whole);
        assert.equal(base64(combined(algorithm, pieces)!), base64(await state.digest()));
      }
    }),
    { numRuns: 60 },
  );
});
