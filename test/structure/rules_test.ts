import assert from "node:assert/strict";
import { codeOf, readText, sourceFiles } from "./source.ts";

const ENVIRONMENT_READERS = ["src/store/environment.ts", "src/settings.ts"];

function filesWith(pattern: RegExp, allowed: (file: string) => boolean): string[] {
  return sourceFiles().filter((file) => !allowed(file) && pattern.test(codeOf(file)));
}

Deno.test("the environment is read where stores and settings are resolved, nowhere else", () => {
  const wrong = filesWith(
    /\bDeno\.env\b|\bprocess\.env\b/,
    (file) => ENVIRONMENT_READERS.includes(file),
  );
  assert.deepEqual(wrong, []);
});

Deno.test("only cli/ and show/ print", () => {
  const wrong = filesWith(
    /\bconsole\.\w|\bDeno\.(stdout|stderr)\b|\bprocess\.(stdout|stderr)\b/,
    (file) => /^src\/(cli|show)\//.test(file),
  );
  assert.deepEqual(wrong, []);
});

Deno.test("nothing is exported as default", () => {
  assert.deepEqual(filesWith(/\bexport\s+default\b|\bas\s+default\b/, () => false), []);
});

Deno.test("mod.ts is the only file that only passes exports on", () => {
  const barrels = sourceFiles().filter((file) => {
    const statements = codeOf(file).replace(/\bexport\s+(type\s+)?[^;]*?\bfrom\s*"[^"]+";/g, "");
    return file !== "src/mod.ts" && statements.trim() === "";
  });
  assert.deepEqual(barrels, []);
});

Deno.test("no file is longer than 400 lines", () => {
  const long = sourceFiles().filter((file) => readText(file).trimEnd().split("\n").length > 400);
  assert.deepEqual(long, []);
});

Deno.test("nothing escapes the type checker", () => {
  const wrong = sourceFiles().filter((file) =>
    /@ts-(ignore|nocheck)/.test(readText(file)) || /(:|\bas|<)\s*any\b/.test(codeOf(file))
  );
  assert.deepEqual(wrong, []);
});

Deno.test("a lint rule is silenced with a reason or not at all", () => {
  const bare = sourceFiles().filter((file) =>
    readText(file).split("\n").some((line) =>
      /deno-lint-ignore/.test(line) && !/ -- \S+/.test(line)
    )
  );
  assert.deepEqual(bare, []);
});
