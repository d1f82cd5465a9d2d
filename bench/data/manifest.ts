/**
 * What the data folder holds: sizes and hashes, so that a broken or foreign file is found before it
 * makes a wrong number.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";

/** A file's size in bytes and its SHA-256 in hex. */
export interface FileFacts {
  readonly size: number;
  readonly sha256: string;
}

/** A file that was made, and by which recipe. */
export interface MadeFile extends FileFacts {
  readonly recipe: string;
}

/** The folder's `manifest.json`, by path. */
export type Manifest = Readonly<Record<string, MadeFile>>;

/** The facts of the file at `path`; undefined when there is none. */
export async function factsOf(path: string): Promise<FileFacts | undefined> {
  try {
    const { size } = await Deno.stat(path);
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(chunk);
    }
    return { size, sha256: hash.digest("hex") };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Whether the file at `path` below `folder` is the one that `recipe` made. */
export async function isAsMade(
  folder: string,
  path: string,
  recipe: string,
  manifest: Manifest,
): Promise<boolean> {
  const made = manifest[path];
  if (made?.recipe !== recipe) return false;
  const facts = await factsOf(join(folder, path));
  return facts?.size === made.size && facts.sha256 === made.sha256;
}

/** The manifest at `path`; an empty one when there is none. */
export async function readManifest(path: string): Promise<Manifest> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return {};
    throw error;
  }
}
