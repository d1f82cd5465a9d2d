/**
 * Several stores at once, and which of them a bucket is in.
 *
 * @module
 */
import { ConfigurationError, isDipperError, StoreMappingError, throwIfAborted } from "../errors.ts";
import { isPattern, matchesBucket, specificity } from "./bucket_pattern.ts";
import { describeEndpoint } from "./endpoint.ts";
import { type Environment, processEnvironment } from "./environment.ts";
import { nearestNames } from "./nearest.ts";
import { closeClients } from "./open_clients.ts";
import { resolveStore } from "./resolve.ts";
import type { Store, StoreOptions } from "./store.ts";
import { failureContext, translateS3Error } from "./translate.ts";

/** One store's options, or several stores by name; both together: the first are the default's. */
export interface StoresOptions extends Omit<StoreOptions, "buckets"> {
  /** Each store's options, by the name that messages and `buckets` use. */
  readonly stores?: Readonly<Record<string, StoreOptions>>;
  /**
   * Which bucket is in which store: `{ "data": "ceph", "climate-*": "aws", "x": "ceph/x" }`. A name
   * goes before a pattern, and a longer pattern before a shorter one. `store/bucket` gives that
   * store's bucket, under the name on the left. A list names the buckets of the default store.
   */
  readonly buckets?: Readonly<Record<string, string>> | readonly string[];
}

/** A bucket as its own store knows it. */
export interface LocatedBucket {
  readonly store: Store;
  readonly bucket: string;
}

interface Rule {
  readonly pattern: string;
  readonly store: Store;
  /** The bucket's own name, where the map says one. */
  readonly bucket?: string;
  readonly source: string;
}

/** The stores of a session. */
export class StoreSet {
  readonly all: readonly Store[];
  /** The store for buckets that nothing else is said of; undefined when there are several. */
  readonly default: Store | undefined;
  readonly #rules: readonly Rule[];
  readonly #discovered = new Map<string, Promise<Store>>();

  private constructor(all: readonly Store[], fallback: Store | undefined, rules: readonly Rule[]) {
    this.all = all;
    this.default = fallback;
    this.#rules = rules;
  }

  /**
   * Resolves every store. With `stores` there is a default store only when the options beside it name
   * one (a profile, an endpoint, keys), or when it is the only one.
   *
   * @throws {ConfigurationError} as {@link resolveStore} does
   * @throws {StoreMappingError} when the map names a store that is not there
   */
  static async resolve(
    options: StoresOptions = {},
    environment: Environment = processEnvironment(),
  ): Promise<StoreSet> {
    const { stores = {}, buckets, ...own } = options;
    const named = Object.entries(stores);
    for (const [name] of named) checkStoreName(name);
    const owned = isList(buckets) ? buckets : undefined;
    const hasOwn = named.length === 0 || owned !== undefined ||
      SAYS_A_STORE.some((key) => own[key]);
    if (hasOwn && stores.default !== undefined && named.length > 0) {
      throw new ConfigurationError(
        "two stores are named default: the options' own and stores.default",
        {
          hint: "Name the second one differently.",
        },
      );
    }
    const shared = { mfaCode: own.mfaCode, notice: own.notice, immutable: own.immutable };
    const [fallback, ...others] = await Promise.all([
      hasOwn
        ? resolveStore(
          "default",
          owned === undefined ? own : { ...own, buckets: owned },
          environment,
        )
        : undefined,
      ...named.map(([name, each]) => resolveStore(name, { ...shared, ...each }, environment)),
    ]);
    const all = [fallback, ...others].filter((store) => store !== undefined);
    const map = isList(buckets) ? {} : buckets ?? {};
    return new StoreSet(
      all,
      fallback ?? (all.length === 1 ? all[0] : all.find(({ name }) => name === "default")),
      [...mapRules(map, all), ...ownRules(all)],
    );
  }

  /** A set of stores that are resolved already. */
  static of(stores: readonly Store[], fallback: Store | undefined = stores[0]): StoreSet {
    return new StoreSet(stores, fallback, ownRules(stores));
  }

  /** The store of that name. */
  named(name: string): Store {
    const store = this.all.find((each) => each.name === name);
    if (store === undefined) {
      throw unknownStore(
        name,
        this.all.map((each) => each.name),
        "asked for",
      );
    }
    return store;
  }

  /**
   * The store that `bucket` is in: the map, the stores' own names and patterns, the default store, at
   * last the one store that answers for the bucket.
   *
   * @throws {StoreMappingError} when none or more than one is
   */
  async storeFor(bucket: string, signal?: AbortSignal): Promise<Store> {
    const located = await this.locate(bucket, signal);
    if (located.bucket === bucket) return located.store;
    throw new StoreMappingError(
      `${bucket} is another name for the bucket ${located.bucket} of ${located.store.name}, which ` +
        "cannot be used here",
      {
        bucket,
        store: located.store.name,
        hint: `Write s3://${located.bucket} and map it: ` +
          mapLine(located.bucket, located.store),
      },
    );
  }

