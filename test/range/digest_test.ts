import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { EMPTY_HASH, hmac, hmacText, sha256 } from "../../src/range/digest.ts";

Deno.test("digests are those of OpenSSL, for keys and texts of any length", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 300 });
  const key = fc.uint8Array({ maxLength: 200 });
  fc.assert(fc.property(key, text, text, (bytes, first, second) => {
    for (const each of [first, second]) {
      const expected = createHmac("sha256", bytes).update(each).digest();
      assert.deepEqual(new Uint8Array(hmac(bytes, each)), new Uint8Array(expected));
      assert.equal(hmacText(bytes, each), expected.toString("hex"));
      assert.equal(sha256(each), createHash("sha256").update(each).digest("hex"));
    }
  }));
  assert.equal(EMPTY_HASH, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});
