/**
 * What can be said of buckets without a network: the listings of what was pulled, and what the cache
 * knows of single objects.
 *
 * @module
 */
import type { BlockCache } from "../../range/block_cache.ts";
import { principalHash } from "../../range/cache/identity.ts";
import type { PulledObject, PulledPrefix } from "../../range/cache/pulled.ts";
import { principalOf, serviceOf } from "../../range/principal.ts";
import type { Located } from "../exchange.ts";

/** An object, as far as it is known. */
export interface OfflineObject {
  /** Bytes. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly contentType: string | undefined;
}

/** Answers from what was pulled; a newer pull goes before an older one. */
export class OfflineCatalogue {
  readonly #prefixes: readonly PulledPrefix[];
  readonly #cache: Pick<BlockCache, "recall">;
  readonly #keys = new Map<PulledPrefix, ReadonlyMap<string, PulledObject>>();

  constructor(prefixes: readonly PulledPrefix[], cache: Pick<BlockCache, "recall">) {
    this.#prefixes = [...prefixes].sort((a, b) => b.pulled.getTime() - a.pulled.getTime());
    this.#cache = cache;
  }

  /** The object; `absent` when a pull says that there is none, undefined when nothing is known. */
  async find(
    located: Located,
    key: string,
    versionId: string | undefined,
  ): Promise<OfflineObject | "absent" | undefined> {
    const { store, bucket } = located;
    const principal = await principalOf(store);
    const known = await this.#cache.recall({
      store: serviceOf(store),
      principal,
      bucket,
      key,
      versionId,
    });
    if (versionId !== undefined) return known;
    const [covering] = await this.#covering(located, key);
    if (covering === undefined) return known;
    const pulled = this.#byKey(covering).get(key);
    if (pulled === undefined) return "absent";
    const { size, etag, lastModified } = pulled;
    const contentType = known?.etag === etag ? known.contentType : undefined;
    return { size, etag, lastModified, contentType };
  }

  /** All under `prefix`, in the order of a listing; undefined when it was not pulled as a whole. */
  async list(located: Located, prefix: string): Promise<readonly PulledObject[] | undefined> {
    const [covering] = await this.#covering(located, prefix);
    return covering?.objects.filter(({ key }) => key.startsWith(prefix));
  }

  /** Whether anything of the bucket was pulled. */
  async knowsBucket(located: Located): Promise<boolean> {
    return (await this.#of(located)).length > 0;
  }

  /** Buckets of which something was pulled. */
  get buckets(): readonly string[] {
    return [...new Set(this.#prefixes.map(({ bucket }) => bucket))].sort();
  }

  #byKey(prefix: PulledPrefix): ReadonlyMap<string, PulledObject> {
    const known = this.#keys.get(prefix);
    if (known !== undefined) return known;
    const keys = new Map(prefix.objects.map((each) => [each.key, each]));
    this.#keys.set(prefix, keys);
    return keys;
  }

  async #covering(located: Located, prefix: string): Promise<readonly PulledPrefix[]> {
    return (await this.#of(located)).filter((each) => prefix.startsWith(each.prefix));
  }

  async #of({ store, bucket }: Located): Promise<readonly PulledPrefix[]> {
    const service = serviceOf(store);
    const principal = principalHash(await principalOf(store));
    return this.#prefixes.filter((each) =>
      each.bucket === bucket && each.store === service && each.principal === principal
    );
  }
}
