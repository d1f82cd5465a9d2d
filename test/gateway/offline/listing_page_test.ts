import assert from "node:assert/strict";
import { listingPage } from "../../../src/gateway/offline/listing_page.ts";
import { elements } from "../../../src/gateway/xml.ts";

/** In the order of UTF-8, which is not that of JavaScript. */
const KEYS = ["a", "a&<b>", "z/～", "z/😀", "z/😀a"];

function keysAfter(after: string): string[] {
  const objects = KEYS.map((key) => ({ key, size: 1, etag: "e", lastModified: undefined }));
  const parameters: Record<string, string> = { "list-type": "2", "start-after": after };
  const page = listingPage(objects, { bucket: "b", parameter: (name) => parameters[name] });
  return elements(page, "Key");
}

Deno.test("a listing starts after any key in the order of UTF-8", () => {
  const escaped = ["a", "a&amp;&lt;b&gt;", ...KEYS.slice(2)];
  for (const [index, key] of KEYS.entries()) {
    assert.deepEqual(keysAfter(key), escaped.slice(index + 1), key);
  }
  assert.deepEqual(keysAfter(""), escaped);
  assert.deepEqual(keysAfter("z/\uE000"), escaped.slice(2));
});
