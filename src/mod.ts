/**
 * Dipper: take just what you need from the bucket. SQL over CSV, Parquet and geospatial files in S3
 * buckets, transformed and written back.
 *
 * @module
 */
export { connect, type ConnectOptions } from "./engine/connect.ts";
export type { QueryOptions, Session, StreamOptions } from "./engine/session.ts";
export type { ResultStream } from "./engine/stream.ts";
export { QueryResult } from "./engine/result.ts";
export type { CopyOptions, CopyResult } from "./engine/copy.ts";
export type { CopyFormat, IfExists } from "./engine/copy_target.ts";
export type { DescribedColumn, Description, FileFormat } from "./engine/describe.ts";
export type { Report, RequestCounts, Transport } from "./engine/report.ts";
export type { Column, JsonRow, JsonValue, Row, Value } from "./engine/values/types.ts";
export type { Params, ParamValue } from "./engine/values/bind.ts";
export type { Credentials, Origin, Store, StoreOptions } from "./store/store.ts";
export type { StoresOptions } from "./store/store_set.ts";
export * from "./errors.ts";
