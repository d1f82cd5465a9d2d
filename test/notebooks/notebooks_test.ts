import assert from "node:assert/strict";

const FOLDER = new URL("../../notebooks/", import.meta.url);

interface Cell {
  readonly id: string;
  readonly cell_type: "code" | "markdown";
  readonly source: string | string[];
  readonly outputs?: readonly Record<string, unknown>[];
  readonly metadata: { readonly tags?: readonly string[]; readonly dipper?: unknown };
}

async function notebooks(): Promise<{ name: string; text: string; cells: readonly Cell[] }[]> {
  const found = [];
  for await (const { name } of Deno.readDir(FOLDER)) {
    if (!name.endsWith(".ipynb")) continue;
    const text = await Deno.readTextFile(new URL(name, FOLDER));
    found.push({ name, text, cells: JSON.parse(text).cells as Cell[] });
  }
  return found;
}

function sourceOf({ source }: Cell): string {
  return typeof source === "string" ? source : source.join("");
}

Deno.test("notebooks import the public module and nothing else", async () => {
  for (const { name, cells } of await notebooks()) {
    const code = cells.filter((cell) => cell.cell_type === "code").map(sourceOf).join("\n");
    const imported = [...code.matchAll(/\bimport\b[^;]*?["']([^"']+)["']/g)].map(([, from]) =>
      from
    );
    assert.deepEqual([...new Set(imported)], ["../src/mod.ts"], name);
  }
});

Deno.test("notebooks are kept with the outputs of a good run", async () => {
  for (const { name, cells } of await notebooks()) {
    for (const cell of cells.filter((each) => each.cell_type === "code")) {
      const outputs = cell.outputs ?? [];
      const isSilent = cell.metadata.tags?.includes("silent") ?? false;
      assert.ok(isSilent || outputs.length > 0, `${name}: ${cell.id} shows nothing`);
      assert.ok(isSilent || cell.metadata.dipper, `${name}: ${cell.id} says not what to expect`);
      for (const output of outputs) assert.notEqual(output.output_type, "error", cell.id);
    }
  }
});

Deno.test("notebooks show nothing of the machine they ran on", async () => {
  for (const { name, text } of await notebooks()) {
    assert.doesNotMatch(text, /\/(home|root|Users|tmp|work)\//, name);
    assert.doesNotMatch(text, /127\.0\.0\.1:\d+|DEMO[0-9A-F]{16}/, name);
  }
});
