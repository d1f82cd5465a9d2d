import assert from "node:assert/strict";
import { cutToWidth, displayWidth, fitToWidth, visible } from "../../src/show/text.ts";

Deno.test("control characters, escapes and reordering marks become visible", () => {
  assert.equal(visible("\x1b[2J\x9b31m"), "\\x1b[2J\\x9b31m");
  assert.equal(visible("a\tb\r\nc\0"), "a\\tb\\r\\nc\\x00");
  assert.equal(visible("txt.\u202eexe\u2028\ufeff"), "txt.\\u{202e}exe\\u{2028}\\u{feff}");
  assert.equal(visible("\ud800x"), "\\u{d800}x");
});

Deno.test("letters of any script, marks and emoji stay", () => {
  for (const text of ["Ålesund", "e\u0301", "日本", "👨‍👩‍👧", "🇳🇴", "می‌خواهم", "❤️"]) {
    assert.equal(visible(text), text);
  }
});

Deno.test("width counts terminal columns", () => {
  assert.equal(displayWidth("abc"), 3);
  assert.equal(displayWidth("日本"), 4);
  assert.equal(displayWidth("e\u0301"), 1);
  assert.equal(displayWidth("👨‍👩‍👧"), 2);
});

Deno.test("a cut never halves a glyph and never exceeds the width", () => {
  assert.equal(cutToWidth("日本語", 6), "日本語");
  assert.equal(cutToWidth("日本語", 5), "日本…");
  assert.equal(cutToWidth("日本語", 4), "日…");
  assert.equal(cutToWidth("👨‍👩‍👧x", 2), "…");
  assert.equal(cutToWidth("abc", 0), "");
  assert.equal(displayWidth(cutToWidth("x".repeat(1e6), 30)), 30);
});

Deno.test("padding fills to the width", () => {
  assert.equal(fitToWidth("日", 4, "left"), "日  ");
  assert.equal(fitToWidth("7", 4, "right"), "   7");
});
