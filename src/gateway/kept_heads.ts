/**
 * Heads of objects that cannot change, on disk: versions, and what is declared immutable. A client other
 * than DuckDB looks at headers that the cache of bytes does not have, such as an object's metadata.
 *
 * A file an object, for its owner alone, written beside and renamed. What cannot be written or read is
 * asked for again: nothing here is waited for, and nothing fails.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { principalHash } from "../range/cache/identity.ts";
import { findFolder } from "../range/cache/folder.ts";
import { principalOf, serviceOf } from "../range/principal.ts";
import { isImmutable } from "../store/immutable.ts";
import type { Store } from "../store/store.ts";
import type { Located } from "./exchange.ts";
import type { QueryPair } from "./uri_text.ts";

type Headers = Readonly<Record<string, string>>;
type Place = Located & { readonly key: string };

/** What a file says. */
interface Written {
  readonly bucket: string;
  readonly key: string;
  readonly headers: Headers;
}

/** Files are below this folder of the cache folder, in folders by the first two digits of their names. */
const FOLDER = "heads-1";
/** Files in one of the 256 folders, at most; so many that all take about as much as one large object. */
const MOST = 64;
const OWNER_ONLY = { mode: 0o600 };

const folders = new WeakMap<Store, string>();

/** Has the heads of `store` kept below the cache folder `directory`. */
export function keepHeadsIn(store: Store, directory: string): void {
  folders.set(store, directory);
}

/** The headers of a head that was kept. */
export async function keptHead(
  place: Place,
  query: readonly QueryPair[],
  signal?: AbortSignal,
): Promise<Headers | undefined> {
  const path = await pathOf(place, query, signal);
  if (path === undefined) return undefined;
  try {
    return (JSON.parse(await Deno.readTextFile(path)) as Written).headers;
  } catch {
    return undefined; // there is none, or none that is whole
  }
}

/** Keeps the headers of a head, where that is allowed. */
export async function keepHead(
  place: Place,
  query: readonly QueryPair[],
  headers: Headers,
  signal?: AbortSignal,
): Promise<void> {
  const path = await pathOf(place, query, signal);
  // Without a strong ETag no bytes are kept either.
  if (path === undefined || headers.etag === undefined || headers.etag.startsWith("W/")) return;
  const { bucket, key } = place;
  const written: Written = { bucket, key, headers };
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await makeRoom(join(path, ".."));
    await Deno.writeTextFile(temporary, JSON.stringify(written), OWNER_ONLY);
    await Deno.rename(temporary, path);
  } catch {
    await Deno.remove(temporary).catch(() => {}); // it may not have come to be
  }
}

/** Forgets the heads of objects that `matches`, below `directory`. */
export async function forgetHeads(
  directory: string,
  matches: (object: { readonly bucket: string; readonly key: string }) => boolean,
): Promise<void> {
  for (const folder of await namesIn(join(directory, FOLDER))) {
    for (const name of await namesIn(join(directory, FOLDER, folder))) {
      const path = join(directory, FOLDER, folder, name);
      if (await isOf(path, matches)) await Deno.remove(path).catch(() => {}); // gone already
    }
  }
}

async function isOf(path: string, matches: Parameters<typeof forgetHeads>[1]): Promise<boolean> {
  try {
    return matches(JSON.parse(await Deno.readTextFile(path)) as Written);
  } catch {
    return true; // what is not whole is of no use
  }
}

/** Where the head is kept; undefined when it may not be. */
async function pathOf(
  place: Place,
  query: readonly QueryPair[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { store, bucket, key } = place;
  const directory = folders.get(store);
  const version = query.find(([name]) => name === "versionId")?.[1];
  const isFixed = version !== undefined && version !== "null" ||
    isImmutable(store.immutable, { bucket, key });
  if (directory === undefined || !isFixed || !await isOurs(directory)) return undefined;
  const principal = principalHash(await principalOf(store, signal));
  const name = JSON.stringify([serviceOf(store), principal, bucket, key, version ?? null]);
  const hash = createHash("sha256").update(name).digest("hex");
  return join(directory, FOLDER, hash.slice(0, 2), `${hash.slice(2)}.json`);
}

/** The folder of the cache of bytes is made and checked before anything is read. */
async function isOurs(directory: string): Promise<boolean> {
  try {
    return await findFolder(directory) !== undefined;
  } catch {
    return false; // that cache has said why
  }
}

/** Makes the folder, and removes a file of it when it is full: which one does not matter much. */
async function makeRoom(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const names = await namesIn(folder);
  for (const name of names.slice(0, Math.max(0, names.length - MOST + 1))) {
    await Deno.remove(join(folder, name)).catch(() => {}); // another process was faster
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
