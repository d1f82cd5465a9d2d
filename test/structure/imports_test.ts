import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";
import { codeOf, sourceFiles } from "./source.ts";

/**
 * From the top down: a file may import from its own group and from lower ones. Groups on one line
 * do not know each other.
 */
const ORDER: readonly (readonly string[])[] = [
  ["cli"],
  ["mod"],
  ["datasets"],
  ["etl", "show"],
  ["engine"],
  ["gateway"],
  ["formats", "objects"],
  ["range"],
  ["store"],
  ["settings"],
  ["errors"],
  ["redaction"],
];

interface Import {
  readonly file: string;
  readonly target: string;
  /** Gone when the program runs. */
  readonly typeOnly: boolean;
}

Deno.test("imports point down, never up or across", () => {
  const wrong = imports().filter(({ file, target }) => {
    if (!/^\.\.?\/.*\.ts$/.test(target)) return false;
    const from = groupOf(file);
    const to = groupOf(join(dirname(file), target));
    if (from === to) return false;
    return rank(to) <= rank(from);
  });
  assert.deepEqual(wrong.map(({ file, target }) => `${file} imports ${target}`), []);
});

Deno.test("only engine/ knows DuckDB", () => {
  const wrong = imports().filter(({ file, target }) =>
    target.startsWith("@duckdb/") && groupOf(file) !== "engine"
  );
  assert.deepEqual(wrong.map(({ file, target }) => `${file} imports ${target}`), []);
});

Deno.test("show/ takes types from engine/ and nothing that runs", () => {
  const wrong = imports().filter(({ file, target, typeOnly }) =>
    groupOf(file) === "show" && target.startsWith("../") && !typeOnly &&
    groupOf(join(dirname(file), target)) === "engine"
  );
  assert.deepEqual(wrong.map(({ file, target }) => `${file} imports ${target}`), []);
});

Deno.test("the import reader sees every form of import", () => {
  const code = `import a from "one";\nimport type { B } from "two";\nexport * from "three";\n` +
    `import { type C, type D } from "four";\nimport { type E, f } from "five";\nimport "six";\n` +
    `const g = await import("seven");\nexport type { H } from "eight";\nimport {\n  i,\n} from "nine";\n`;
  assert.deepEqual(
    readImports("x.ts", code).map(({ target, typeOnly }) => [target, typeOnly]),
    [
      ["one", false],
      ["two", true],
      ["three", false],
      ["four", true],
      ["five", false],
      ["six", false],
      ["seven", false],
      ["eight", true],
      ["nine", false],
    ],
  );
});

function imports(): Import[] {
  return sourceFiles().flatMap((file) => readImports(file, codeOf(file)));
}

function readImports(file: string, code: string): Import[] {
  const form = /\b(?:import|export)\s+(type\s+)?([\w*{}\s,$]*?)\s*from\s*"([^"]+)"/g;
  const bare = /\bimport\s*\(?\s*"([^"]+)"/g;
  const found = [
    ...[...code.matchAll(form)].map((match) => ({
      at: match.index,
      target: match[3],
      typeOnly: match[1] !== undefined || onlyTypes(match[2]),
    })),
    ...[...code.matchAll(bare)].map((match) => ({
      at: match.index,
      target: match[1],
      typeOnly: false,
    })),
  ];
  return found.sort((a, b) => a.at - b.at).map(({ target, typeOnly }) => ({
    file,
    target,
    typeOnly,
  }));
}

function onlyTypes(clause: string): boolean {
  const names = clause.match(/^\{([^]*)\}$/)?.[1].split(",").map((name) => name.trim());
  return names?.every((name) => name === "" || name.startsWith("type ")) ?? false;
}

function groupOf(path: string): string {
  const [top, second] = path.split("/");
  return top === "datasets" ? "datasets" : second.replace(/\.ts$/, "");
}

function rank(group: string): number {
  const found = ORDER.findIndex((groups) => groups.includes(group));
  assert.notEqual(found, -1, `${group} has no place in the order of imports`);
  return found;
}
