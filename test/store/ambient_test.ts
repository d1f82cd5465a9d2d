import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findAmbientSecrets } from "../../src/store/ambient.ts";
import { environmentOf } from "../../src/store/environment.ts";

Deno.test("stored secrets, variables and files are named, their values never", async () => {
  const home = await fs.mkdtemp(join(tmpdir(), "dipper-ambient-"));
  try {
    assert.deepEqual(await findAmbientSecrets(environmentOf({}, home)), []);
    const folder = join(home, ".duckdb", "stored_secrets");
    await fs.mkdir(folder, { recursive: true });
    await fs.writeFile(join(folder, "my lab.duckdb_secret"), "canary-stored-secret");
    await fs.writeFile(join(folder, "notes.txt"), "");
    await fs.mkdir(join(home, ".aws"));
    await fs.writeFile(join(home, ".aws", "credentials"), "canary-file-secret");
    const found = await findAmbientSecrets(
      environmentOf({ AWS_SECRET_ACCESS_KEY: "canary-variable-secret" }, home),
    );
    assert.deepEqual(found.map(({ kind, name }) => [kind, name]), [
      ["stored", "my lab"],
      ["variable", "AWS_SECRET_ACCESS_KEY"],
      ["file", join(home, ".aws", "credentials")],
    ]);
    assert.match(found[0].hint, /DROP PERSISTENT SECRET "my lab"/);
    assert.equal(JSON.stringify(found).includes("canary"), false);
  } finally {
    await fs.rm(home, { recursive: true });
  }
});
