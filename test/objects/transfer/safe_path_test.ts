import assert from "node:assert/strict";
import { isAbsolute, join, normalize, relative, sep } from "node:path";
import fc from "fast-check";
import { LocalFolder } from "../../../src/objects/transfer/local_folder.ts";
import {
  foldedKeyToPath,
  foldOf,
  keyToPath,
  type NameRules,
  pathToKey,
} from "../../../src/objects/transfer/safe_path.ts";
import { isDipperError } from "../../../src/errors.ts";
import { HOSTILE_KEYS } from "./support/hostile_keys.ts";

const RULES: readonly NameRules[] = ["posix", "windows"];

/** What is wrong with a path, if anything. */
function fault(path: string, rules: NameRules): string | undefined {
  if (isAbsolute(path) || path === "") return "it is absolute or empty";
  if (normalize(path) !== path) return "it is not normal";
  for (const name of path.split("/")) {
    if (name === "" || name === "." || name === "..") return `a part is ${JSON.stringify(name)}`;
    if (new TextEncoder().encode(name).length > 255) return "a part is too long";
    // deno-lint-ignore no-control-regex -- control characters are what it looks for
    if (/[\u0000-\u001f\u007f-\u009f\\]/.test(name)) return "a part has a control character";
    if (
      rules === "windows" &&
      (/[<>:"|?*]|[. ]$/.test(name) || /^(con|nul|aux|prn)(\.|$)/i.test(name))
    ) {
      return `Windows cannot have ${JSON.stringify(name)}`;
    }
  }
  return undefined;
}

Deno.test("two hundred hostile keys have safe paths, and come back from them", () => {
  assert.ok(HOSTILE_KEYS.length >= 200, `${HOSTILE_KEYS.length} keys`);
  for (const rules of RULES) {
    for (const toPath of [keyToPath, foldedKeyToPath]) {
      const paths = new Set<string>();
      for (const key of HOSTILE_KEYS) {
        const path = toPath(key, rules);
        assert.equal(
          fault(path, rules),
          undefined,
          `${JSON.stringify(key)} → ${JSON.stringify(path)}`,
        );
        assert.equal(pathToKey(path), key);
        paths.add(toPath === keyToPath ? path : foldOf(path));
      }
      assert.equal(paths.size, HOSTILE_KEYS.length, `${toPath.name} gives two keys one path`);
    }
  }
});

Deno.test("every key comes back from its path, and no two have the same", () => {
  const piece = fc.oneof(
    fc.constantFrom(..."./\\%{}+:. \n\u0000\u0085Aaé"),
    fc.constantFrom("%{2E}", "%{+}", "%{}", "..", "//", "e\u0301", "NUL", "con.x"),
    fc.string({ unit: "grapheme", maxLength: 3 }),
  );
  const key = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(key, fc.constantFrom(...RULES), (text, rules) => {
      for (const toPath of [keyToPath, foldedKeyToPath]) {
        const path = toPath(text, rules);
        assert.equal(pathToKey(path), text);
        assert.equal(fault(path, rules), undefined);
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("ordinary names stay as they are", () => {
  for (const key of ["a/b.csv", "part=0/x y.parquet", "a%20b", "2026-01-01T12:00.csv", "日本"]) {
    assert.equal(keyToPath(key, "posix"), key);
    assert.equal(pathToKey(key), key);
  }
});

Deno.test("on a real file system every hostile key is inside the folder, or refused by name", async () => {
  const root = await Deno.makeTempDir();
  try {
    const folder = await LocalFolder.open(join(root, "target"));
    const refused: string[] = [];
    const written: string[] = [];
    for (const [index, key] of HOSTILE_KEYS.entries()) {
      // A folder of its own for each: some are the parents of others.
      const inside = `${index}/${folder.pathOf(key)}`;
      try {
        const path = await folder.prepare(inside);
        assert.ok(!relative(folder.path, path).startsWith(".."));
        await Deno.writeTextFile(path, key, { createNew: true });
        written.push(key);
      } catch (error) {
        assert.ok(isDipperError(error, "usage"), `${JSON.stringify(key)}: ${error}`);
        refused.push(key);
      }
    }
    const found = new Map<string, string>();
    for (const path of await files(folder.path)) {
      const [, ...parts] = path.split(sep);
      found.set(pathToKey(parts.join("/")), await Deno.readTextFile(join(folder.path, path)));
    }
    assert.deepEqual([...found.keys()].sort(), [...written].sort());
    for (const [key, text] of found) assert.equal(text, key);
    assert.deepEqual(
      await files(root).then((all) => all.filter((path) => !path.startsWith("target"))),
      [],
    );
    assert.ok(refused.length <= 2, `${refused.length} were refused`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("a link that leads out is refused, one that stays inside is not", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(root, "target", "real"), { recursive: true });
    await Deno.mkdir(join(root, "outside"));
    await Deno.symlink(join(root, "outside"), join(root, "target", "out"));
    await Deno.symlink("real", join(root, "target", "in"));
    const folder = await LocalFolder.open(join(root, "target"));
    await assert.rejects(folder.prepare("out/x"), { tag: "usage" });
    await assert.rejects(folder.prepare("out/deep/x"), { tag: "usage" });
    assert.equal(await folder.prepare("in/x"), join(folder.path, "in/x"));
    await Deno.writeTextFile(join(root, "target", "file"), "");
    await assert.rejects(folder.prepare("file/x"), { tag: "usage" });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

async function files(root: string, inside = ""): Promise<string[]> {
  const all: string[] = [];
  for await (const entry of Deno.readDir(join(root, inside))) {
    const path = join(inside, entry.name);
    all.push(...entry.isDirectory ? await files(root, path) : [path]);
  }
  return all;
}
