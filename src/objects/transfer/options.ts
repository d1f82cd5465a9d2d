/**
 * How to transfer.
 *
 * @module
 */
import type { Limits } from "./budget.ts";
import type { TransferEvent } from "./events.ts";
import type { NameFilter } from "./filters.ts";
import type { Sizes } from "./part_size.ts";
import type { WireOptions } from "./wire.ts";
import type { WriteOptions } from "./write_options.ts";

/** What is about to be removed. */
export interface Removal {
  /** Where, as a person writes it. */
  readonly where: string;
  readonly count: number;
  /** Of all of it. */
  readonly bytes: number;
  /** The first names, for a person to see. */
  readonly examples: readonly string[];
}

/** Asked before anything is removed. */
export type Confirm = (removal: Removal) => Promise<boolean>;

/** Of every transfer. */
export interface CommonOptions {
  readonly signal?: AbortSignal;
  /** Told of everything that happens. */
  readonly onEvent?: (event: TransferEvent) => void;
  /** Requests and bytes in memory at most. */
  readonly limits?: Limits;
  /** From when on objects travel in parts, and in which. */
  readonly sizes?: Sizes;
  /** Folder for what is under way, so that it can go on later; `off`: begins anew each time. */
  readonly stateFolder?: string | "off";
  /**
   * Flushes each file to the disk before it gets its name. Without it a file is whole whatever happens to the
   * process, but not if the machine loses power within the next half minute.
   */
  readonly durable?: boolean;
  /** Names are no globs, whatever characters they have. */
  readonly literal?: boolean;
  /** For tests. */
  readonly wire?: WireOptions;
}

/** How to copy. */
export interface CopyOptions extends CommonOptions, NameFilter, WriteOptions {
  /** All under a folder or prefix. */
  readonly recursive?: boolean;
  /** Only says what would be done. */
  readonly dryRun?: boolean;
  /** One version of the source, where that is one object. */
  readonly versionId?: string;
  /** What `-` as a source reads. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** What `-` as a target writes. */
  readonly output?: (bytes: Uint8Array) => Promise<void>;
}

/** How to move. */
export interface MoveOptions extends CopyOptions {
  /** Asked before many are moved; all are when absent. */
  readonly confirm?: Confirm;
  /** Also a whole bucket. */
  readonly all?: boolean;
}

/** How to mirror. */
export interface SyncOptions
  extends Omit<CopyOptions, "recursive" | "input" | "output" | "versionId"> {
  /** Removes what is at the target and not at the source. */
  readonly delete?: boolean;
  /** Asked before that. */
  readonly confirm?: Confirm;
  /** What counts as unchanged: not older and as long (`time`, the default), as long, or the same bytes. */
  readonly sameness?: "time" | "size" | "checksum";
  /** Removes from the target even when there is nothing at the source. */
  readonly all?: boolean;
}

/** How to remove. */
export interface RemoveOptions extends CommonOptions, NameFilter {
  readonly recursive?: boolean;
  readonly dryRun?: boolean;
  readonly versionId?: string;
  /** Asked before many are removed; all are when absent. */
  readonly confirm?: Confirm;
  /** Also a whole bucket. */
  readonly all?: boolean;
}
