/**
 * Where the bench keeps what it makes: never in the tree.
 *
 * | folder | what |
 * |---|---|
 * | `data/`, `manifest.json` | the bucket, made once |
 * | `extensions/` | links to DuckDB's extensions, wherever they are |
 * | `polars-VERSION/` | polars in an environment of its own |
 * | `scratch/` | caches of the contenders, in a folder of each run's |
 * | `results/` | samples, JSON and pictures, unless `--output` says otherwise |
 *
 * `DIPPER_BENCH_DIR` says where; by default the user's cache folder.
 *
 * @module
 */
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Paths of the bench's folders. */
export interface BenchFolders {
  readonly root: string;
  readonly data: string;
  readonly manifest: string;
  readonly extensions: string;
  readonly scratch: string;
  readonly results: string;
}

/** Finds the folders and makes those that are missing. */
export async function benchFolders(output?: string): Promise<BenchFolders> {
  const said = Deno.env.get("DIPPER_BENCH_DIR");
  const caches = Deno.env.get("XDG_CACHE_HOME") || join(homedir(), ".cache");
  const root = said ? resolve(said) : join(caches, "dipper-bench");
  const folders = {
    root,
    data: join(root, "data"),
    manifest: join(root, "manifest.json"),
    extensions: join(root, "extensions"),
    scratch: join(root, "scratch", String(Deno.pid)),
    results: output === undefined ? join(root, "results") : resolve(output),
  };
  for (const folder of [folders.data, folders.extensions, folders.scratch, folders.results]) {
    await Deno.mkdir(folder, { recursive: true });
  }
  await removeLeftOvers(join(root, "scratch"));
  return folders;
}

/** Removes what runs that were killed left behind; each folder is named by its process. */
async function removeLeftOvers(scratch: string): Promise<void> {
  for await (const { name } of Deno.readDir(scratch)) {
    if (!await exists(`/proc/${name}`)) await Deno.remove(join(scratch, name), { recursive: true });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
