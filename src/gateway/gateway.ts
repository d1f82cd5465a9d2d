/**
 * The gateway as a session has it: an S3 endpoint on the loopback interface, in a thread of its own.
 *
 * @module
 */
import { ConfigurationError, throwIfAborted } from "../errors.ts";
import type { ReadSettings } from "../range/settings.ts";
import { registerSecret } from "../redaction.ts";
import { readSettings, type Settings } from "../settings.ts";
import type { Credentials, Store } from "../store/store.ts";
import type { Activity } from "./activity.ts";
import type { ReadHint } from "./ahead/hint.ts";
import type { KeyOptions } from "./client.ts";
import type { Locator } from "./exchange.ts";
import type { CommittedWrites } from "./held_writes.ts";
import type { IssuedKey } from "./keys.ts";
import { LineBetween } from "./line_between.ts";
import type {
  GatewayCalls,
  Message,
  SentCacheOptions,
  SessionCalls,
  StoreFacts,
} from "./messages.ts";

/** How to start a gateway. */
export interface GatewayOptions {
  /** A StoreSet, or what can do the same. It stays the caller's to close. */
  readonly stores: Locator;
  /** `read-only` refuses every request that could change something. `read-write` by default. */
  readonly mode?: "read-only" | "read-write";
  /**
   * Names of the buckets that are served, or patterns such as `climate-*`; all by default. A request for
   * any other is refused with 403, and listings of buckets do not show it.
   */
  readonly buckets?: readonly string[];
  /** 0, by default: any free one. */
  readonly port?: number;
  /** `{ disk: "off", memory: 0 }`: none at all. */
  readonly cache?: SentCacheOptions;
  /** Where the cache is when `cache` does not say; by default as the environment says. */
  readonly cacheSettings?: Settings;
  readonly settings?: Partial<ReadSettings>;
  /** Told, in a sentence, what was done differently from what was said. */
  readonly notice?: (notice: string) => void;
  readonly signal?: AbortSignal;
}

/** A gateway that runs. Dispose of it to end it. */
export interface Gateway extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`; clients use path style and any region. */
  readonly endpoint: string;
  /**
   * A key for `name`, which is its access key: what is sent with it counts as the name's. The same key
   * again when the name has one.
   *
   * @throws {UsageError} when `name` cannot be an access key
   */
  issueKey(name: string, options?: KeyOptions): Promise<IssuedKey>;
  /** Makes the key worthless, drops what it has in hold and returns what it did. */
  revokeKey(name: string): Promise<Activity>;
  /** What `name` knows of objects is asked for again: its next statement begins. */
  forget(name: string): Promise<void>;
  /** What is known of the statement that `name` sends next, after `forget`: what it will read whole. */
  hint(name: string, hint: ReadHint): Promise<void>;
  /** What `name` writes or removes from now on stays invisible until `commit` or `abort`. */
  hold(name: string): Promise<void>;
  /**
   * Makes visible what `name` wrote since `hold`.
   *
   * @throws {PartialError} when some of it is visible and some could not be written
   * @throws {DipperError} when the service refuses and nothing is visible
   */
  commit(name: string): Promise<CommittedWrites>;
  /** Drops what `name` wrote since `hold`. */
  abort(name: string): Promise<void>;
  /** What `name` did so far. */
  counts(name: string): Promise<Activity>;
  /** Ends what is under way, drops what is in hold and ends the thread. Once is enough. */
  close(): Promise<void>;
}

/**
 * Starts a gateway in a thread of its own, so that no other work of the process holds it up.
 *
 * @throws {ConfigurationError} when the port is taken
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { stores, signal, notice = () => {} } = options;
  throwIfAborted(signal);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: "dipper-gateway",
  });
  const line = new LineBetween<GatewayCalls, SessionCalls>(
    (message: Message) => worker.postMessage(message),
    answersFor(stores, notice),
  );
  worker.onmessage = ({ data }: MessageEvent<Message>) => void line.take(data);
  worker.onerror = (event) => {
    event.preventDefault();
    line.break(`the gateway failed: ${event.message}`);
  };
  const end = () => {
    line.break("the gateway is closed");
    worker.terminate();
  };
  const { cache = {}, cacheSettings = readSettings() } = options;
  const isOnDisk = cache.disk === undefined ? cacheSettings.cacheEnabled : cache.disk === "on";
  const heads = isOnDisk ? cache.directory ?? cacheSettings.cacheDirectory : undefined;
  try {
    const { endpoint } = await line.call("start", {
      stores: stores.all.map((store) => ({ ...factsOf(store), heads })),
      fallback: stores.default === undefined ? undefined : stores.all.indexOf(stores.default),
      mode: options.mode ?? "read-write",
      buckets: options.buckets,
      port: options.port ?? 0,
      cache,
      cacheSettings,
      settings: options.settings ?? {},
    });
    throwIfAborted(signal);
    return gatewayOver(line, endpoint, end);
  } catch (error) {
    end();
    if (!/address already in use|AddrInUse/i.test(String(error))) throw error;
    throw new ConfigurationError(`port ${options.port} is taken`, {
      hint: "Choose another one; without one, a free port is taken.",
      cause: error,
    });
  }
}

function gatewayOver(
  line: LineBetween<GatewayCalls, SessionCalls>,
  endpoint: string,
  end: () => void,
): Gateway {
  let closing: Promise<void> | undefined;
  const close = () => closing ??= line.call("close", undefined).finally(end);
  return {
    endpoint,
    issueKey: async (name, options = {}) => {
      const key = await line.call("issueKey", { name, options });
      registerSecret(key.secretAccessKey);
      return key;
    },
    revokeKey: (name) => line.call("revokeKey", name),
    forget: (name) => line.call("forget", name),
    hint: (name, hint) => line.call("hint", { name, hint }),
    hold: (name) => line.call("hold", name),
    commit: (name) => line.call("commit", name),
    abort: (name) => line.call("abort", name),
    counts: (name) => line.call("counts", name),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What the gateway's thread cannot know: where buckets are, and credentials. */
function answersFor(stores: Locator, notice: (notice: string) => void) {
  const handed = new Map<number, Credentials>();
  return {
    locate: async (name: string) => {
      const { store, bucket } = await stores.locate(name);
      return { store: stores.all.indexOf(store), bucket };
    },
    credentials: async (
      { store, refused }: { readonly store: number; readonly refused: Credentials | undefined },
    ) => {
      // A store knows its refused credentials by identity, which a copy has lost.
      const last = handed.get(store);
      const isLast = refused !== undefined && last?.accessKeyId === refused.accessKeyId &&
        last.sessionToken === refused.sessionToken;
      const credentials = await stores.all[store].credentials(undefined, isLast ? last : undefined);
      if (credentials !== undefined) handed.set(store, credentials);
      return credentials;
    },
    notice: ({ store, text }: { readonly store: number | undefined; readonly text: string }) => {
      if (store === undefined) notice(text);
      else stores.all[store].notice(text);
    },
  };
}

function factsOf(store: Store): Omit<StoreFacts, "heads"> {
  const { name, region, addressing, anonymous, bucket, buckets, immutable, caBundle, profile } =
    store;
  return {
    name,
    region,
    addressing,
    anonymous,
    bucket,
    buckets: [...buckets],
    immutable,
    caBundle,
    profile,
    origins: { ...store.origins },
    endpoint: store.endpoint?.href,
    proxy: store.proxy?.href,
  };
}
