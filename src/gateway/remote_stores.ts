/**
 * The stores as the gateway's thread has them: their facts by copy, their buckets and credentials by
 * asking the session's thread, once.
 *
 * @module
 */
import { registerSecret } from "../redaction.ts";
import type { Credentials, Store } from "../store/store.ts";
import type { Located, Locator } from "./exchange.ts";
import { keepHeadsIn } from "./kept_heads.ts";
import type { LineBetween } from "./line_between.ts";
import type { GatewayCalls, SessionCalls, StoreFacts } from "./messages.ts";

/** Milliseconds of life at which others are asked for while these are used. */
const RENEW_BELOW = 10 * 60_000;
/** Milliseconds of life that credentials must have to be used. */
const USE_ABOVE = 60_000;

type Session = LineBetween<SessionCalls, GatewayCalls>;

/** What the session's thread knows, remembered here so that its being busy holds up nothing. */
export class RemoteStores implements Locator {
  readonly all: readonly Store[];
  readonly default: Store | undefined;
  readonly #session: Session;
  readonly #located = new Map<string, Promise<Located>>();

  constructor(facts: readonly StoreFacts[], fallback: number | undefined, session: Session) {
    this.all = facts.map((each, index) => remoteStore(each, index, session));
    this.default = fallback === undefined ? undefined : this.all[fallback];
    this.#session = session;
  }

  locate(bucket: string): Promise<Located> {
    const known = this.#located.get(bucket);
    if (known !== undefined) return known;
    const search = this.#ask(bucket);
    this.#located.set(bucket, search);
    search.catch(() => this.#located.delete(bucket)); // it may be found the next time
    return search;
  }

  /** Fetches what the default store needs before anybody asks for it. */
  async warm(): Promise<void> {
    // A failure is told to the request that needs the credentials.
    await this.default?.credentials().catch(() => {});
  }

  async #ask(name: string): Promise<Located> {
    const { store, bucket } = await this.#session.call("locate", name);
    return { store: this.all[store], bucket };
  }
}

function remoteStore(facts: StoreFacts, index: number, session: Session): Store {
  const { endpoint, proxy, heads, ...rest } = facts;
  const store: Store = {
    ...rest,
    endpoint: endpoint === undefined ? undefined : new URL(endpoint),
    proxy: proxy === undefined ? undefined : new URL(proxy),
    notice: (text) => void session.call("notice", { store: index, text }).catch(() => {}), // gone
    credentials: facts.anonymous
      ? () => Promise.resolve(undefined)
      : remoteCredentials(index, session),
  };
  if (heads !== undefined) keepHeadsIn(store, heads);
  return store;
}

function remoteCredentials(store: number, session: Session): Store["credentials"] {
  let held: Credentials | undefined;
  let underWay: Promise<Credentials | undefined> | undefined;
  const renew = (refused: Credentials | undefined) => underWay ??= ask(refused);
  const ask = async (refused: Credentials | undefined) => {
    try {
      held = await session.call("credentials", { store, refused });
      registerSecret(held?.secretAccessKey);
      registerSecret(held?.sessionToken);
      return held;
    } finally {
      underWay = undefined;
    }
  };
  return async (_signal, refused) => {
    const isRefused = held !== undefined && held === refused;
    const left = (held?.expiration?.getTime() ?? Infinity) - Date.now();
    if (held === undefined || isRefused || left < USE_ABOVE) {
      return await renew(isRefused ? refused : undefined);
    }
    // A failure is met again, when these have come to their end.
    if (left < RENEW_BELOW) renew(undefined).catch(() => {});
    return held;
  };
}
