/**
 * The objects that a statement's addresses name, and what the cache holds of them.
 *
 * @module
 */
import { isDipperError } from "../../errors.ts";
import { openParquet, type ParquetFile } from "../../formats/parquet/file.ts";
import { explainFailure } from "../../objects/explain.ts";
import { listPages } from "../../objects/list.ts";
import type { LayeredCache } from "../../range/cache/layered_cache.ts";
import type { ReadCounter } from "../../range/counts.ts";
import type { Extent } from "../../range/range.ts";
import { principalOf, serviceOf } from "../../range/principal.ts";
import type { ListedObject, RangeReader } from "../../range/reader.ts";
import type { RangeSource } from "../../range/source.ts";
import type { Store } from "../../store/store.ts";
import type { StoreSet } from "../../store/store_set.ts";
import { formatS3Uri, parseS3Uri, type S3Location } from "../../store/uri.ts";
import { globPattern, literalPrefix } from "./glob.ts";

/** An object of a statement. */
export interface FoundObject {
  readonly uri: string;
  readonly key: string;
  readonly size: number;
  readonly isListed: boolean;
  /** Opens it; once. */
  source(): Promise<RangeSource>;
  /** What the cache on disk holds; undefined where it does not know the object's state. */
  held(): Promise<readonly Extent[] | undefined>;
}

/** The objects of an address, and what naming them costs. */
export interface FoundObjects {
  readonly objects: readonly FoundObject[];
  /** LIST requests; 0 for an address of one object. */
  readonly pages: number;
  /** All keys that were listed, of other objects too. */
  readonly listed: readonly string[];
}

/** Looks for objects with the session's credentials. */
export class ObjectFinder {
  readonly #stores: StoreSet;
  readonly #reader: RangeReader;
  readonly #cache: LayeredCache;
  readonly #counter: ReadCounter;
  readonly #signal: AbortSignal | undefined;

  constructor(
    stores: StoreSet,
    core: { readonly reader: RangeReader; readonly cache: LayeredCache },
    counter: ReadCounter,
    signal: AbortSignal | undefined,
  ) {
    this.#counter = counter;
    this.#stores = stores;
    this.#reader = core.reader;
    this.#cache = core.cache;
    this.#signal = signal;
  }

  /** The objects that `uri` names: one, or those that fit its pattern, in the order of their keys. */
  async find(uri: string): Promise<FoundObjects> {
    const location = parseS3Uri(uri);
    const { store, bucket } = await this.#stores.locate(location.bucket, this.#signal);
    const place = { bucket, key: location.key };
    const prefix = literalPrefix(location.key);
    try {
      return prefix === undefined
        ? await this.#single(store, place, uri)
        : await this.#matching(store, place, prefix, location.bucket);
    } catch (error) {
      throw isDipperError(error) ? await explainFailure(store, error, this.#signal) : error;
    }
  }

  /** Resolves when the cache on disk has what was read. */
  async settled(): Promise<void> {
    await this.#cache.settled();
  }

  async #single(store: Store, place: S3Location, uri: string): Promise<FoundObjects> {
    const source = await this.#reader.open(store, place, {
      signal: this.#signal,
      counter: this.#counter,
    });
    const { size, etag } = source;
    const object = this.#object(store, place, { size, etag }, uri, source);
    return { objects: [object], pages: 0, listed: [] };
  }

  async #matching(
    store: Store,
    place: S3Location,
    prefix: string,
    bucketName: string,
  ): Promise<FoundObjects> {
    const fits = globPattern(place.key);
    const objects: FoundObject[] = [];
    const listed: string[] = [];
    let pages = 0;
    for await (const page of listPages(store, place.bucket, { prefix, signal: this.#signal })) {
      pages++;
      for (const entry of page.entries) {
        if (entry.kind !== "object") continue;
        listed.push(entry.key);
        if (!fits.test(entry.key)) continue;
        const uri = formatS3Uri({ bucket: bucketName, key: entry.key });
        objects.push(this.#object(store, { ...place, key: entry.key }, entry, uri));
      }
    }
    return { objects, pages, listed };
  }

  #object(
    store: Store,
    place: S3Location,
    listed: ListedObject,
    uri: string,
    opened?: RangeSource,
  ): FoundObject {
    const signal = this.#signal;
    const counter = this.#counter;
    let source = opened === undefined ? undefined : Promise.resolve(opened);
    return {
      uri,
      key: place.key,
      size: listed.size,
      isListed: opened === undefined,
      source: () =>
        source ??= this.#reader.openListed(store, place, listed, {
          signal,
          counter,
        }),
      held: async () => {
        // What only this process has in memory, the gateway's thread does not find.
        if (this.#cache.stats.disk === undefined) return undefined;
        const at = {
          store: serviceOf(store),
          principal: await principalOf(store, signal),
          ...place,
          versionId: undefined,
        };
        const facts = await this.#cache.recall(at);
        if (facts === undefined || facts.etag !== listed.etag) return undefined;
        const state = { ...at, etag: listed.etag, size: listed.size };
        const blocks = await this.#cache.held(state, { offset: 0, length: listed.size });
        return blocks.map(({ offset, length }) => ({ offset, length }));
      },
    };
  }
}

/** The footer of a Parquet object. */
export async function footerOf(
  object: FoundObject,
  signal: AbortSignal | undefined,
): Promise<ParquetFile> {
  return await openParquet(await object.source(), { signal });
}
