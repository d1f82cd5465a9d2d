/**
 * What somebody writes, kept invisible until it is known to be wanted: completions of uploads, small
 * objects and removals wait here; large objects are uploads that are not completed.
 *
 * @module
 */
import { type DipperError, isDipperError, PartialError } from "../errors.ts";
import { formatS3Uri } from "../store/uri.ts";
import type { Account } from "./activity.ts";
import { completeUpload } from "./completion.ts";
import type { Located } from "./exchange.ts";
import { errorOfRefusal } from "./refusal_error.ts";
import { EMPTY_HASH, sha256 } from "./sigv4.ts";
import type { Upstream } from "./upstream.ts";
import type { UpstreamRequest } from "./upstream_request.ts";
import type { QueryPair } from "./uri_text.ts";

/** Where something is written: a key in a store. */
export interface Destination extends Located {
  readonly key: string;
}

/** What a commit made visible. */
export interface CommittedWrites {
  /** `s3://bucket/key`, by the bucket's own name, in the order of writing. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/** A write that waits. */
type Waiting =
  & { readonly target: Destination }
  & (
    | { readonly kind: "put"; readonly headers: Record<string, string>; readonly bytes: Uint8Array }
    | {
      readonly kind: "complete";
      readonly uploadId: string;
      readonly headers: Record<string, string>;
      readonly body: Uint8Array;
      readonly tagging?: string;
    }
    | { readonly kind: "remove"; readonly query: readonly QueryPair[] }
  );

/** Objects up to this size wait in memory, in bytes, all together up to {@link MOST_IN_MEMORY}. */
const SMALL = 1024 * 1024;
const MOST_IN_MEMORY = 32 * 1024 * 1024;
const AT_ONCE = 8;

/** The writes of one name. */
export class HeldWrites {
  readonly #upstream: Upstream;
  readonly #account: Account;
  /** The newest write of each key, in order. */
  readonly #waiting = new Map<string, Waiting>();
  /** Uploads that are begun and not to be completed, as far as is known. */
  readonly #open = new Map<string, Destination>();
  #inMemory = 0;

  constructor(upstream: Upstream, account: Account) {
    this.#upstream = upstream;
    this.#account = account;
  }

  /** Whether an object of so many bytes waits here, not in an upload. */
  fitsInMemory(bytes: number): boolean {
    return bytes === 0 || (bytes <= SMALL && this.#inMemory + bytes <= MOST_IN_MEMORY);
  }

  /** Takes an object whole. */
  put(target: Destination, headers: Record<string, string>, bytes: Uint8Array): void {
    this.#inMemory += bytes.length;
    this.#wait({ kind: "put", target, headers, bytes });
  }

  /** An upload is begun: it is aborted in the end unless it is completed. */
  begun(target: Destination, uploadId: string): void {
    this.#open.set(uploadId, target);
  }

  /** An upload is gone. */
  ended(uploadId: string): void {
    this.#open.delete(uploadId);
  }

  /** Takes the completion of an upload. */
  complete(
    target: Destination,
    uploadId: string,
    headers: Record<string, string>,
    body: Uint8Array,
    tagging?: string,
  ): void {
    this.#open.delete(uploadId);
    this.#wait({ kind: "complete", target, uploadId, headers, body, tagging });
  }

  /** Takes the removal of an object, or of a version of one. */
  remove(target: Destination, query: readonly QueryPair[]): void {
    this.#wait({ kind: "remove", target, query });
  }

  /**
   * Makes all of it visible, objects before removals. What was begun and never completed is aborted.
   *
   * @throws {PartialError} when some is visible and some could not be; `context.failed` has the latter
   * @throws {DipperError} when nothing is visible
   */
  async commit(signal: AbortSignal): Promise<CommittedWrites> {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    const written: string[] = [];
    const removed: string[] = [];
    const failed: string[] = [];
    let first: DipperError | undefined;
    const run = async (waiting: Waiting) => {
      const { target, kind } = waiting;
      const uri = formatS3Uri(target);
      try {
        // Where one has failed, the less becomes visible the better.
        if (first !== undefined) throw first;
        await this.#send(waiting, signal);
        (kind === "remove" ? removed : written).push(uri);
      } catch (error) {
        first ??= isDipperError(error) ? error : errorOfRefusal(error, target);
        failed.push(uri);
        if (kind === "complete") this.#open.set(waiting.uploadId, target);
      }
    };
    await inTurns(all.filter(({ kind }) => kind !== "remove"), run);
    await inTurns(all.filter(({ kind }) => kind === "remove"), run);
    await this.abort();
    if (first === undefined) return { written, removed };
    if (written.length + removed.length === 0) throw first;
    throw new PartialError(
      `${failed.length} of ${all.length} objects were not written: ${first.message}`,
      { failed, cause: first, hint: "The others are in place. Write again, or remove them." },
    );
  }

  /** Drops all of it. An upload that cannot be aborted is left to the service, which does not show it. */
  async abort(): Promise<void> {
    for (const waiting of this.#waiting.values()) {
      if (waiting.kind === "complete") this.#open.set(waiting.uploadId, waiting.target);
    }
    this.#waiting.clear();
    this.#inMemory = 0;
    const open = [...this.#open];
    this.#open.clear();
    const never = new AbortController().signal;
    await inTurns(open, async ([uploadId, target]) => {
      const request: UpstreamRequest = {
        ...target,
        method: "DELETE",
        query: [["uploadId", uploadId]],
        headers: {},
        hash: EMPTY_HASH,
        kind: "other",
      };
      try {
        (await this.#upstream.send(request, this.#account, never)).drop();
      } catch (error) {
        this.#account.failed(isDipperError(error) ? error : errorOfRefusal(error, target));
      }
    });
  }

  #wait(waiting: Waiting): void {
    const { store, bucket, key } = waiting.target;
    const version = waiting.kind === "remove" ? waiting.query : [];
    const name = JSON.stringify([store.name, bucket, key, version]);
    const before = this.#waiting.get(name);
    if (before?.kind === "complete") this.#open.set(before.uploadId, before.target);
    if (before?.kind === "put") this.#inMemory -= before.bytes.length;
    this.#waiting.delete(name);
    this.#waiting.set(name, waiting);
  }

  async #send(waiting: Waiting, signal: AbortSignal): Promise<void> {
    if (waiting.kind === "complete") {
      const { target, uploadId, headers, body, tagging } = waiting;
      const completion = { ...target, uploadId, headers, body, tagging };
      await completeUpload(this.#upstream, completion, this.#account, signal);
      return;
    }
    await this.#upstream.ask(requestOf(waiting), this.#account, signal);
    if (waiting.kind === "put") this.#account.written(waiting.bytes.length);
  }
}

function requestOf(waiting: Exclude<Waiting, { readonly kind: "complete" }>): UpstreamRequest {
  const { target } = waiting;
  switch (waiting.kind) {
    case "put":
      return {
        ...target,
        method: "PUT",
        query: [],
        headers: waiting.headers,
        body: waiting.bytes,
        hash: sha256(waiting.bytes),
        kind: "put",
      };
    case "remove":
      return {
        ...target,
        method: "DELETE",
        query: waiting.query,
        headers: {},
        hash: EMPTY_HASH,
        kind: "other",
      };
  }
}

/** Does `work` for each of `items`, several at a time. */
export async function inTurns<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  atOnce: number = AT_ONCE,
): Promise<void> {
  const left = items.values();
  const turn = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, turn));
}
