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

/** The folder's `manifest.json`. */
export interface Manifest {
  readonly version: number;
  readonly files: Readonly<Record<string, FileFacts>>;
}

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

/** Paths of files that are not as the manifest says. */
export async function differing(folder: string, { files }: Manifest): Promise<string[]> {
  const wrong: string[] = [];
  for (const [path, { size, sha256 }] of Object.entries(files)) {
    const facts = await factsOf(join(folder, path));
    if (facts?.size !== size || facts.sha256 !== sha256) wrong.push(path);
  }
  return wrong;
}

/** The manifest at `path`; undefined when there is none, or it is of another version. */
export async function readManifest(path: string, version: number): Promise<Manifest | undefined> {
  try {
    const manifest: Manifest = JSON.parse(await Deno.readTextFile(path));
    return manifest.version === version ? manifest : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
