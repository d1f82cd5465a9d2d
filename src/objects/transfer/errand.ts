/**
 * What is asked of a lane: a GET, whose answer goes into a file.
 *
 * @module
 */
import type { Digester } from "./checksum.ts";
import type { Expectation } from "./expectation.ts";

/** Bytes to bring. */
export interface Errand {
  /** The same for all tries at the same bytes: their digest goes on. */
  readonly id: number;
  readonly url: string;
  /** Signed; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Path of certificates to trust besides the system's. */
  readonly caBundle: string | undefined;
  readonly path: string;
  /** `new`: the file is made by the first try that is answered. */
  readonly file: "new" | "there";
  /** Where the first byte goes. */
  readonly position: number;
  readonly expected: ExpectedAnswer;
  /** Where the bytes go as well; `said`: to a digest of the kind that the answer's head promises. */
  readonly digest: Digester | "said" | undefined;
  /** Milliseconds without a byte, after which it is given up. */
  readonly idleTimeout: number;
}

/** The one answer whose body is taken. */
export interface ExpectedAnswer {
  /** Bytes of the body. */
  readonly length: number;
  /** `Content-Range`; undefined: the whole object. */
  readonly range: string | undefined;
  /** Without the quotes. */
  readonly etag: string | undefined;
}

/** Headers as they came; names in lower case. */
export type FieldList = readonly (readonly [string, string])[];

/** How it ended. */
export type Outcome =
  | {
    readonly kind: "arrived";
    readonly received: number;
    /** What the first answer's head promises of the whole object. */
    readonly said: Expectation | undefined;
    /** Of all bytes of all tries. */
    readonly digest: Uint8Array | undefined;
  }
  /** Another answer than was expected; `text` is what it says. */
  | {
    readonly kind: "answered";
    readonly status: number;
    readonly fields: FieldList;
    readonly text: string;
  }
  /** An answer that does not say how long it is. */
  | { readonly kind: "unbounded" }
  | {
    readonly kind: "broken";
    readonly received: number;
    readonly where: "connection" | "body" | "idle" | "file";
    readonly error: unknown;
  };
