/**
 * Takes the body of an answer, chunk by chunk as it comes.
 *
 * @module
 */
import { failureOf, wrongAnswer } from "./attempt_failure.ts";
import type { Clock } from "./clock.ts";
import type { ReadCounter } from "./counts.ts";
import type { Answer, AnswerBody, BodyReader } from "./http/answer.ts";
import type { AnswerHead, Job, Sink } from "./layer.ts";
import { factsOf } from "../store/translate.ts";

/** A body to take. */
export interface Body {
  readonly job: Job;
  readonly head: AnswerHead;
  readonly body: AnswerBody;
  /** Whether the head names its length: the runtime then cuts at it. */
  readonly isFramed: boolean;
}

/** How to wait for it. */
export interface Patience {
  readonly clock: Clock;
  /** Milliseconds without a byte. */
  readonly idleTimeout: number;
  /** Aborted when they are over. */
  readonly attempt: AbortController;
}

/**
 * Hands the chunks of a body on to `sink`: exactly as many bytes as its head says. A body without a
 * length is handed on when it has come to its end, so that not a byte of one that is too long is used.
 *
 * @throws {AttemptFailure} when it breaks off, stalls, is short or long
 */
export async function receive(
  { job, head, body, isFramed }: Body,
  sink: Sink,
  { clock, idleTimeout, attempt }: Patience,
): Promise<void> {
  const { length } = head.extent;
  const held: Uint8Array[] = [];
  let received = 0;
  let last = clock.now();
  let isIdle = false;
  let stop = () => {};
  const watch = (wait: number) => {
    stop = clock.after(wait, () => {
      const left = last + idleTimeout - clock.now();
      if (left > 0) return watch(left);
      isIdle = true;
      attempt.abort();
    });
  };
  watch(idleTimeout);
  const reader = body.getReader();
  const free = cancelOnAbort(reader, attempt.signal);
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      last = clock.now();
      received += value.byteLength;
      job.counter.add("fromWire", value.byteLength);
      if (received > length) throw wrongAnswer(job.target, "more bytes than its head says", 206);
      if (isFramed) sink.chunk(value);
      else held.push(value);
    }
  } catch (error) {
    if (isIdle) throw failureOf(job.target, { message: "timed out: no more bytes came" });
    if (attempt.signal.aborted || error instanceof Error && error.name === "AttemptFailure") {
      throw error;
    }
    throw failureOf(job.target, { ...factsOf(error), systemCode: "ECONNRESET" }, {
      operation: "GetObject",
      cause: error,
    });
  } finally {
    stop();
    free();
  }
  if (isIdle) throw failureOf(job.target, { message: "timed out: no more bytes came" });
  attempt.signal.throwIfAborted();
  if (received < length) {
    throw failureOf(job.target, {
      systemCode: "ECONNRESET",
      message: `the answer ended after ${received} of ${length} bytes`,
    });
  }
  for (const chunk of held) sink.chunk(chunk);
}

/** Counts what has come of an answer and is not read any more. */
export function countUnread(answer: Answer | undefined, counter: ReadCounter): void {
  const unread = answer?.body?.unread ?? 0;
  counter.add("fromWire", unread);
  counter.add("discarded", unread);
}

/**
 * Cancels the body when `signal` is aborted: in Deno 2.9 the signal that a request was made with does not
 * always reach a read that waits for the body. The function returned ends the watch.
 */
export function cancelOnAbort(
  reader: BodyReader,
  signal: AbortSignal,
): () => void {
  // A body that has failed cannot be cancelled, and need not be.
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  return () => signal.removeEventListener("abort", cancel);
}