  /** Like {@link storeFor}, with the bucket's own name where the map renames it. */
  async locate(bucket: string, signal?: AbortSignal): Promise<LocatedBucket> {
    throwIfAborted(signal);
    const rule = this.#rule(bucket);
    if (rule !== undefined) return { store: rule.store, bucket: rule.bucket ?? bucket };
    if (this.default !== undefined) return { store: this.default, bucket };
    const known = this.#discovered.get(bucket);
    if (known !== undefined) return { store: await known, bucket };
    const search = this.#discover(bucket, signal);
    this.#discovered.set(bucket, search);
    // A failure, an abort among them, must not be remembered.
    search.catch(() => this.#discovered.delete(bucket));
    return { store: await search, bucket };
  }

  /** Closes the stores' connections. */
  close(): void {
    for (const store of this.all) closeClients(store);
  }

  /** The most specific rule; the map's before the stores' own. */
  #rule(bucket: string): Rule | undefined {
    const matching = this.#rules.filter(({ pattern }) => matchesBucket(pattern, bucket));
    const mapped = matching.filter(({ source }) => source === "map");
    const candidates = mapped.length > 0 ? mapped : matching;
    const best = Math.max(...candidates.map(({ pattern }) => specificity(pattern)));
    const top = candidates.filter(({ pattern }) => specificity(pattern) === best);
    const owners = new Set(top.map(({ store }) => store));
    if (owners.size > 1) throw ambiguous(bucket, [...owners], "own");
    return top[0];
  }

  async #discover(bucket: string, signal: AbortSignal | undefined): Promise<Store> {
    const answers = await Promise.all(this.all.map((store) => hasBucket(store, bucket, signal)));
    throwIfAborted(signal);
    const having = answers.filter(({ found }) => found).map(({ store }) => store);
    if (having.length === 1) return having[0];
    if (having.length > 1) throw ambiguous(bucket, having, "have");
    const said = answers.map(({ store, why }) => `${store.name}: ${why}`).join("; ");
    throw new StoreMappingError(`no store has the bucket ${bucket} (${said})`, {
      bucket,
      hint: "If one of them has it, say so: " +
        `${mapLine(bucket, this.all[0])}. Otherwise check the name.`,
    });
  }
}

/** Options that make a store of their own out of what stands beside `stores`. */
const SAYS_A_STORE = [
  "profile",
  "endpoint",
  "accessKeyId",
  "secretAccessKey",
  "anonymous",
  "roleArn",
  "bucket",
] as const;

async function hasBucket(
  store: Store,
  bucket: string,
  signal: AbortSignal | undefined,
): Promise<{ store: Store; found: boolean; why: string }> {
  const [{ s3Client }, { HeadBucketCommand }] = await Promise.all([
    import("./client.ts"),
    import("@aws-sdk/client-s3"),
  ]);
  try {
    await s3Client(store).send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal });
    return { store, found: true, why: "" };
  } catch (error) {
    const translated = translateS3Error(error, {
      ...failureContext(store),
      bucket,
      operation: "HeadBucket",
      signal,
    });
    if (isDipperError(translated, "cancelled")) throw translated;
    return {
      store,
      found: false,
      why: isDipperError(translated, "bucket_not_found") ? "it has none" : translated.message,
    };
  }
}

function mapRules(map: Readonly<Record<string, string>>, all: readonly Store[]): Rule[] {
  return Object.entries(map).map(([pattern, target]) => {
    const slash = target.indexOf("/");
    const name = slash < 0 ? target : target.slice(0, slash);
    const store = all.find((each) => each.name === name);
    if (store === undefined) throw unknownStore(name, all.map((each) => each.name), pattern);
    if (slash < 0) return { pattern, store, source: "map" };
    const bucket = target.slice(slash + 1);
    if (isPattern(pattern) || bucket === "" || bucket.includes("/")) {
      throw new StoreMappingError(`buckets: "${pattern}": "${target}" cannot be understood`, {
        hint: "On the right stands the name of a store, or store/bucket for one bucket.",
      });
    }
    return { pattern, store, bucket, source: "map" };
  });
}

function ownRules(all: readonly Store[]): Rule[] {
  return all.flatMap((store) =>
    store.buckets.map((pattern) => ({ pattern, store, source: store.name }))
  );
}

function ambiguous(
  bucket: string,
  stores: readonly Store[],
  verb: "own" | "have",
): StoreMappingError {
  const list = stores.map((store) =>
    `${store.name} (${describeEndpoint(store.endpoint, store.region)})`
  );
  return new StoreMappingError(
    `${stores.length} stores ${verb} a bucket ${bucket}: ${list.join(", ")}`,
    {
      bucket,
      hint: "Say which one is meant: " +
        stores.map((store) => mapLine(bucket, store)).join(" or "),
    },
  );
}

function mapLine(bucket: string, { name, profile }: Store): string {
  const spec = profile === undefined || profile === name ? name : `${name}=${profile}`;
  return `buckets: { "${bucket}": "${name}" } (in the command: --store ${spec}:${bucket})`;
}

function unknownStore(name: string, names: readonly string[], by: string): StoreMappingError {
  const nearest = nearestNames(name, names);
  return new StoreMappingError(`there is no store ${name} (${by})`, {
    store: name,
    nearest,
    hint: nearest.length > 0
      ? `Did you mean ${nearest.join(", ")}?`
      : `The stores are ${names.join(", ")}.`,
  });
}

function checkStoreName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return;
  throw new ConfigurationError(`${JSON.stringify(name)} is no name for a store`, {
    hint: "Use letters, digits, dots, hyphens and underscores.",
  });
}

function isList(buckets: StoresOptions["buckets"]): buckets is readonly string[] {
  return Array.isArray(buckets);
}
