import assert from "node:assert/strict";
import { publicSurface } from "../../scripts/public_surface.ts";
import { readText, ROOT } from "./source.ts";

Deno.test("the public surface is the one on record", () => {
  const now = publicSurface(new URL(`file://${ROOT}src/mod.ts`));
  assert.equal(
    now,
    readText("test/structure/public_surface.txt"),
    "meant? then write it again: deno task surface",
  );
});
