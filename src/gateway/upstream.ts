/**
 * Requests that go on to a store as they came, signed anew: all but the reading of objects. What can be
 * sent again is, with new credentials, for another region, or after a wait.
 *
 * @module
 */
import { cancelled, type DipperError, isDipperError } from "../errors.ts";
import { recoveryOf } from "../range/attempt_failure.ts";
import { sleep, systemClock } from "../range/clock.ts";
import { Patience } from "../range/retry.ts";
import type { ReadSettings } from "../range/settings.ts";
import { kindOf } from "../store/facts.ts";
import { knownRegion, learnRegion } from "../store/region.ts";
import type { Credentials } from "../store/store.ts";
import { factsOf, failureContext, translateS3Error } from "../store/translate.ts";
import type { Account } from "./activity.ts";
import { S3Refusal } from "./refusal.ts";
import { refusalOfAnswer } from "./upstream_refusal.ts";
import type { UpstreamAnswer, UpstreamMessage, UpstreamRequest } from "./upstream_request.ts";
import { UpstreamWire } from "./upstream_wire.ts";

/** An error document, which may come under a good status. */
const ERROR = /^\s*(<\?xml[^>]*>\s*)?<Error[\s>]/;

/** How to wait; see {@link ReadSettings}. */
export type UpstreamSettings = Pick<
  ReadSettings,
  "retryBudget" | "unreachableBudget" | "backoffFirst" | "backoffMost" | "headTimeout"
>;

/** New credentials for one request, each other than the last: they may be refused to others meanwhile. */
const RENEWALS = 8;
const LARGEST_ERROR = 64 * 1024;

/** Sends requests; keeps connections open. */
export class Upstream {
  readonly #wire: UpstreamWire;
  readonly #settings: UpstreamSettings;

  /** @param settings how long to wait for answers, and to try again */
  constructor(settings: UpstreamSettings) {
    this.#wire = new UpstreamWire(settings.headTimeout);
    this.#settings = settings;
  }

  /**
   * Sends `request`; what can be sent again is, when the service fails or asks for patience.
   *
   * @throws {S3Refusal} with the service's code and status when it refuses
   * @throws {DipperError} when it cannot be reached
   */
  send(
    request: UpstreamRequest,
    account: Account,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> {
    return this.#send(request, account, signal, (answer) => answer);
  }

  /**
   * Sends `request` as {@link Upstream.send} does, and reads the answer: an answer that breaks off, and an
   * error under a good status, are failures like any other.
   *
   * @throws {S3Refusal | DipperError} as {@link Upstream.send} does
   */
  ask(
    request: UpstreamRequest,
    account: Account,
    signal: AbortSignal,
  ): Promise<UpstreamMessage> {
    return this.#send(request, account, signal, async (answer) => {
      const { status, headers } = answer;
      return { status, headers, text: await textOf(answer, account) };
    });
  }

  async #send<T extends Pick<UpstreamAnswer, "status" | "headers"> & { readonly text?: string }>(
    request: UpstreamRequest,
    account: Account,
    signal: AbortSignal,
    take: (answer: UpstreamAnswer) => T | Promise<T>,
  ): Promise<T> {
    const { store, bucket, body } = request;
    const isRepeatable = body === undefined || body instanceof Uint8Array || body.comes === "anew";
    const patience = new Patience({
      clock: systemClock,
      random: Math.random,
      settings: this.#settings,
    });
    const rest = async (failure: Parameters<Patience["waitFor"]>[0], error: unknown) => {
      const wait = isRepeatable ? patience.waitFor(failure, 0) : undefined;
      if (wait === undefined) throw error;
      await sleep(systemClock, wait, signal);
    };
    let credentials = store.anonymous ? undefined : await store.credentials(signal);
    let isMoved = false;
    let renewals = 0;
    for (let attempt = 1;; attempt++) {
      account.checkBudget();
      account.sent(request.kind, attempt);
      const region = knownRegion(store, bucket);
      let answer: T | UpstreamMessage;
      try {
        const isPatient = attempt > 1;
        const head = await this.#wire.send(request, region, credentials, signal, { isPatient });
        answer = head.status < 300 || head.status === 304
          ? await take(head)
          : { ...head, text: await refusalText(head, account) };
      } catch (error) {
        // What the body itself is refused for, or fails to come for.
        if (error instanceof S3Refusal || isDipperError(error)) throw error;
        if (signal.aborted) throw cancelled(signal);
        const failure = { recovery: recoveryOf(factsOf(error)), retryAfter: undefined };
        await rest(failure, this.#translated(error, request));
        continue;
      }
      const { headers, text = "" } = answer;
      const isGood = answer.status < 300 || answer.status === 304;
      if (isGood && !ERROR.test(text)) return answer as T;
      const status = isGood ? 500 : answer.status;
      const { failure, named } = refusalOfAnswer({ status, headers, text }, request);
      if (named !== undefined && named !== region && !isMoved) {
        isMoved = true;
        learnRegion(store, bucket, named);
        if (isRepeatable) continue;
        throw new S3Refusal("ServiceUnavailable", "The bucket is in another region: try again.");
      }
      if (
        credentials !== undefined && renewals < RENEWALS &&
        await this.#isExpired(request, failure, region, credentials, account, signal)
      ) {
        renewals++;
        credentials = await store.credentials(signal, credentials);
        if (isRepeatable) continue;
      }
      if (![429, 500, 502, 503, 504].includes(failure.status)) throw failure;
      const seconds = Number(headers["retry-after"]);
      await rest({
        recovery: recoveryOf({ status: failure.status, code: failure.code }),
        retryAfter: seconds > 0 ? seconds * 1000 : undefined,
      }, failure);
    }
  }

  /** Whether the credentials were refused for their age: a HEAD does not say, so a GET is asked. */
  async #isExpired(
    request: UpstreamRequest,
    { status, code, message }: S3Refusal,
    region: string,
    credentials: Credentials,
    account: Account,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { method, key, headers } = request;
    if (kindOf({ status, code, message }) === "expired") return true;
    const isSilent = method === "HEAD" && key !== "" && [400, 401, 403].includes(status);
    if (!isSilent || request.store.origins.credentials?.value === "keys") return false;
    account.sent("get", 1);
    const byte = { ...request, method: "GET", headers: { ...headers, range: "bytes=0-0" } };
    try {
      const answer = await this.#wire.send(byte, region, credentials, signal);
      if (answer.status < 400) {
        answer.message.destroy(); // it may be the whole object
        return false;
      }
      const text = await refusalText(answer, account);
      const { failure } = refusalOfAnswer({ ...answer, text }, byte);
      return kindOf(failure) === "expired";
    } catch {
      signal.throwIfAborted();
      return false; // the HEAD's own answer stands
    }
  }

  /** Closes the connections. */
  close(): void {
    this.#wire.close();
  }

  #translated(error: unknown, { store, bucket, key }: UpstreamRequest): DipperError {
    return translateS3Error(error, { ...failureContext(store), bucket, key });
  }
}

async function textOf({ message }: UpstreamAnswer, account: Account): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    account.read(chunk.length);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** As much of a refusal's body as can be one of S3's. */
async function refusalText(answer: UpstreamAnswer, account: Account): Promise<string> {
  if (Number(answer.headers["content-length"] ?? 0) > LARGEST_ERROR) {
    answer.drop();
    return "";
  }
  return await textOf(answer, account);
}
