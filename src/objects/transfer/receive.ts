/**
 * The bytes of an object, or of a part of it, in order: a body that breaks off goes on from its last byte
 * under the same ETag, and every answer is held against what was asked for.
 *
 * @module
 */
import { cancelled, ObjectChangedError } from "../../errors.ts";
import { type AttemptFailure, failureOf, wrongAnswer } from "../../range/attempt_failure.ts";
import { cancelOnAbort } from "../../range/receive.ts";
import { formatS3Uri } from "../../store/uri.ts";
import type { Prepared, Wire, WireRequest, WireTarget } from "./wire.ts";

/** What to read. */
export interface Reading {
  readonly target: WireTarget;
  /** Bytes of the whole object. */
  readonly size: number;
  /** Without the quotes; the object's state. */
  readonly etag: string | undefined;
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** Told of the head that comes before the first byte; again when it comes to nothing. */
  readonly onHead?: (headers: Headers) => void | Promise<void>;
}

/** Takes the bytes; the next come when it has resolved. */
export type Take = (bytes: Uint8Array) => void | Promise<void>;

/**
 * Hands the bytes to `take`: all of them, or it throws.
 *
 * @throws {ObjectChangedError} when the object is not what it was
 */
export async function receive(
  wire: Wire,
  reading: Reading,
  take: Take,
  signal: AbortSignal,
): Promise<void> {
  const { length } = reading;
  if (length === 0) return;
  let received = 0;
  const request = getRequest(reading);
  await wire.attempt(
    request,
    signal,
    async (prepared) => {
      const answer = await ask(wire, request, prepared, rangeHeaders(reading, received), signal);
      if (!answer.response.ok) {
        const text = await bodyText(answer.response, answer.attempt.signal);
        throw wire.refusal(request, answer.response.status, answer.response.headers, text);
      }
      try {
        checkHead(reading, received, answer.response);
        if (received === 0) await reading.onHead?.(answer.response.headers);
        await takeBody(wire, reading, answer, length - received, async (bytes) => {
          received += bytes.byteLength;
          const taken = take(bytes);
          if (taken !== undefined) await taken;
        }, signal);
      } catch (error) {
        answer.response.body?.cancel().catch(() => {}); // broken already
        throw error;
      } finally {
        answer.stop();
      }
    },
    () => received,
  );
}

/** The request for it, without its range. */
export function getRequest({ target, size, offset, length }: Reading): WireRequest {
  return {
    target,
    method: "GET",
    operation: "GetObject",
    headers: offset === 0 && length === size ? { "x-amz-checksum-mode": "ENABLED" } : {},
  };
}

/** The headers that ask for what is missing, of the object in the state that is meant. */
export function rangeHeaders(
  { size, etag, offset, length }: Reading,
  received: number,
): Record<string, string> {
  const isWhole = received === 0 && offset === 0 && length === size;
  return {
    ...(isWhole ? {} : { range: `bytes=${offset + received}-${offset + length - 1}` }),
    ...(etag === undefined ? {} : { "if-match": `"${etag}"` }),
    "accept-encoding": "identity",
  };
}

interface Asked {
  readonly response: Response;
  readonly attempt: AbortController;
  readonly stop: () => void;
}

async function ask(
  wire: Wire,
  request: WireRequest,
  { url, headers }: Prepared,
  extra: Record<string, string>,
  signal: AbortSignal,
): Promise<Asked> {
  const attempt = new AbortController();
  const abort = () => attempt.abort();
  signal.addEventListener("abort", abort, { once: true });
  const stop = () => signal.removeEventListener("abort", abort);
  const timer = wire.clock.after(wire.settings.idleTimeout, abort);
  try {
    const { store } = request.target;
    const asked = { ...headers, ...extra };
    const bare = wire.sockets.serves(url, store)
      ? await wire.sockets.get({ url, headers: asked, store }, attempt.signal)
      : undefined;
    const response = bare ?? await fetch(url, {
      headers: asked,
      redirect: "manual",
      signal: attempt.signal,
      client: wire.clients.for(store),
    });
    return { response, attempt, stop };
  } catch (error) {
    stop();
    if (signal.aborted) throw cancelled(signal);
    if (attempt.signal.aborted) throw timedOut(request.target);
    throw wire.broken(request, error);
  } finally {
    timer();
  }
}

/** The failure of bytes that do not come. */
export function timedOut(target: WireTarget): AttemptFailure {
  return failureOf({ ...target, versionId: target.versionId }, {
    systemCode: "ETIMEDOUT",
    message: "timed out: no more bytes came",
  });
}

