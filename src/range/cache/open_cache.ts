/**
 * Opens the cache as the options and the settings say.
 *
 * @module
 */
import { DipperError } from "../../errors.ts";
import { readSettings, type Settings } from "../../settings.ts";
import { DiskCache } from "./disk_cache.ts";
import { type DiskFiles, LocalFiles } from "./disk_files.ts";
import { prepareFolder } from "./folder.ts";
import { FactsMemory, LayeredCache } from "./layered_cache.ts";
import { MemoryCache } from "./memory_cache.ts";

/** How to cache; what is not said comes from the settings (`DIPPER_CACHE…`). */
export interface CacheOptions {
  /** Folder for what may be deleted at any time; one of its own within it is used. */
  readonly directory?: string;
  /** Most bytes that the disk cache may hold. */
  readonly size?: number;
  /** `off`: in memory only. */
  readonly disk?: "on" | "off";
  /** Most bytes in memory; 64 MiB by default. */
  readonly memory?: number;
  /** Most bytes that may wait to be written, with those on their way; 128 MiB by default. */
  readonly queue?: number;
  /** Told, in a sentence, when the disk cannot be used. */
  readonly notice?: (notice: string) => void;
  readonly files?: DiskFiles;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const MEMORY = 64 * 1024 * 1024;
/** As much as 64 requests for parts of 2 MiB bring. */
const QUEUE = 128 * 1024 * 1024;

/**
 * Opens the cache. A folder that cannot be used is no failure: a notice says why, and memory is used
 * alone. Dispose of it to have all written.
 */
export async function openCache(
  options: CacheOptions = {},
  settings: Settings = readSettings(),
): Promise<LayeredCache> {
  const { notice = () => {}, now = Date.now, files = new LocalFiles() } = options;
  const facts = new FactsMemory();
  const memory = new MemoryCache(options.memory ?? MEMORY);
  const bound = options.size ?? settings.cacheSize;
  const isOn = options.disk === undefined ? settings.cacheEnabled : options.disk === "on";
  if (!isOn || bound === 0) return new LayeredCache(memory, undefined, facts, now);
  try {
    const disk = new DiskCache({
      folder: await prepareFolder(options.directory ?? settings.cacheDirectory),
      bound,
      queue: options.queue ?? QUEUE,
      files,
      now,
      notice,
      facts: (place) => facts.get(place),
    });
    return new LayeredCache(memory, disk, facts, now);
  } catch (error) {
    if (!(error instanceof DipperError)) throw error;
    notice(`Nothing is cached on disk: ${error.message}. ${error.hint ?? ""}`.trimEnd());
    return new LayeredCache(memory, undefined, facts, now);
  }
}
