/**
 * What a transfer tells while it runs and when it is over.
 *
 * @module
 */
import type { DipperError } from "../../errors.ts";

/** What is done about one name. */
export type Action = "upload" | "download" | "copy" | "move" | "delete";

/** Something that happened. Sizes are bytes; `from` and `to` are addresses or paths. */
export type TransferEvent =
  | {
    readonly kind: "done";
    readonly action: Action;
    readonly from: string;
    readonly to?: string;
    readonly size: number;
    /** By which checksum the bytes were held against the service's. */
    readonly checked?: string;
    /** Nothing was done: it was only asked what would be. */
    readonly dryRun?: true;
  }
  | {
    readonly kind: "skipped";
    readonly from: string;
    readonly to?: string;
    readonly size: number;
    readonly why: string;
  }
  | {
    readonly kind: "failed";
    readonly action: Action;
    readonly from: string;
    readonly to?: string;
    readonly error: DipperError;
  }
  | ({ readonly kind: "progress" } & TransferProgress);

/** How far a transfer is. */
export interface TransferProgress {
  readonly bytes: number;
  readonly items: number;
  /** Of what is known so far. */
  readonly totalBytes: number;
  readonly totalItems: number;
  /** Whether all is known. */
  readonly isListed: boolean;
}

/** A piece of work that failed, as it is tried again. */
export interface FailedItem {
  readonly action: Action;
  readonly from: string;
  readonly to?: string;
  readonly tag: string;
  readonly message: string;
}

/** What a transfer came to. */
export interface TransferSummary {
  readonly done: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly failed: readonly FailedItem[];
  /** Bytes of what was done. */
  readonly bytes: number;
  readonly seconds: number;
  /** How many were held against which checksum; `none`: against their number of bytes alone; `empty`: there were none. */
  readonly checked: Readonly<Record<string, number>>;
}

/** Counts what happens, and tells it on. */
export class Tally {
  readonly #tell: (event: TransferEvent) => void;
  readonly #began = performance.now();
  readonly #failed: FailedItem[] = [];
  readonly #checked: Record<string, number> = {};
  #done = 0;
  #deleted = 0;
  #skipped = 0;
  #doneBytes = 0;
  #movedBytes = 0;
  #totalBytes = 0;
  #totalItems = 0;
  #isListed = false;

  constructor(tell: (event: TransferEvent) => void = () => {}) {
    this.#tell = tell;
  }

  get failures(): number {
    return this.#failed.length;
  }

  add(event: TransferEvent): void {
    if (event.kind === "done") {
      if (event.action === "delete") this.#deleted++;
      else {
        this.#done++;
        this.#doneBytes += event.size;
        const by = event.checked ?? (event.size === 0 ? "empty" : "none");
        this.#checked[by] = (this.#checked[by] ?? 0) + 1;
      }
    } else if (event.kind === "skipped") {
      this.#skipped++;
      this.#movedBytes += event.size;
    } else if (event.kind === "failed") {
      const { action, from, to, error } = event;
      this.#failed.push({
        action,
        from,
        ...(to === undefined ? {} : { to }),
        tag: error.tag,
        message: error.message,
      });
    }
    this.#tell(event);
    this.#progress();
  }

  /** Another piece of work is known. */
  listed(size: number): void {
    this.#totalItems++;
    this.#totalBytes += size;
  }

  /** All work is known. */
  allListed(): void {
    this.#isListed = true;
  }

  /** Bytes went through, or must again. */
  readonly moved = (bytes: number): void => {
    this.#movedBytes += bytes;
    this.#progress();
  };

  summary(): TransferSummary {
    return {
      done: this.#done,
      deleted: this.#deleted,
      skipped: this.#skipped,
      failed: this.#failed,
      bytes: this.#doneBytes,
      seconds: (performance.now() - this.#began) / 1000,
      checked: this.#checked,
    };
  }

  #progress(): void {
    this.#tell({
      kind: "progress",
      bytes: this.#movedBytes,
      items: this.#done + this.#skipped + this.#failed.length,
      totalBytes: this.#totalBytes,
      totalItems: this.#totalItems,
      isListed: this.#isListed,
    });
  }
}
