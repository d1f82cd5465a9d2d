/**
 * How the statements of a session reach the stores: the two transports behind one interface.
 *
 * @module
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { DipperError } from "../../errors.ts";
import type { ReadHint } from "../../gateway/ahead/hint.ts";
import type { Traffic } from "../accounting.ts";
import type { Transport } from "../report.ts";
import type { SecretDefaults } from "../sql/own_secret.ts";

/** How far one call may go; undefined: any. */
export interface Budget {
  /** Bytes received from the stores. */
  readonly maxBytes?: number;
  /** Requests sent to the stores. */
  readonly maxRequests?: number;
}

/** What a statement names, as far as its text and its bound values show. */
export interface Mentions {
  readonly buckets: readonly string[];
  /** Whether it names S3 at all, be it by a part of an address. */
  readonly mentionsS3: boolean;
  /** Whether it could ask for something that no store of the session serves. */
  readonly mayBypass: boolean;
}

/** What carries a session's requests. */
export interface Carrier {
  readonly transport: Transport;
  /** Begins a call on `connection`, on which no other is under way. */
  begin(connection: DuckDBConnection, budget: Budget): Promise<CarriedCall>;
  close(): Promise<void>;
}

/** One call of a session: one or more statements on one connection. */
export interface CarriedCall {
  /**
   * Prepares the connection for a statement.
   *
   * @throws {CredentialsError} when a store has none
   * @throws {StoreMappingError} when a bucket has no store, or more than one
   */
  prepare(mentions: Mentions, signal?: AbortSignal): Promise<void>;
  /** What secrets made in SQL leave open; undefined where the connection's settings say it. */
  secretDefaults(): SecretDefaults | undefined;
  /**
   * Whether it helps to know what the next statement will read; {@link CarriedCall.expect} takes it.
   */
  readonly readsAhead: boolean;
  /** The statement that runs next will read this. */
  expect(hint: ReadHint): Promise<void>;
  /** Runs a statement that may write; where it can, shows what it wrote when it has succeeded. */
  writing<T>(statement: () => Promise<T>): Promise<T>;
  /** Whether what is written to `bucket` stays invisible until its statement has succeeded. */
  holdsWrites(bucket: string): Promise<boolean>;
  /** Whether what made a request fail is now known and mended, so that a read may be tried again. */
  learnFrom(failure: DipperError, region: string | undefined): Promise<boolean>;
  /** Failures of requests, the newest last, where they are known better than DuckDB tells them. */
  failures(): Promise<readonly DipperError[]>;
  /** Where `url` of DuckDB's messages leads, when it is not a store's own address. */
  locate(
    url: URL,
  ): { readonly bucket: string; readonly key: string; readonly versionId?: string } | undefined;
  /** What the call cost so far. */
  traffic(): Promise<Traffic>;
  /** Ends the call; its connection is idle. */
  end(): Promise<void>;
}
