/**
 * The layer that believes nothing: status, Content-Range, length, ETag and encoding of every answer are
 * held against what was asked for, and the body against its head.
 *
 * @module
 */
import { ObjectChangedError } from "../errors.ts";
import { failureContext } from "../store/translate.ts";
import { formatS3Uri } from "../store/uri.ts";
import { AttemptFailure, changedHint, failureOf, wrongAnswer } from "./attempt_failure.ts";
import type { Clock } from "./clock.ts";
import { parseErrorBody } from "./error_body.ts";
import type { Answer } from "./http/answer.ts";
import type { MessageHeaders } from "./http/headers.ts";
import type { AnswerHead, Job, Layer } from "./layer.ts";
import { type ByteRange, endOf, parseContentRange, resolveRange } from "./range.ts";
import { countUnread, receive } from "./receive.ts";
import { errorBody, type Send } from "./send.ts";
import type { ReadSettings } from "./settings.ts";

/** Made once: an abort without a reason makes one with a stack trace each time. */
const OVER = new DOMException("the request is over", "AbortError");

/** The layer over `send`. */
export function verifying(
  send: Send,
  clock: Clock,
  settings: Pick<ReadSettings, "headTimeout" | "idleTimeout">,
): Layer {
  return async (job, range, sink, signal) => {
    const attempt = new AbortController();
    const abort = () => attempt.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    const late = { head: false };
    const stop = clock.after(settings.headTimeout, () => {
      late.head = true;
      attempt.abort(OVER);
    });
    job.counter.began(clock.now());
    let isWhole = false;
    let answer: Answer | undefined;
    try {
      answer = await send(job, range, attempt.signal);
      const head = await verifiedHead(job, range, answer, attempt.signal);
      stop();
      sink.head(head);
      if (head.kind !== "bytes") return;
      await receive(
        { job, head, body: answer.body!, isFramed: answer.headers.has("content-length") },
        sink,
        { clock, idleTimeout: settings.idleTimeout, attempt },
      );
      isWhole = true;
    } catch (error) {
      signal.throwIfAborted();
      if (late.head) throw failureOf(job.target, { message: "timed out waiting for the answer" });
      throw error;
    } finally {
      stop();
      signal.removeEventListener("abort", abort);
      // Ends what is left of an answer that was not wanted to its end, and frees its socket.
      if (!isWhole) attempt.abort(OVER);
      countUnread(answer, job.counter);
      job.counter.ended(clock.now());
    }
  };
}

async function verifiedHead(
  job: Job,
  range: ByteRange,
  answer: Answer,
  signal: AbortSignal,
): Promise<AnswerHead> {
  const { status, headers } = answer;
  const facts = {
    etag: strongTag(headers.get("etag")),
    lastModified: dateOf(headers.get("last-modified")),
    contentType: headers.get("content-type") ?? undefined,
  };
  const nothing = { offset: 0, length: 0 };
  if (job.method === "HEAD") {
    const size = Number(headers.get("content-length") ?? NaN);
    if (status !== 200 || !Number.isSafeInteger(size)) {
      throw wrongAnswer(job.target, "a HEAD without a length", status);
    }
    return { kind: "head", extent: nothing, size, ...facts };
  }
  if (status === 304) {
    if (job.ifNoneMatch === undefined) throw wrongAnswer(job.target, "304, unasked for", status);
    return { kind: "same", extent: nothing, size: 0, ...facts };
  }
  if (status === 416) {
    if (job.expected !== undefined) {
      throw changed(job, "it is shorter than the range that was asked for");
    }
    // Some refuse a tail that is longer than the object: without an ETag it is asked for by HEAD.
    const isEmpty = /^\s*bytes\s+\*\/0\s*$/i.test(headers.get("content-range") ?? "");
    const etag = isEmpty ? facts.etag : undefined;
    return { kind: "empty", extent: nothing, size: 0, ...facts, etag };
  }
  if (status !== 206 && status !== 200) {
    throw wrongAnswer(job.target, `status ${status} for a ranged read`, status);
  }
  const head = status === 206
    ? partialHead(job, range, answer)
    : await wholeHead(job, range, answer, signal);
  const { expected } = job;
  if (expected !== undefined) {
    if (head.size !== expected.size) {
      throw changed(job, `it had ${expected.size} bytes and has ${head.size} now`);
    }
    if (expected.etag !== undefined && facts.etag === undefined) {
      throw wrongAnswer(job.target, "it names no ETag", status);
    }
    if (expected.etag !== undefined && facts.etag !== expected.etag) {
      throw changed(job, "its ETag is another one now");
    }
    if (
      expected.etag === undefined && expected.lastModified !== undefined &&
      facts.lastModified?.getTime() !== expected.lastModified.getTime()
    ) {
      throw changed(job, "its date is another one now");
    }
  }
  return { kind: head.size === 0 ? "empty" : "bytes", ...head, ...facts };
}

