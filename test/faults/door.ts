/**
 * The ways in to the reading core: as a program has it, and through the gateway.
 *
 * @module
 */
import { Signer } from "../../src/range/sign.ts";
import type { BlockCache, Chunks } from "../../src/range/block_cache.ts";
import { type ByteRange, rangeHeader } from "../../src/range/range.ts";
import { RangeReader } from "../../src/range/reader.ts";
import type { ReadSettings } from "../../src/range/settings.ts";
import type { Store } from "../../src/store/store.ts";
import { GatewayServer } from "../../src/gateway/server.ts";
import type { ClientKind } from "../../src/gateway/client.ts";

/** What was read. */
export interface Reading {
  /** Of the object that the bytes are said to be of. */
  readonly etag: string | undefined;
  readonly size: number;
  readonly chunks: Chunks;
}

/** Somebody who reads one object, `lab/data.bin` of a store of its own. */
export interface Visit {
  /** The bytes of `ranges`, read side by side. */
  read(ranges: readonly ByteRange[], signal: AbortSignal): Promise<readonly Reading[]>;
  /** The bytes of `range` as a stream. */
  stream(range: ByteRange, signal: AbortSignal): Promise<Reading>;
  /** Requests to the origin that are under way or wait. */
  load(): { readonly underWay: number; readonly waiting: number };
  leave(): Promise<void>;
}

/** Bucket and key of the object. */
export const OBJECT = { bucket: "lab", key: "data.bin" };

/** An answer of the gateway that is an error, as S3 has them. */
export class RefusedRead extends Error {
  constructor(readonly status: number, readonly code: string) {
    super(`${status} ${code}`);
  }
}

/** A body of the gateway that broke off, as the client has seen, and why, as the gateway knows. */
export class BrokenRead extends Error {}

/** A reader of its own. */
export async function openReader(
  store: Store,
  options: { cache?: BlockCache; settings: Partial<ReadSettings>; random: () => number },
  signal: AbortSignal,
): Promise<Visit> {
  const reader = new RangeReader(options);
  const leave = () => Promise.resolve(reader.close());
  try {
    const source = await reader.open(store, OBJECT, { signal });
    const { etag, size } = source;
    return {
      read: async (ranges, inner) =>
        (await source.read(ranges, { signal: inner })).map((chunks) => ({ etag, size, chunks })),
      stream: async (range, inner) => ({
        etag,
        size,
        chunks: await Array.fromAsync(source.stream(range, { signal: inner })),
      }),
      load: () => reader.load(store),
      leave,
    };
  } catch (error) {
    await leave();
    throw error;
  }
}

/** The gateway that many read through, each with a store behind a bucket of its own. */
export class GatewayDoor implements AsyncDisposable {
  readonly #stores = new Map<string, Store>();
  readonly #server: GatewayServer;
  readonly #client = Deno.createHttpClient({ http2: false });
  readonly #signer = new Signer();

  constructor(options: { cache: BlockCache; settings: Partial<ReadSettings> }) {
    this.#server = new GatewayServer({
      ...options,
      stores: {
        all: [],
        default: undefined,
        locate: (name) =>
          Promise.resolve({ store: this.#stores.get(name)!, bucket: OBJECT.bucket }),
      },
    });
  }

  /** Lets somebody in, who knows the bucket of `store` by `name`. */
  enter(name: string, store: Store, kind: ClientKind): Visit {
    this.#stores.set(name, store);
    const key = this.#server.issueKey(name, { kind });
    const get = async (range: ByteRange, signal: AbortSignal): Promise<Reading> => {
      const { host } = new URL(this.#server.endpoint);
      const path = `/${name}/${OBJECT.key}`;
      const signed = this.#signer.sign(
        { method: "GET", host, path, query: "", region: "us-east-1" },
        key,
        new Date(),
      );
      const answer = await fetch(`http://${host}${path}`, {
        headers: { ...signed, range: rangeHeader(range) },
        signal,
        client: this.#client,
      });
      return await readingOf(answer, signal, () => this.#server.counts(name).failures);
    };
    return {
      read: (ranges, signal) => allOf(ranges.map((range) => get(range, signal))),
      stream: get,
      load: () => this.#server.reader.load(store),
      leave: async () => {
        await this.#server.revokeKey(name);
        this.#stores.delete(name);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.#server.close();
  }
}

async function readingOf(
  answer: Response,
  signal: AbortSignal,
  failures: () => readonly { readonly message: string }[],
): Promise<Reading> {
  const { status, headers } = answer;
  if (status >= 400) {
    const code = /<Code>([^<]*)/.exec(await answer.text())?.[1] ?? "";
    throw new RefusedRead(status, code);
  }
  const size = Number(/\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1] ?? NaN);
  const etag = headers.get("etag")?.replace(/^"|"$/g, "");
  try {
    return { etag, size, chunks: await Array.fromAsync(answer.body!) };
  } catch (error) {
    signal.throwIfAborted();
    const reason = failures().at(-1);
    if (reason === undefined) throw error;
    throw new BrokenRead(reason.message);
  }
}

/** Waits for all, then fails with the first failure. */
export async function allOf<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(works);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}