async function bodyText(response: Response, signal: AbortSignal): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const free = cancelOnAbort(reader, signal);
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let next; text.length < 65_536 && !(next = await reader.read()).done;) {
      text += decoder.decode(next.value, { stream: true });
    }
  } catch {
    // The status says enough when the body breaks off.
  } finally {
    free();
    reader.cancel().catch(() => {}); // over already, or of no use
  }
  return text;
}

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: Headers;
}

/**
 * Whether the answer is of the bytes that were asked for, and of the object that is read.
 *
 * @param received bytes of them that are there already
 * @throws {AttemptFailure | ObjectChangedError} when it is not
 */
export function checkHead(
  { target, size, etag, offset, length }: Reading,
  received: number,
  answer: AnswerHead,
): void {
  const of = { ...target, versionId: target.versionId };
  const { headers, status } = answer;
  const from = offset + received;
  const left = length - received;
  const range = headers.get("content-range");
  const said = headers.get("content-length");
  if (status === 206) {
    const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range ?? "");
    if (match === null) {
      throw wrongAnswer(of, `Content-Range “${range ?? ""}”`, status);
    }
    const [first, last, whole] = match.slice(1).map(Number);
    if (whole !== size) {
      throw changed(target, `it had ${size} bytes and has ${whole} now`);
    }
    if (first !== from || last !== from + left - 1) {
      throw wrongAnswer(of, `bytes ${first}–${last} for ${from}–${from + left - 1}`, 206);
    }
  } else if (from !== 0 || left !== size) {
    throw wrongAnswer(of, "the whole object for a range of it", status);
  } else if (said !== null && Number(said) !== size) {
    // A service that answers an error document with 200 says another length as well.
    throw wrongAnswer(of, `${said} bytes for an object of ${size}`, status);
  }
  const now = headers.get("etag");
  if (etag !== undefined && now !== null && plainTag(now) !== etag) {
    throw changed(target, "its ETag is another one now");
  }
  if (headers.get("content-encoding") === "gzip" && said === null) {
    throw wrongAnswer(of, "a body that was compressed on the way", status);
  }
}

/** An ETag without its quotes. */
export function plainTag(text: string): string {
  return text.replace(/^(W\/)?"|"$/g, "");
}

/** The error of an object that another program wrote meanwhile. */
export function changed({ store, bucket, key }: WireTarget, what: string): ObjectChangedError {
  const uri = formatS3Uri({ bucket, key });
  return new ObjectChangedError(`${uri} was replaced while it was read: ${what}`, {
    store: store.name,
    bucket,
    key,
    uri,
    operation: "GetObject",
    hint: "Another program wrote it in between. Transfer it again.",
  });
}

async function takeBody(
  wire: Wire,
  { target }: Reading,
  { response, attempt }: Asked,
  length: number,
  take: (bytes: Uint8Array) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const of = { ...target, versionId: target.versionId };
  if (response.body === null) throw wrongAnswer(of, "no body", response.status);
  const { clock, settings } = wire;
  const reader = response.body.getReader();
  const free = cancelOnAbort(reader, attempt.signal);
  let last = clock.now();
  let isTaking = false;
  let isIdle = false;
  let stop = () => {};
  const watch = (wait: number) => {
    stop = clock.after(wait, () => {
      const left = isTaking ? settings.idleTimeout : last + settings.idleTimeout - clock.now();
      if (left > 0) return watch(left);
      isIdle = true;
      attempt.abort();
    });
  };
  watch(settings.idleTimeout);
  let received = 0;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      received += value.byteLength;
      if (received > length) {
        throw wrongAnswer(of, "more bytes than its head says", response.status);
      }
      isTaking = true;
      await take(value);
      isTaking = false;
      last = clock.now();
    }
  } catch (error) {
    if (signal.aborted) throw cancelled(signal);
    if (isIdle) throw timedOut(target);
    if (isTaking || error instanceof Error && error.name === "AttemptFailure") {
      attempt.abort();
      throw error;
    }
    throw failureOf(of, { systemCode: "ECONNRESET", message: String(error) });
  } finally {
    stop();
    free();
  }
  if (signal.aborted) throw cancelled(signal);
  if (isIdle) throw timedOut(target);
  if (received < length) {
    throw failureOf(of, {
      systemCode: "ECONNRESET",
      message: `the answer ended after ${received} of ${length} bytes`,
    });
  }
}