function partialHead({ target }: Job, range: ByteRange, { headers, status, body }: Answer) {
  const said = parseContentRange(headers.get("content-range"));
  if (said === undefined) {
    throw wrongAnswer(target, `Content-Range “${headers.get("content-range") ?? ""}”`, status);
  }
  const { extent, size } = said;
  const asked = resolveRange(range, size);
  if (extent.offset !== asked.offset || extent.length !== asked.length) {
    throw wrongAnswer(
      target,
      `bytes ${extent.offset}–${endOf(extent) - 1} for ${asked.offset}–${endOf(asked) - 1}`,
      status,
    );
  }
  const length = headers.get("content-length");
  if (length !== null && Number(length) !== extent.length) {
    throw wrongAnswer(target, `${length} bytes said for a range of ${extent.length}`, status);
  }
  checkEncoding(target, headers, status);
  if (body === null) throw wrongAnswer(target, "no body", status);
  return { extent, size };
}

/**
 * A 200 is the whole object, which HTTP allows, or an error document, which it does not. Taken only when
 * the whole object is what was asked for.
 */
async function wholeHead(job: Job, range: ByteRange, answer: Answer, signal: AbortSignal) {
  const { headers, status } = answer;
  const { target } = job;
  const text = headers.get("content-length");
  const size = text === null ? undefined : Number(text);
  const looksLikeError = /xml/.test(headers.get("content-type") ?? "") &&
    (job.expected === undefined || size !== job.expected.size);
  if (looksLikeError && (size === undefined || size < 64 * 1024)) {
    const { code, message } = parseErrorBody(await errorBody(answer, job.counter, signal));
    if (code !== undefined) {
      const failure = failureOf(target, { status: 500, code, message });
      throw failure.recovery === "never" ? new AttemptFailure(failure.error, "again") : failure;
    }
    throw wrongAnswer(target, "status 200 and XML for a ranged read", status);
  }
  const asked = size === undefined ? undefined : resolveRange(range, size);
  if (size === undefined || asked === undefined || asked.length !== size) {
    throw wrongAnswer(target, "the whole object for a range of it", status);
  }
  checkEncoding(target, headers, status);
  return { extent: asked, size };
}

/** A runtime that inflates removes the header and changes the length; a proxy that deflates adds it. */
function checkEncoding(target: Job["target"], headers: MessageHeaders, status: number): void {
  const transfer = headers.get("transfer-encoding");
  if (transfer !== null && !/^(chunked|identity)$/i.test(transfer)) {
    throw wrongAnswer(target, `transfer encoding ${transfer}`, status);
  }
}

function changed({ target }: Job, what: string): AttemptFailure {
  const { store, bucket, key } = target;
  const uri = formatS3Uri({ bucket, key });
  const { anonymous: _, temporary: __, ...context } = failureContext(store);
  return new AttemptFailure(
    new ObjectChangedError(`${uri} was replaced while it was read: ${what}`, {
      ...context,
      bucket,
      key,
      uri,
      operation: "GetObject",
      hint: changedHint(target),
    }),
    "never",
  );
}

/** A weak ETag names no bytes, and no If-Match ever holds for it. */
function strongTag(text: string | null): string | undefined {
  if (text === null || text.startsWith("W/")) return undefined;
  return text.replace(/^"|"$/g, "") || undefined;
}

function dateOf(text: string | null): Date | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : new Date(time);
}
