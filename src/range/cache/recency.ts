/**
 * Marks files as used, so that eviction can tell the least recently used: by their time of change,
 * because the time of access is switched off on many systems.
 *
 * @module
 */
import type { DiskFiles } from "./disk_files.ts";
import { sideBySide } from "./room.ts";

/** A file is marked at most once in so many milliseconds. */
const PRECISION = 10 * 60 * 1000;
/** Milliseconds until marks are written. */
const DELAY = 5_000;
/** Files whose marks are remembered. */
const MOST = 50_000;

/** Collects the files that were used and marks them in batches: reading never waits for a write. */
export class Recency {
  readonly #files: DiskFiles;
  readonly #now: () => number;
  readonly #marked = new Map<string, number>();
  #waiting = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(files: DiskFiles, now: () => number) {
    this.#files = files;
    this.#now = now;
  }

  /** The file at `path`, made at `created` (milliseconds since 1970), was used. */
  used(path: string, created: number): void {
    if (this.#now() - (this.#marked.get(path) ?? created) < PRECISION) return;
    if (this.#marked.size >= MOST) this.#marked.clear();
    this.#marked.set(path, this.#now());
    this.#waiting.add(path);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.settled(), DELAY);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  /** Resolves when all marks are written. */
  async settled(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const paths = [...this.#waiting];
    this.#waiting = new Set();
    await sideBySide(paths, async (path) => {
      // A file that is gone, or that may not be marked, is evicted earlier: no harm.
      await this.#files.touch(path, this.#marked.get(path) ?? this.#now()).catch(() => {});
    });
  }
}
