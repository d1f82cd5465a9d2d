/**
 * The lowest layer: one signed request, `accept-encoding: identity`. Expired credentials are renewed and
 * a wrong region is corrected here; every other refusal is an {@link AttemptFailure}.
 *
 * @module
 */
import type { FailureFacts } from "../store/facts.ts";
import { knownRegion, learnRegion, regionInAnswer } from "../store/region.ts";
import type { Credentials } from "../store/store.ts";
import { factsOf } from "../store/translate.ts";
import { addressOf, hasDots } from "./address.ts";
import { type AttemptFailure, failureOf } from "./attempt_failure.ts";
import type { Clock } from "./clock.ts";
import type { ReadCounter } from "./counts.ts";
import { parseErrorBody } from "./error_body.ts";
import type { Answer } from "./http/answer.ts";
import type { Fetch, HttpClients } from "./http_client.ts";
import type { Job } from "./layer.ts";
import { cancelOnAbort, countUnread } from "./receive.ts";
import { type ByteRange, rangeHeader } from "./range.ts";
import { plainFetch } from "./plain_fetch.ts";
import { Signer } from "./sign.ts";

/** Bytes of an error's body that are read. */
const ERROR_BODY = 64 * 1024;

/** New credentials for one request, each other than the last: they may be refused to others meanwhile. */
const RENEWALS = 8;

/** What sending needs. */
export interface SendDeps {
  /** Instead of connections of the core's own. */
  readonly fetch: Fetch | undefined;
  readonly clients: HttpClients;
  readonly clock: Clock;
}

/** Sends a request; resolves to its answer when that is one to look at: 2xx, 304 or 416. */
export type Send = (job: Job, range: ByteRange, signal: AbortSignal) => Promise<Answer>;

/** A {@link Send} with its own signer. */
export function makeSend({ fetch, clients, clock }: SendDeps): Send {
  const signer = new Signer();
  // Objects whose ranges come without a length: inflated on the way, as far as can be seen.
  const inflated = new Set<string>();
  return async (job, range, signal) => {
    const { store, bucket } = job.target;
    let credentials = store.anonymous ? undefined : await store.credentials(signal);
    let renewals = 0;
    let isMoved = false;
    while (true) {
      const region = knownRegion(store, bucket);
      const answer = await once(job, range, region, credentials, signal);
      if (answer.ok || answer.status === 304 || answer.status === 416) return answer;
      const { facts, failure } = await refusal(job, answer, signal);
      if (
        failure.error.tag === "expired_token" && renewals < RENEWALS && credentials !== undefined
      ) {
        renewals++;
        const other = await store.credentials(signal, credentials);
        if (other !== undefined && !isSame(other, credentials)) {
          credentials = other;
          continue;
        }
      }
      if (facts.region !== undefined && facts.region !== region && !isMoved) {
        isMoved = true;
        learnRegion(store, bucket, facts.region);
        continue;
      }
      throw failure;
    }
  };

  async function once(
    job: Job,
    range: ByteRange,
    region: string,
    credentials: Credentials | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { target, method, counter } = job;
    const address = addressOf(target.store, target, target.versionId, region);
    const wire = `${address.path}${address.query && `?${address.query}`}`;
    const url = `${address.origin}${wire}`;
    counter.add(method === "GET" ? "requests" : "heads", 1);
    const headers = {
      ...headersOf(job, range),
      ...(credentials === undefined
        ? {}
        : signer.sign({ method, region, ...address }, credentials, clock.date())),
    };
    const name = `${address.origin}${address.path}`;
    try {
      if (!inflated.has(name) && !hasDots(target.key)) {
        const answer = fetch === undefined
          ? await clients.send(target.store, { ...address, method, target: wire, headers }, signal)
          : await fetch(url, {
            method,
            redirect: "manual",
            signal,
            client: clients.for(target.store),
            headers,
          });
        if (answer.status !== 206 || answer.headers.has("content-length")) return answer;
        inflated.add(name);
        await answer.body?.cancel();
        countUnread(answer, counter);
        counter.add("requests", 1);
      }
      return await plainFetch(
        url,
        { method, headers, signal },
        await clients.agentsFor(target.store),
      );
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(target, factsOf(error), { operation: operationOf(job), cause: error });
    }
  }

  async function refusal(
    job: Job,
    answer: Answer,
    signal: AbortSignal,
  ): Promise<{ facts: FailureFacts; failure: AttemptFailure }> {
    const body = await errorBody(answer, job.counter, signal);
    const headers = Object.fromEntries(answer.headers);
    const facts: FailureFacts = {
      status: answer.status,
      ...parseErrorBody(body),
      date: headers.date,
      server: headers.server,
      contentType: headers["content-type"],
      requestId: headers["x-amz-request-id"],
      region: regionInAnswer({
        $response: { statusCode: answer.status, headers },
        ...parseErrorBody(body),
      }),
    };
    const retryAfter = retryAfterOf(headers["retry-after"], clock);
    return {
      facts,
      failure: failureOf(job.target, facts, { operation: operationOf(job), retryAfter }),
    };
  }
}

/** The text of an error's body, as far as it can be had. */
export async function errorBody(
  answer: Answer,
  counter: ReadCounter,
  signal: AbortSignal,
): Promise<string> {
  if (answer.body === null) return "";
  const decoder = new TextDecoder();
  const reader = answer.body.getReader();
  const stop = cancelOnAbort(reader, signal);
  let text = "";
  try {
    while (text.length < ERROR_BODY) {
      const { done, value } = await reader.read();
      if (done) {
        signal.throwIfAborted();
        return text;
      }
      counter.add("fromWire", value.byteLength);
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // The status says enough when the body breaks off.
    signal.throwIfAborted();
  } finally {
    stop();
  }
  await reader.cancel().catch(() => {});
  countUnread(answer, counter);
  return text;
}

function headersOf({ expected, ifNoneMatch, method }: Job, range: ByteRange) {
  return {
    "accept-encoding": "identity",
    ...(method === "GET" ? { range: rangeHeader(range) } : {}),
    ...(expected?.etag === undefined ? {} : { "if-match": `"${expected.etag}"` }),
    ...(ifNoneMatch === undefined ? {} : { "if-none-match": `"${ifNoneMatch}"` }),
  };
}

function operationOf({ method }: Job): string {
  return method === "GET" ? "GetObject" : "HeadObject";
}

function isSame(a: Credentials, b: Credentials): boolean {
  return a.accessKeyId === b.accessKeyId && a.sessionToken === b.sessionToken;
}

/** Milliseconds, from seconds or a date. */
function retryAfterOf(text: string | undefined, clock: Clock): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(text)
    ? Number(text)
    : (Date.parse(text) - clock.date().getTime()) / 1000;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
