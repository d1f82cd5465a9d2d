import assert from "node:assert/strict";
import { join } from "node:path";
import { TargetExistsError, UsageError } from "../../src/errors.ts";
import { writeWhole } from "../../src/cli/local_file.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map((entry) => entry.name);

Deno.test("a file appears whole", () =>
  inFolder(async (folder) => {
    const path = join(folder, "out.csv");
    await writeWhole(path, "overwrite", async (temporary) => {
      await Deno.writeTextFile(temporary, "new");
      assert.deepEqual(names(folder).includes("out.csv"), false);
    });
    assert.equal(await Deno.readTextFile(path), "new");
    assert.deepEqual(names(folder), ["out.csv"]);
  }));

Deno.test("a failure leaves the old file and nothing else", () =>
  inFolder(async (folder) => {
    const path = join(folder, "out.csv");
    await Deno.writeTextFile(path, "old");
    const failing = writeWhole(path, "overwrite", async (temporary) => {
      await Deno.writeTextFile(temporary, "half");
      throw new Error("no more");
    });
    await assert.rejects(failing, /no more/);
    assert.equal(await Deno.readTextFile(path), "old");
    assert.deepEqual(names(folder), ["out.csv"]);
  }));

Deno.test("a file that exists is refused when asked, and a folder always", () =>
  inFolder(async (folder) => {
    const path = join(folder, "out.csv");
    await Deno.writeTextFile(path, "old");
    await assert.rejects(writeWhole(path, "error", () => Promise.resolve()), TargetExistsError);
    await assert.rejects(writeWhole(folder, "overwrite", () => Promise.resolve()), UsageError);
  }));

Deno.test("a folder that is missing is named", () =>
  inFolder(async (folder) => {
    const path = join(folder, "none", "out.csv");
    const writing = writeWhole(path, "overwrite", (temporary) => Deno.writeTextFile(temporary, ""));
    await assert.rejects(writing, /no such folder for .*none/);
  }));
