import assert from "node:assert/strict";
import fc from "fast-check";
import { parseIni } from "../../src/store/ini.ts";
import { editSection, removeSection, sectionNames } from "../../src/store/profile_text.ts";

const TARGET = "profile lab";

/** Lines outside the target section, found without the code under test. */
function outside(text: string): string {
  let inside = false;
  return text.split(/(?<=\n)/).filter((line) => {
    const header = /^\s*\[([^\]]+)\]/.exec(line)?.[1];
    if (header !== undefined) inside = /^profile\s+"?lab"?$/.test(header.trim());
    return !inside;
  }).join("");
}

/** The target's values as the reader of the AWS files has them, lines that it refuses left out. */
function readSection(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => /=|^\s*\[|^\s*[#;]/.test(line));
  while (lines.length > 0 && !lines[0].startsWith("[")) lines.shift();
  const sections = [...parseIni(lines.join("\n"), "test").values()]
    .filter(({ name }) => /^profile\s+"?lab"?$/.test(name));
  return new Map(
    sections.flatMap(({ values }) => [...values].map(([key, { value }]) => [key, value] as const)),
  );
}

const end = fc.constantFrom("\n", "\r\n");
const word = fc.stringMatching(/^[a-z_]{1,8}$/);
const value = fc.stringMatching(/^[A-Za-z0-9+/=:.]{1,20}$/);
const entry = fc.oneof(
  fc.tuple(word, fc.constantFrom("=", " = ", " =", ": "), value).map((parts) => parts.join("")),
  fc.tuple(word, fc.array(fc.tuple(word, value), { minLength: 1, maxLength: 3 }))
    .map(([key, inner]) => `${key} =` + inner.map(([k, v]) => `\n    ${k} = ${v}`).join("")),
  fc.constantFrom("region = old", "  region=old", "REGION = old", "s3 =\n  addressing_style = old"),
  fc.string({ maxLength: 20 }).map((text) => `# ${text.replace(/[\r\n]/g, "")}`),
  fc.constantFrom("", "   ", "; [profile lab]", "#[profile lab]", "no equals sign", "k = [v]"),
);
const section = fc.tuple(
  fc.constantFrom(
    "[default]",
    "[profile lab]",
    '[profile "lab"]  # mine',
    "[profile lab2]",
    "[services lab]",
    "[sso-session lab]",
    "[lab]",
  ),
  fc.array(entry, { maxLength: 6 }),
).map(([header, entries]) => [header, ...entries].join("\n"));
const file = fc.record({
  head: fc.array(fc.constantFrom("# top", "", "; top"), { maxLength: 3 }),
  sections: fc.array(section, { maxLength: 5 }),
  end,
  ended: fc.boolean(),
}).map(({ head, sections, end, ended }) =>
  [...head, ...sections].join("\n").replaceAll("\n", end) + (ended ? end : "")
);

const edits = [
  { name: ["region"], value: "eu-central-1" },
  { name: ["s3", "addressing_style"], value: "path" },
  { name: ["output"], value: undefined },
] as const;

Deno.test("what is outside the edited section stays byte for byte", () => {
  fc.assert(
    fc.property(file, (before) => {
      const after = editSection(before, TARGET, edits);
      const [kept, original] = [outside(after), outside(before)];
      if (kept !== original) {
        // A file that did not end its last line gets the end, and a blank line before a new section.
        assert.match(kept.slice(original.length), /^(\r?\n){1,2}$/);
        assert.equal(kept.slice(0, original.length), original);
      }
      assert.equal(readSection(after).get("region"), "eu-central-1");
      assert.equal(readSection(after).get("s3.addressing_style"), "path");
      assert.equal(editSection(after, TARGET, edits), after);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("other entries of the edited section keep their values", () => {
  fc.assert(
    fc.property(file, (before) => {
      const old = readSection(before);
      const now = readSection(editSection(before, TARGET, edits));
      for (const [key, text] of old) {
        if (/^(region|s3\.addressing_style|output)$/i.test(key)) continue;
        assert.equal(now.get(key), text);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("removing a section removes nothing else", () => {
  fc.assert(
    fc.property(file, (before) => {
      const after = removeSection(before, TARGET);
      assert.equal(sectionNames(after).includes(TARGET), false);
      // Comments that stood after the section's last entry are kept, so compare without them.
      const bare = (text: string) => text.split(/\r?\n/).filter((line) => /^\s*[^\s#;]/.test(line));
      assert.deepEqual(
        bare(outside(after)).filter((line) => line !== "no equals sign"),
        bare(outside(before)).filter((line) => line !== "no equals sign"),
      );
    }),
    { numRuns: 1000 },
  );
});

Deno.test("an entry is replaced where it stands, with its indent", () => {
  const before = "[default]\r\n  region=a\r\noutput = json\r\n";
  assert.equal(
    editSection(before, "default", [{ name: ["region"], value: "b" }]),
    "[default]\r\n  region = b\r\noutput = json\r\n",
  );
});

Deno.test("a nested entry joins the block that is there", () => {
  const before = "[default]\ns3 =\n  max_queue_size = 5\n\n# next\n[profile b]\nregion = x";
  assert.equal(
    editSection(before, "default", [{ name: ["s3", "addressing_style"], value: "path" }]),
    "[default]\ns3 =\n  max_queue_size = 5\n  addressing_style = path\n\n# next\n[profile b]\nregion = x",
  );
});

Deno.test("the last nested entry takes its block with it", () => {
  const before = "[default]\ns3 =\n  addressing_style = path\nregion = x\n";
  assert.equal(
    editSection(before, "default", [{ name: ["s3", "addressing_style"], value: undefined }]),
    "[default]\nregion = x\n",
  );
});
