import assert from "node:assert/strict";
import { cliReference } from "../../src/cli/reference.ts";

Deno.test("docs/cli.md says what the commands say", async () => {
  const written = await Deno.readTextFile(new URL("../../docs/cli.md", import.meta.url));
  assert.equal(written, cliReference(), "run: deno run -A src/cli/reference.ts");
});
