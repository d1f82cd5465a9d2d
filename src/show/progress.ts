/**
 * A progress line for a person who waits: on a terminal only, past half a second only, and gone
 * when the work is done.
 *
 * @module
 */
import { formatBytes, formatCount, formatSeconds } from "./human.ts";
import { cutToWidth, visible } from "./text.ts";

/** What is known of the work; every part is optional. */
export interface ProgressState {
  /** Part that is done, from 0 to 1. */
  readonly fraction?: number;
  readonly rows?: number;
  /** Bytes read or written so far. */
  readonly bytes?: number;
  /** What is going on, such as a key. */
  readonly label?: string;
}

/** Where the line goes and what time it is. */
export interface ProgressOptions {
  /** Whether a person watches: nothing is written where not. */
  readonly isTerminal: boolean;
  /** Writes to standard error. */
  readonly write: (text: string) => void;
  /** Milliseconds of a clock that never goes back; default `performance.now`. */
  readonly now?: () => number;
  /** Columns of the terminal; default 80. */
  readonly width?: () => number;
  /** Calls `tick` every `milliseconds` until the function that it gives back is called. */
  readonly every?: (milliseconds: number, tick: () => void) => () => void;
}

/** Milliseconds before the line appears. */
const PATIENCE = 500;
/** Milliseconds between two drawings. */
const FRAME = 100;
const BAR = 20;
const CLEAR_LINE = "\r\x1b[2K";

/** The progress of one piece of work. Dispose of it, or call `done()`, to clear the line. */
export class Progress implements Disposable {
  readonly #write: (text: string) => void;
  readonly #now: () => number;
  readonly #width: () => number;
  readonly #start: number;
  readonly #stop: () => void;
  #state: ProgressState = {};
  #drawnAt = -Infinity;
  #isDrawn = false;
  #isDone: boolean;

  constructor(options: ProgressOptions) {
    this.#write = options.write;
    this.#now = options.now ?? (() => performance.now());
    this.#width = options.width ?? (() => 80);
    this.#start = this.#now();
    this.#isDone = !options.isTerminal;
    const every = options.every ?? everyInterval;
    this.#stop = this.#isDone ? () => {} : every(FRAME, () => this.#draw());
  }

  /** Takes over what is known now; parts that are not given keep their last value. */
  update(state: ProgressState): void {
    this.#state = { ...this.#state, ...state };
    this.#draw();
  }

  /** Takes the line away, so that something else can be written; the next update brings it back. */
  clear(): void {
    if (this.#isDrawn) this.#write(CLEAR_LINE);
    this.#isDrawn = false;
    this.#drawnAt = -Infinity;
  }

  /** Takes the line away for good. */
  done(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#stop();
    this.clear();
  }

  [Symbol.dispose](): void {
    this.done();
  }

  #draw(): void {
    const now = this.#now();
    const elapsed = now - this.#start;
    if (this.#isDone || elapsed < PATIENCE || now - this.#drawnAt < FRAME) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    const line = renderProgress(this.#state, elapsed / 1000);
    // One column stays free: some terminals wrap after the last one.
    this.#write(CLEAR_LINE + cutToWidth(line, Math.max(1, this.#width() - 1)));
  }
}

/** The line itself: `━━━━━━──────────────  31 % · 1,200 rows · 60.4 MB · 2.5 s`. */
export function renderProgress(state: ProgressState, seconds: number): string {
  const parts: string[] = [];
  if (state.label !== undefined) parts.push(visible(state.label));
  if (state.rows !== undefined) parts.push(`${formatCount(state.rows)} rows`);
  if (state.bytes !== undefined) parts.push(formatBytes(state.bytes));
  parts.push(formatSeconds(seconds));
  const text = parts.join(" · ");
  if (state.fraction === undefined || !(state.fraction >= 0)) return text;
  const fraction = Math.min(1, state.fraction);
  const filled = Math.floor(fraction * BAR);
  const percent = String(Math.floor(fraction * 100)).padStart(3);
  return `${"━".repeat(filled)}${"─".repeat(BAR - filled)} ${percent} % · ${text}`;
}

function everyInterval(milliseconds: number, tick: () => void): () => void {
  const timer = setInterval(tick, milliseconds);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}
