/**
 * The folder of the disk cache, made and checked.
 *
 * @module
 */
import { join } from "node:path";
import { ConfigurationError } from "../../errors.ts";

/** Files of this layout are below this folder of the cache folder; another layout has another name. */
export const LAYOUT = "blocks-1";

/**
 * Makes the folder for blocks below `directory`, both for their owner alone, and gives its path.
 *
 * @throws {ConfigurationError} when it cannot be made, when somebody else owns it, or when others may
 * write to it: they could then put other bytes in the place of ours
 */
export async function prepareFolder(directory: string): Promise<string> {
  const folder = join(directory, LAYOUT);
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    await checkOwners(directory, folder);
    return folder;
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(`the cache folder ${directory} cannot be made or looked at`, {
      hint: "Name a folder of yours in DIPPER_CACHE_DIR, or switch it off with DIPPER_CACHE=off.",
      uri: directory,
      cause: error,
    });
  }
}

/** The folder for blocks below `directory` when it is there and ours; undefined when there is none. */
export async function findFolder(directory: string): Promise<string | undefined> {
  const folder = join(directory, LAYOUT);
  try {
    await checkOwners(directory, folder);
    return folder;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function checkOwners(...paths: readonly string[]): Promise<void> {
  const user = currentUser();
  for (const path of paths) checkOwner(path, await Deno.stat(path), user);
}

/** The number of the user; null where there is no such thing. */
function currentUser(): number | null {
  try {
    return Deno.uid();
  } catch (error) {
    throw new ConfigurationError("the owner of the cache folder cannot be checked", {
      hint: "Run with --allow-sys=uid, or switch it off with DIPPER_CACHE=off.",
      cause: error,
    });
  }
}

/** @throws {ConfigurationError} as {@link prepareFolder} says */
export function checkOwner(
  path: string,
  info: Pick<Deno.FileInfo, "uid" | "mode" | "isDirectory">,
  user: number | null,
): void {
  if (!info.isDirectory) {
    throw new ConfigurationError(`the cache folder ${path} is not a folder`, {
      hint: "Name a folder in DIPPER_CACHE_DIR.",
      uri: path,
    });
  }
  if (user !== null && info.uid !== null && info.uid !== user) {
    throw new ConfigurationError(`the cache folder ${path} belongs to somebody else`, {
      hint: "Name a folder of yours in DIPPER_CACHE_DIR.",
      uri: path,
    });
  }
  if (info.mode !== null && (info.mode & 0o022) !== 0) {
    throw new ConfigurationError(`others may write to the cache folder ${path}`, {
      hint: `chmod go-w '${path}', or name another folder in DIPPER_CACHE_DIR.`,
      uri: path,
    });
  }
}
