/**
 * All objects below a prefix or of a pattern, in the order of their keys, listed in parallel by folder.
 *
 * A listing is a chain: each page names where the next begins. Folders are chains of their own, so
 * they are listed beside each other, a bounded number at once, and read in order: memory does not grow
 * with the number of keys. A folder of up to a thousand keys costs one request, a larger one a
 * second that asks for its folders.
 *
 * @module
 */
import { explainFailure } from "../explain.ts";
import { type ListOptions, type ListPage, type ObjectEntry, rawPages } from "../pages.ts";
import type { Store } from "../../store/store.ts";
import { type Glob, type GlobLevel, parseGlob } from "./glob.ts";
import { ahead, inOrder, type Part } from "./ordered.ts";

/** How to walk. */
export interface WalkOptions {
  readonly signal?: AbortSignal;
  /** LIST requests at once; 16 when absent. */
  readonly parallel?: number;
}

type Page = readonly ObjectEntry[];

const PARALLEL = 16;

/** Folders of fewer keys than this are not worth a request of their own when there are many. */
const WORTHWHILE_KEYS = 100;
/** As many folders are listed each for itself, however small they are. */
const FEW_FOLDERS = 64;
/** Folders of one level that a pattern is taken to match, before they are listed. */
const PATTERN_BRANCHES = 4;

/**
 * The objects whose keys begin with `prefix`.
 *
 * @throws {NotFoundError} naming the nearest buckets when there is no such bucket
 * @throws {PermissionError} without the right to list
 */
export function walkPrefix(
  store: Store,
  bucket: string,
  prefix: string,
  options: WalkOptions = {},
): AsyncGenerator<ObjectEntry, void, undefined> {
  return explained(new Walk(store, bucket, options).below(prefix), store, options.signal);
}

/**
 * The objects whose keys match `pattern`, as {@link parseGlob} understands it. Folders that cannot match
 * are not listed.
 *
 * @throws {UsageError} when the pattern cannot be understood
 */
export function walkGlob(
  store: Store,
  bucket: string,
  pattern: string,
  options: WalkOptions = {},
): AsyncGenerator<ObjectEntry, void, undefined> {
  const glob = parseGlob(pattern);
  return explained(new Walk(store, bucket, options).matching(glob), store, options.signal);
}

