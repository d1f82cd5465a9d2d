import assert from "node:assert/strict";
import fc from "fast-check";
import { parseIni } from "../../src/store/ini.ts";

const valuesOf = (text: string, section: string) =>
  Object.fromEntries(
    [...parseIni(text, "f").get(section)!.values].map(([key, { value }]) => [key, value]),
  );

Deno.test("sections, properties, comments, nesting", () => {
  const text = `\uFEFF# a comment
[default]
region = eu-west-1 ; trailing
Secret=a#b;c=d
s3 =
  addressing_style = path
    max_concurrent_requests=20
output = json

[services lab]\r
s3 =\r
\tendpoint_url = http://x:1\r
sts =\r
  endpoint_url = http://y:2\r
`;
  assert.deepEqual(valuesOf(text, "default"), {
    region: "eu-west-1",
    secret: "a#b;c=d",
    s3: "",
    "s3.addressing_style": "path",
    "s3.max_concurrent_requests": "20",
    output: "json",
  });
  assert.deepEqual(valuesOf(text, "services lab"), {
    s3: "",
    "s3.endpoint_url": "http://x:1",
    sts: "",
    "sts.endpoint_url": "http://y:2",
  });
  assert.equal(parseIni(text, "f").get("default")!.values.get("output")!.line, 8);
});

Deno.test("a section written twice is one; indented properties are properties", () => {
  assert.deepEqual(valuesOf("[a]\n x = 1\n[b]\n[a]\nx = 2\ny = 3", "a"), { x: "2", y: "3" });
});

Deno.test("a mistake is told with file and line", () => {
  for (
    const [text, line] of [
      ["x = 1", 1],
      ["[a]\nx", 2],
      ["[a\nx = 1", 1],
      ["[a]\n\n= 1", 3],
      ["[a]\n  x", 2],
    ] as const
  ) {
    assert.throws(() => parseIni(text, "~/.aws/config"), {
      name: "ConfigurationError",
      message: new RegExp(`^~/.aws/config, line ${line}: `),
    }, text);
  }
});

Deno.test("what is written is what is read", () => {
  const word = fc.stringMatching(/^[a-z_][a-z0-9_]{0,10}$/);
  const value = fc.stringMatching(/^[A-Za-z0-9/+=:@,.-]{1,30}$/);
  fc.assert(fc.property(fc.dictionary(word, value, { minKeys: 1 }), (record) => {
    const text = Object.entries(record).map(([key, value]) => `${key} = ${value}`).join("\n");
    assert.deepEqual(valuesOf(`[p]\n${text}`, "p"), { ...record });
  }));
});
