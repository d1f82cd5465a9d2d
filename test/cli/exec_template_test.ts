import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { fillTemplate, splitWords } from "../../src/cli/exec_template.ts";

Deno.test("a template is cut as a shell cuts it", () => {
  const cases: [string, string[]][] = [
    ["a b  c", ["a", "b", "c"]],
    [`a 'b c' "d e"`, ["a", "b c", "d e"]],
    [`a\\ b '\\' ""`, ["a b", "\\", ""]],
    [`x{uri}"y z"`, ["x{uri}y z"]],
  ];
  for (const [text, words] of cases) assert.deepEqual(splitWords(text), words, text);
  for (const bad of ["", "  ", "a 'b"]) assert.throws(() => splitWords(bad), UsageError);
});

Deno.test("a name is one word, whatever it holds, and never a flag", () => {
  const words = ["cmd", "--in={key}", "{key}", "{uri}"];
  const fill = (key: string) => fillTemplate(words, { key, uri: `s3://b/${key}` });
  const hostile = "$(rm -rf /); 'x' {uri}";
  assert.deepEqual(fill(hostile), ["cmd", `--in=${hostile}`, hostile, `s3://b/${hostile}`]);
  assert.equal(fill("-rf"), undefined);
  assert.throws(() => fillTemplate(["{nothing}"], {}), /\{nothing\}/);
});
