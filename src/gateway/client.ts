/**
 * Somebody who holds a key of the gateway: its account, what is remembered for it, what it has in hold.
 *
 * @module
 */
import type { ReadCounter } from "../range/counts.ts";
import { Account, type Budget } from "./activity.ts";
import type { Ahead } from "./ahead/ahead.ts";
import type { HeldWrites } from "./held_writes.ts";
import { ObjectMemory } from "./object_memory.ts";

/**
 * Who uses a key. `statement`: one statement of DuckDB; an object is one and the same until it is
 * forgotten, what changes meanwhile is an error, and answers carry what DuckDB looks at. `tool`: any S3
 * client; answers carry all headers, and what is known is believed for two seconds.
 */
export type ClientKind = "statement" | "tool";

/** How a key may be used. */
export interface KeyOptions extends Budget {
  /** `tool` by default. */
  readonly kind?: ClientKind;
}

/** Milliseconds for which a tool's HEAD or listing is believed. */
const TOOL_MEMORY = 2_000;

/** The holder of a key. */
export class Client {
  readonly name: string;
  readonly kind: ClientKind;
  readonly account: Account;
  readonly memory: ObjectMemory;
  /** Reads for it before it asks; undefined where nothing is read ahead. */
  ahead: Ahead | undefined;
  /** Where writes go while they are kept invisible. */
  held: HeldWrites | undefined;

  #stop = new AbortController();

  constructor(name: string, parent: ReadCounter, options: KeyOptions = {}) {
    this.name = name;
    this.kind = options.kind ?? "tool";
    this.account = new Account(parent, options);
    this.memory = new ObjectMemory(this.kind === "statement" ? Infinity : TOOL_MEMORY);
  }

  /** Aborted by {@link Client.stop}. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /**
   * Ends the reads under way: the statement is over, finished or cancelled. What is asked from now on is
   * another's.
   */
  stop(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
  }
}