async function* explained(
  pages: AsyncGenerator<Page>,
  store: Store,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectEntry, void, undefined> {
  for (;;) {
    let next: IteratorResult<Page>;
    try {
      next = await pages.next();
    } catch (error) {
      throw await explainFailure(store, error, signal);
    }
    if (next.done) return;
    try {
      yield* next.value;
    } catch (error) {
      await pages.return(undefined);
      throw error;
    }
  }
}

class Walk {
  readonly #store: Store;
  readonly #bucket: string;
  readonly #signal: AbortSignal | undefined;
  readonly #parallel: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(store: Store, bucket: string, { signal, parallel = PARALLEL }: WalkOptions) {
    this.#store = store;
    this.#bucket = bucket;
    this.#signal = signal;
    this.#parallel = parallel;
    this.#free = parallel;
  }

  /** Everything that begins with `prefix`. */
  async *below(prefix: string, width = this.#parallel): AsyncGenerator<Page> {
    const flat = this.#list({ prefix });
    let inner = 1;
    try {
      const first = await flat.next();
      if (first.done) return;
      if (first.value.next === undefined) return yield objectsOf(first.value);
      const folders = await this.#foldersOf(prefix);
      if (!isWorthwhile(folders, objectsOf(first.value))) {
        yield objectsOf(first.value);
        for await (const page of ahead(flat)) yield objectsOf(page);
        return;
      }
      inner = shareOf(width, folders.more ? width : folders.count);
    } finally {
      await flat.return(undefined);
    }
    yield* inOrder(this.#parts(prefix, (folder) => this.below(folder, inner)), width);
  }

  /** Everything that matches. */
  async *matching(glob: Glob): AsyncGenerator<Page> {
    const folder = glob.prefix.slice(0, glob.prefix.lastIndexOf("/") + 1);
    for await (const page of this.#level(glob, folder, glob.levels, this.#parallel)) {
      const matching = page.filter(({ key }) => glob.matches(key));
      if (matching.length > 0) yield matching;
    }
  }

  async *#level(
    glob: Glob,
    folder: string,
    [level, ...deeper]: readonly GlobLevel[],
    width: number,
  ): AsyncGenerator<Page> {
    if (level.deep) return yield* this.below(folder + level.head, width);
    if (deeper.length === 0) {
      const pages = this.#list({ prefix: folder + level.head, delimiter: "/" });
      for await (const page of ahead(pages)) yield objectsOf(page);
      return;
    }
    const descend = (inner: string) =>
      level.matches(inner.slice(folder.length, -1))
        ? this.#level(glob, inner, deeper, shareOf(width, PATTERN_BRANCHES))
        : undefined;
    yield* inOrder(this.#parts(folder + level.head, descend), width);
  }

  /** One level: its objects, and for each folder what `open` makes of it. */
  async *#parts(
    prefix: string,
    open: (folder: string) => AsyncGenerator<Page> | undefined,
  ): AsyncGenerator<Part<Page>> {
    for await (const { entries } of ahead(this.#list({ prefix, delimiter: "/" }))) {
      let run: ObjectEntry[] = [];
      for (const entry of [...entries].sort((a, b) => compareKeys(nameOf(a), nameOf(b)))) {
        if (entry.kind === "object") {
          run.push(entry);
          continue;
        }
        if (run.length > 0) yield { piece: run };
        run = [];
        const inner = open(entry.prefix);
        if (inner !== undefined) yield { open: () => inner };
      }
      if (run.length > 0) yield { piece: run };
    }
  }

  /** The folders of the first page, and whether there are more. */
  async #foldersOf(prefix: string): Promise<Folders> {
    const pages = this.#list({ prefix, delimiter: "/" });
    try {
      const first = await pages.next();
      if (first.done) return { count: 0, objects: 0, more: false };
      const { value } = first;
      const count = value.entries.filter((entry) => entry.kind === "prefix").length;
      return { count, objects: value.entries.length - count, more: value.next !== undefined };
    } finally {
      await pages.return(undefined);
    }
  }

  /** Pages of a listing, each when its turn among the requests has come. */
  async *#list(options: ListOptions): AsyncGenerator<ListPage> {
    const pages = rawPages(this.#store, this.#bucket, { ...options, signal: this.#signal });
    for (;;) {
      const next = await this.#inTurn(() => pages.next());
      if (next.done) return;
      yield next.value;
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free--;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

interface Folders {
  readonly count: number;
  readonly objects: number;
  readonly more: boolean;
}

/**
 * How many folders each of `branches` may have under way, when together they may have `width`: what
 * waits to be read is bounded, however deep the folders are.
 */
function shareOf(width: number, branches: number): number {
  return Math.ceil(width / Math.min(width, Math.max(1, branches)));
}

/** Whether listing the folders for themselves beats one chain, judged by the chain's first page. */
function isWorthwhile({ count, objects, more }: Folders, first: Page): boolean {
  if (count === 0) return false;
  if (!more && count <= FEW_FOLDERS) return objects < first.length;
  const seen = new Set(first.map(({ key }) => key.slice(0, key.lastIndexOf("/") + 1))).size;
  return first.length / seen >= WORTHWHILE_KEYS;
}

function objectsOf({ entries }: ListPage): ObjectEntry[] {
  return entries.filter((entry) => entry.kind === "object");
}

function nameOf(entry: ListPage["entries"][number]): string {
  return entry.kind === "object" ? entry.key : entry.prefix;
}

/** Services order keys by their UTF-8 bytes; JavaScript compares UTF-16 units. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rankOf(x) - rankOf(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others of one unit. */
function rankOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit > 0xdfff ? unit - 0x800 : unit + 0x2000;
}
