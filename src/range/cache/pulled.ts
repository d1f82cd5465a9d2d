/**
 * What was pulled into the cache: the listing of a prefix as it was then, so that without a network it is
 * known what is under it, and what is not.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { ConfigurationError } from "../../errors.ts";
import { replaceFile } from "../../store/atomic_file.ts";

/** An object of a pulled prefix, in the state that was pulled. */
export interface PulledObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string;
  readonly lastModified: Date | undefined;
}

/** Whose prefix it is. */
export interface PulledPlace {
  /** The service, as in an ObjectPlace. */
  readonly store: string;
  /** Hash of who read it. */
  readonly principal: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** A prefix that was pulled: all that was under it. */
export interface PulledPrefix extends PulledPlace {
  /** When it was listed. */
  readonly pulled: Date;
  /** In the order of a listing. */
  readonly objects: readonly PulledObject[];
}

/** Lists are below this folder of the cache folder; another form has another name. */
const FOLDER = "pulled-1";
const OWNER_ONLY = 0o600;

/** Keeps the list of a prefix below `directory`; an older one of the same prefix is replaced. */
export async function keepPulled(directory: string, pulled: PulledPrefix): Promise<void> {
  const text = JSON.stringify({
    ...pulled,
    objects: pulled.objects.map(({ key, size, etag, lastModified }) =>
      [key, size, etag, lastModified?.getTime() ?? null] as const
    ),
  });
  await replaceFile(pathOf(directory, pulled), new TextEncoder().encode(text), {
    mode: OWNER_ONLY,
  });
}

/**
 * The lists below `directory`, in no order.
 *
 * @throws {ConfigurationError} naming a list that is damaged
 */
export async function pulledPrefixes(directory: string): Promise<PulledPrefix[]> {
  const found: PulledPrefix[] = [];
  try {
    for await (const { name } of Deno.readDir(join(directory, FOLDER))) {
      if (name.endsWith(".json")) found.push(await read(join(directory, FOLDER, name)));
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return found;
    throw error;
  }
  return found;
}

/** Forgets that a prefix was pulled. */
export async function forgetPulled(directory: string, place: PulledPlace): Promise<void> {
  try {
    await Deno.remove(pathOf(directory, place));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function pathOf(directory: string, { store, principal, bucket, prefix }: PulledPlace): string {
  const name = JSON.stringify([store, principal, bucket, prefix]);
  return join(directory, FOLDER, `${createHash("sha256").update(name).digest("hex")}.json`);
}

interface Written extends PulledPlace {
  readonly pulled: string;
  readonly objects: readonly (readonly [string, number, string, number | null])[];
}

async function read(path: string): Promise<PulledPrefix> {
  try {
    const { store, principal, bucket, prefix, pulled, objects } = JSON.parse(
      await Deno.readTextFile(path),
    ) as Written;
    return {
      store,
      principal,
      bucket,
      prefix,
      pulled: new Date(pulled),
      objects: objects.map(([key, size, etag, modified]) => ({
        key,
        size,
        etag,
        lastModified: modified === null ? undefined : new Date(modified),
      })),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw error;
    throw new ConfigurationError(`the list of what was pulled cannot be read: ${path}`, {
      hint: "Remove the file and pull again.",
      uri: path,
      cause: error,
    });
  }
}
