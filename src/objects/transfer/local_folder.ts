/**
 * A folder that objects are written into, and nothing outside of it.
 *
 * Deno has no `openat`: each folder on the way is looked at when it is first used, and a symbolic link that
 * leads out is refused. Who can replace folders here while a transfer runs can still lead it elsewhere.
 *
 * @module
 */
import { dirname, join, resolve, sep } from "node:path";
import { UsageError } from "../../errors.ts";
import { localFailure } from "./local_failure.ts";
import { foldedKeyToPath, foldOf, keyToPath } from "./safe_path.ts";

/** Characters of a path at most: the system's bound, less a temporary name. */
const LONGEST_PATH = 4096 - 64;

/** A folder and what is in it. */
export class LocalFolder {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly #safe = new Map<string, Promise<void>>();
  readonly #folded = new Map<string, string>();
  readonly #folds: boolean;
  readonly #isWritten: boolean;

  private constructor(path: string, folds: boolean, isWritten: boolean) {
    this.path = path;
    this.#folds = folds;
    this.#isWritten = isWritten;
  }

  /** The folder as {@link LocalFolder.open} gives it, for a look: nothing is made, here or in it. */
  static async look(path: string): Promise<LocalFolder> {
    return new LocalFolder(await Deno.realPath(path).catch(() => resolve(path)), false, false);
  }

  /** Makes the folder when it is not there. A link of that name is followed: a person has named it. */
  static async open(path: string): Promise<LocalFolder> {
    try {
      await Deno.mkdir(path, { recursive: true });
      const real = await Deno.realPath(path);
      return new LocalFolder(real, await foldsNames(real), true);
    } catch (error) {
      throw localFailure(error, "write", path);
    }
  }

  /** The path of a key in this folder, relative; different keys have different ones. */
  pathOf(key: string): string {
    const path = keyToPath(key);
    if (!this.#folds) return path;
    const taken = this.#folded.get(foldOf(path));
    if (taken === undefined) this.#folded.set(foldOf(path), key);
    return taken === undefined || taken === key ? path : foldedKeyToPath(key);
  }

  /**
   * The absolute path for a relative one of {@link LocalFolder.pathOf}; the folders on the way are there
   * then, and are folders of this one.
   *
   * @throws {UsageError} when it would lead out, or cannot be
   */
  async prepare(path: string): Promise<string> {
    const whole = join(this.path, path);
    if (!whole.startsWith(withSlash(this.path))) throw leadsOut(whole);
    if (whole.length > LONGEST_PATH) {
      throw new UsageError(`${whole} is longer than a path can be`, {
        uri: whole,
        hint: "Transfer into a folder with a shorter path.",
      });
    }
    if (this.#isWritten) await this.#makeSafe(dirname(whole));
    return whole;
  }

  #makeSafe(folder: string): Promise<void> {
    if (folder.length <= this.path.length) return Promise.resolve();
    const known = this.#safe.get(folder);
    if (known !== undefined) return known;
    const making = this.#make(folder);
    this.#safe.set(folder, making);
    making.catch(() => this.#safe.delete(folder));
    return making;
  }

  async #make(folder: string): Promise<void> {
    await this.#makeSafe(dirname(folder));
    try {
      await Deno.mkdir(folder);
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw localFailure(error, "write", folder);
    }
    const info = await Deno.lstat(folder);
    if (info.isSymlink) {
      const real = await Deno.realPath(folder).catch(() => "");
      if (!withSlash(real).startsWith(withSlash(this.path))) throw leadsOut(folder);
      if ((await Deno.stat(folder)).isDirectory) return;
    }
    if (!info.isDirectory) {
      throw new UsageError(`${folder} is a file, and would have to be a folder`, {
        uri: folder,
        hint: "The bucket has both an object and objects under its name and a slash. " +
          "Transfer them into different folders.",
      });
    }
  }
}

function withSlash(path: string): string {
  return path.endsWith(sep) ? path : path + sep;
}

function leadsOut(path: string): UsageError {
  return new UsageError(`${path} leads out of the folder that is written to`, {
    uri: path,
    hint: "A symbolic link points elsewhere. Remove it, or transfer to where it points.",
  });
}

/** Whether names that differ in capitals are the same to the file system: tried out. */
async function foldsNames(folder: string): Promise<boolean> {
  const name = `.dipper-${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}.part`;
  const path = join(folder, name);
  await Deno.writeFile(path, new Uint8Array(), { createNew: true });
  try {
    return await Deno.lstat(join(folder, name.toUpperCase())).then(() => true, () => false);
  } finally {
    await Deno.remove(path);
  }
}
