/**
 * An answer as the layers look at it: a `Response` is one, and so is what {@link ConnectionPool} gives.
 *
 * @module
 */
import type { MessageHeaders } from "./headers.ts";

/** The next chunk of a body, or its end. */
export type NextChunk =
  | { readonly done: true; readonly value?: Uint8Array }
  | { readonly done: false; readonly value: Uint8Array };

/** Reads a body, chunk by chunk as it comes. */
export interface BodyReader {
  read(): Promise<NextChunk>;
  /** Ends the answer; its connection is not used again. */
  cancel(): Promise<void>;
}

/** A body that has one reader. */
export interface AnswerBody {
  getReader(): BodyReader;
  cancel(): Promise<void>;
  /** Bytes that have come and were not read; undefined where that cannot be told. */
  readonly unread?: number;
}

/** The head of an answer, and its body to come. */
export interface Answer {
  readonly status: number;
  /** A status of 200 to 299. */
  readonly ok: boolean;
  readonly headers: MessageHeaders;
  readonly body: AnswerBody | null;
}
