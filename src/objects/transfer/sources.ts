/**
 * What is at a place: files or objects, by names relative to it.
 *
 * @module
 */
import { basename, join, sep } from "node:path";
import { UsageError } from "../../errors.ts";
import { fixedPrefix, globPattern, isGlob } from "./filters.ts";
import { objectsUnder } from "./listing.ts";
import { localFailure } from "./local_failure.ts";
import type { Place } from "./place.ts";
import { pathToKey } from "./safe_path.ts";
import { storedObject } from "./stored.ts";
import type { Wire, WireTarget } from "./wire.ts";

/** A file or an object, and its name at its place: that of the key it would have in an empty prefix. */
export type Found =
  & {
    readonly name: string;
    readonly size: number;
    readonly modified: Date | undefined;
  }
  & (
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "object"; readonly target: WireTarget; readonly etag: string | undefined }
  );

/** How to look. */
export interface FindOptions {
  readonly recursive: boolean;
  /** One version of the object, where one object is meant. */
  readonly versionId?: string;
  /** Names are no globs, whatever characters they have. */
  readonly literal?: boolean;
  readonly takes: (name: string) => boolean;
  /** Told of what is left out, and why. */
  readonly onLeftOut: (path: string, why: string) => void;
  readonly signal: AbortSignal;
}

/** Whether a place is one name, or can be many. */
export async function isMany(
  place: Place,
  { recursive = false, literal = false }: {
    readonly recursive?: boolean;
    readonly literal?: boolean;
  },
): Promise<boolean> {
  if (place.kind === "stream") return false;
  if (recursive) return true;
  const text = place.kind === "local" ? place.path : place.key;
  if (literal || !isGlob(text)) return false;
  return place.kind === "remote" || !await Deno.lstat(text).then(() => true, () => false);
}

/** What is at `place`. */
export async function* find(
  wire: Wire,
  place: Exclude<Place, { kind: "stream" }>,
  options: FindOptions,
): AsyncGenerator<Found, void, undefined> {
  const many = await isMany(place, options);
  if (place.kind === "local") {
    if (!many) yield await oneFile(place.path, options);
    else if (!options.literal && isGlob(place.path) && !await isThere(place.path)) {
      yield* globFiles(place.path, options);
    } else yield* walk(place.path, "", options);
  } else if (many) yield* listObjects(wire, place, options);
  else yield await oneObject(wire, place, options);
}

async function oneObject(
  wire: Wire,
  { store, bucket, key }: Extract<Place, { kind: "remote" }>,
  { signal, versionId }: FindOptions,
): Promise<Found> {
  if (key === "" || key.endsWith("/")) {
    throw new UsageError(`s3://${bucket}/${key} is a ${key === "" ? "bucket" : "prefix"}`, {
      bucket,
      key,
      hint: "Use --recursive for the objects under it.",
    });
  }
  const target = { store, bucket, key, ...(versionId === undefined ? {} : { versionId }) };
  const { size, etag, lastModified } = await storedObject(wire, target, signal);
  return { kind: "object", name: basename(key), target, size, etag, modified: lastModified };
}

async function* listObjects(
  wire: Wire,
  { store, bucket, key }: Extract<Place, { kind: "remote" }>,
  { recursive, literal, takes, signal }: FindOptions,
): AsyncGenerator<Found, void, undefined> {
  const glob = !literal && isGlob(key);
  const { folder, prefix } = glob
    ? fixedPrefix(key)
    : { folder: folderOf(key), prefix: folderOf(key) };
  const pattern = glob
    ? globPattern(recursive ? `${key.replace(/\/$/, "")}{,/**}` : key)
    : undefined;
  for await (const entry of objectsUnder(wire, { store, bucket, prefix }, signal)) {
    if (pattern !== undefined && !pattern.test(entry.key)) continue;
    const name = entry.key.slice(folder.length);
    if (name === "" || !takes(name)) continue;
    yield {
      kind: "object",
      name,
      target: { store, bucket, key: entry.key },
      size: entry.size,
      etag: entry.etag,
      modified: entry.lastModified,
    };
  }
}

/** `data` means what is in `data/`. */
export function folderOf(key: string): string {
  return key === "" || key.endsWith("/") ? key : `${key}/`;
}

async function oneFile(path: string, { onLeftOut }: FindOptions): Promise<Found> {
  try {
    const info = await Deno.stat(path);
    if (info.isDirectory) {
      throw new UsageError(`${path} is a folder`, {
        uri: path,
        hint: "Use --recursive for what is in it.",
      });
    }
    if (!info.isFile) {
      onLeftOut(path, "no regular file");
      throw new UsageError(`${path} is no regular file`, {
        uri: path,
        hint: "Read it through standard input: dipper cp - s3://bucket/key.",
      });
    }
    const name = pathToKey(basename(path));
    return { kind: "file", name, path, size: info.size, modified: info.mtime ?? undefined };
  } catch (error) {
    throw localFailure(error, "read", path);
  }
}

async function* globFiles(
  glob: string,
  options: FindOptions,
): AsyncGenerator<Found, void, undefined> {
  const { folder } = fixedPrefix(glob);
  const pattern = globPattern(options.recursive ? `${glob.replace(/\/$/, "")}{,/**}` : glob);
  const root = folder === "" ? "." : folder;
  const takes = (name: string) => pattern.test(folder + name) && options.takes(name);
  yield* walk(root, "", { ...options, takes });
}

/** The files of a folder, sorted by name. Links to files inside of it are followed, others are not. */
async function* walk(
  root: string,
  inside: string,
  options: FindOptions,
): AsyncGenerator<Found, void, undefined> {
  const folder = join(root, inside);
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) entries.push(entry);
  } catch (error) {
    if (inside === "") throw localFailure(error, "read", folder);
    options.onLeftOut(folder, "it cannot be read");
    return;
  }
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of entries) {
    const path = join(root, inside, entry.name);
    const relative = inside === "" ? entry.name : `${inside}${sep}${entry.name}`;
    if (entry.isDirectory) {
      yield* walk(root, relative, options);
      continue;
    }
    if (/^\.dipper-[0-9a-f]{16}\.part$/.test(entry.name)) continue;
    const found = await fileAt(root, path, relative, entry, options);
    if (found !== undefined) yield found;
  }
}

async function fileAt(
  root: string,
  path: string,
  relative: string,
  entry: Deno.DirEntry,
  { takes, onLeftOut }: FindOptions,
): Promise<Found | undefined> {
  const plain = sep === "/" ? relative : relative.replaceAll(sep, "/");
  const name = pathToKey(plain);
  if (!takes(name)) return undefined;
  if (entry.isSymlink) {
    const real = await Deno.realPath(path).catch(() => undefined);
    if (real === undefined) return void onLeftOut(path, "its link leads nowhere");
    const base = await Deno.realPath(root);
    if (!real.startsWith(base.endsWith(sep) ? base : base + sep)) {
      return void onLeftOut(path, "its link leads out of the folder");
    }
  }
  const info = await Deno.stat(path).catch(() => undefined);
  if (info === undefined) return void onLeftOut(path, "it is gone");
  if (info.isDirectory) return void onLeftOut(path, "a link to a folder");
  if (!info.isFile) return void onLeftOut(path, "no regular file");
  if (name !== plain && await isThere(join(root, name))) {
    return void onLeftOut(path, "another file has the same key");
  }
  return { kind: "file", name, path, size: info.size, modified: info.mtime ?? undefined };
}

function isThere(path: string): Promise<boolean> {
  return Deno.lstat(path).then(() => true, () => false);
}
