/**
 * What the gateway knows of objects: states seen in listings, heads and openings, per name.
 *
 * @module
 */
import type { LendingSource } from "../range/source.ts";

/** What is known of an object. */
export interface KnownObject {
  /** Bytes. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  /** All headers of a HEAD; undefined when only the facts are known. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** To read it from; undefined while nobody has. */
  readonly source: LendingSource | undefined;
}

/** A page of a listing, as the service answered. */
export interface KnownListing {
  readonly xml: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Pages of listings that are kept; the oldest go first. */
const MOST_LISTINGS = 100;

/** Objects whose state is kept; the oldest go first. */
const MOST = 50_000;

/** Remembers objects of one name. */
export class ObjectMemory {
  readonly #known = new Map<string, { readonly object: KnownObject; readonly at: number }>();
  readonly #absent = new Map<string, number>();
  readonly #listings = new Map<string, KnownListing>();
  readonly #begun = new Set<string>();
  /** Beginnings of names of which every object is known. */
  readonly #whole = new Set<string>();
  readonly #life: number;
  readonly #now: () => number;

  /** @param life milliseconds for which a state is believed */
  constructor(life: number, now: () => number = () => performance.now()) {
    this.#life = life;
    this.#now = now;
  }

  recall(name: string): KnownObject | undefined {
    const known = this.#known.get(name);
    if (known === undefined) return undefined;
    if (this.#now() - known.at < this.#life) return known.object;
    this.#known.delete(name);
    return undefined;
  }

  /** Whether the service has said that there is none of the name. */
  isAbsent(name: string): boolean {
    const at = this.#absent.get(name);
    if (at !== undefined && this.#now() - at < this.#life) return true;
    return this.#known.get(name) === undefined &&
      [...this.#whole].some((all) => name.startsWith(all));
  }

  /** Whether the objects of that beginning are not looked for yet; they are from now on. */
  beginFolder(name: string): boolean {
    if (this.#begun.has(name)) return false;
    this.#begun.add(name);
    return true;
  }

  /** All objects whose keys begin with `prefix` are remembered. */
  rememberFolder(bucket: string, prefix: string): void {
    this.#whole.add(memoryName(bucket, prefix, undefined).slice(0, -2));
  }

  /** The service said that there is none. */
  rememberAbsence(name: string): void {
    this.#absent.set(name, this.#now());
    if (this.#absent.size > MOST) this.#absent.delete(this.#absent.keys().next().value!);
  }

  /** The answer to the same request for a listing. */
  recallListing(request: string): KnownListing | undefined {
    return this.#listings.get(request);
  }

  rememberListing(request: string, listing: KnownListing): void {
    this.#listings.set(request, listing);
    if (this.#listings.size > MOST_LISTINGS) {
      this.#listings.delete(this.#listings.keys().next().value!);
    }
  }

  remember(name: string, object: KnownObject): void {
    this.#absent.delete(name);
    this.#known.delete(name);
    this.#known.set(name, { object, at: this.#now() });
    if (this.#known.size > MOST) {
      const [oldest] = this.#known.keys();
      this.#known.delete(oldest);
    }
  }

  /** Puts what is known more exactly in place of `before`, without making it younger. */
  refine(name: string, before: KnownObject, object: KnownObject): void {
    const known = this.#known.get(name);
    if (known?.object === before) this.#known.set(name, { object, at: known.at });
  }

  forget(name: string): void {
    this.#listings.clear();
    this.#whole.clear();
    this.#absent.delete(name);
    this.#known.delete(name);
  }

  clear(): void {
    this.#listings.clear();
    this.#begun.clear();
    this.#whole.clear();
    this.#absent.clear();
    this.#known.clear();
  }
}

/** The name under which an object is remembered. */
export function memoryName(bucket: string, key: string, versionId: string | undefined): string {
  return JSON.stringify(versionId === undefined ? [bucket, key] : [bucket, key, versionId]);
}
