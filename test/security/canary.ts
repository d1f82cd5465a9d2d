/**
 * Secrets that are told from everything else, and the eyes that look for them.
 *
 * @module
 */

/** A secret with signs that escaping changes, as real ones have. */
export function newCanary(): string {
  return `cNry/${crypto.randomUUID().replaceAll("-", "")}+'"=`;
}

/** A piece of a canary that is as good as the whole. */
const PIECE = 10;

/** Where a canary, or a piece of it, stands in `text`; undefined when it is nowhere. */
export function sighting(text: string, canary: string): string | undefined {
  const core = canary.slice("cNry/".length, -4);
  for (const form of [core, btoa(core), [...core].reverse().join("")]) {
    for (let at = 0; at + PIECE <= form.length; at++) {
      const found = text.indexOf(form.slice(at, at + PIECE));
      if (found >= 0) return text.slice(Math.max(0, found - 60), found + 60);
    }
  }
  return undefined;
}

/** Every text that an error carries, by the place where it was found. */
export function textsOf(error: unknown): Map<string, string> {
  const texts = new Map<string, string>([
    ["as text", String(error)],
    ["as JSON", JSON.stringify(error) ?? ""],
    ["inspected", Deno.inspect(error, { depth: 20, showHidden: true, getters: true })],
  ]);
  const seen = new Set<unknown>();
  const walk = (value: unknown, path: string) => {
    if (typeof value === "string") texts.set(path, value);
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) {
      walk((value as Record<PropertyKey, unknown>)[key], `${path}.${String(key)}`);
    }
  };
  walk(error, "error");
  return texts;
}

/** Files below `folders` that hold the canary, links followed nowhere. */
export async function filesWith(folders: readonly string[], canary: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string) => {
    for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) await visit(path);
      if (!isFile) continue;
      const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
      if (sighting(text, canary) !== undefined || sighting(name, canary) !== undefined) {
        found.push(path);
      }
    }
  };
  for (const folder of folders) await visit(folder);
  return found;
}
