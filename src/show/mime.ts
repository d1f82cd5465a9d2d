/**
 * How a value tells the kernel of a notebook what it looks like.
 *
 * @module
 */

/** The method by which Deno's kernel asks a value how to show it. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** Representations of one thing, by MIME type. */
export type MimeBundle = Record<string, unknown>;
