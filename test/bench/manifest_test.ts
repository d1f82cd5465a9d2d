import assert from "node:assert/strict";
import { dataFiles, dataVersion, recipeOf } from "../../bench/data/files.ts";
import { factsOf, isAsMade, readManifest } from "../../bench/data/manifest.ts";

Deno.test("a file is the one that was made by its size, its bytes and its recipe", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/a.csv`;
    assert.equal(await factsOf(path), undefined);
    await Deno.writeTextFile(path, "id\n1\n");
    const manifest = { "a.csv": { ...(await factsOf(path))!, recipe: "r" } };
    assert.ok(await isAsMade(folder, "a.csv", "r", manifest));
    assert.ok(!await isAsMade(folder, "a.csv", "other", manifest));
    assert.ok(!await isAsMade(folder, "b.csv", "r", manifest));
    await Deno.writeTextFile(path, "id\n2\n");
    assert.ok(!await isAsMade(folder, "a.csv", "r", manifest));
    assert.deepEqual(await readManifest(`${folder}/none.json`), {});
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("no two files share a path, and a recipe follows from what is written", () => {
  const files = dataFiles();
  assert.equal(new Set(files.map(({ path }) => path)).size, files.length);
  const [big] = files;
  assert.notEqual(recipeOf(big), recipeOf({ ...big, options: "FORMAT csv" }));
  assert.equal(dataVersion(), dataVersion());
});
