/**
 * Dipper: take just what you need from the bucket. SQL over CSV, Parquet and geospatial files in S3
 * buckets, transformed and written back.
 *
 * @module
 */
import { QueryResult } from "./engine/result.ts";
import { installTableDisplay } from "./show/jupyter.ts";

installTableDisplay(QueryResult);

export { type CacheOptions, connect, type ConnectOptions } from "./engine/connect.ts";
export type { QueryOptions, StreamOptions } from "./engine/calls.ts";
export type { ExplainResult, Session } from "./engine/session.ts";
export type {
  Certainty,
  Forecast,
  ForecastBytes,
  ForecastTotals,
  ScanForecast,
  Share,
} from "./engine/forecast/forecast.ts";
export type { ResultStream } from "./engine/stream.ts";
export { QueryResult };
export type { CopyOptions, CopyResult } from "./engine/copy.ts";
export type { CopyFormat, IfExists } from "./engine/copy_target.ts";
export type { DescribedColumn, Description, FileFormat } from "./engine/describe.ts";
export type { Budget } from "./engine/transport/carrier.ts";
export type { DataFile, OpenFileOptions, ReadFileOptions } from "./engine/open.ts";
export type { FormatColumn, FormatDescription, FormatName } from "./formats/reader.ts";
export type { CompareOp, Predicate, PredicateValue } from "./formats/predicate.ts";
export type { ReadCounts } from "./range/counts.ts";
export type { OnProgress } from "./engine/progress.ts";
export type { Report, ReportedBytes, RequestCounts, Transport } from "./engine/report.ts";

export type { Column, JsonRow, JsonValue, Row, Value } from "./engine/values/types.ts";
export { Bit } from "./engine/values/bit.ts";
export { DateValue, Interval, TimeTz, TimeValue } from "./engine/values/date_time.ts";
export { Geometry } from "./engine/values/geometry.ts";
export { Timestamp, TimestampTz } from "./engine/values/timestamp.ts";
export { UnionValue } from "./engine/values/union.ts";
export { type Params, type ParamValue, TypedParam } from "./engine/values/bind.ts";

export type { Addressing, Credentials, Origin, Store, StoreOptions } from "./store/store.ts";
export type { Environment } from "./store/environment.ts";
export type { LocatedBucket, StoreSet, StoresOptions } from "./store/store_set.ts";

export { copy } from "./objects/transfer/copy.ts";
export { move } from "./objects/transfer/move.ts";
export { sync } from "./objects/transfer/sync.ts";
export { remove } from "./objects/transfer/remove.ts";
export type {
  CopyOptions as TransferOptions,
  MoveOptions,
  RemoveOptions,
  SyncOptions,
} from "./objects/transfer/options.ts";
export type { TransferEvent, TransferSummary } from "./objects/transfer/events.ts";
export { listObjects, type ListOptions, type ObjectEntry } from "./objects/list.ts";
export { type ObjectStat, statObject } from "./objects/browse/stat.ts";
export { type FindConditions, findObjects } from "./objects/browse/find.ts";
export { presign, type Presigned, type PresignOptions } from "./objects/presign/presign.ts";
export { listVersions, type VersionEntry } from "./objects/versions/list.ts";
export { restoreVersion } from "./objects/versions/restore.ts";
export { makeBucket } from "./objects/buckets/make.ts";
export { removeBucket } from "./objects/buckets/remove.ts";

export { chart } from "./show/chart.ts";
export type { ChartSpec } from "./show/chart_spec.ts";
export { map } from "./show/map.ts";
export type { MapSpec, PointLayer, RegionLayer } from "./show/map_spec.ts";
export { Figure } from "./show/figure.ts";
export { saveFigure } from "./show/save_figure.ts";
export { display, type DisplayOptions } from "./show/jupyter.ts";
export { renderTable } from "./show/table.ts";
export { renderForecast } from "./show/forecast_text.ts";
export { renderReportLine } from "./show/report_line.ts";

export { type DemoStore, type DemoStoreOptions, startDemoStore } from "../datasets/demo_store.ts";

export * from "./errors.ts";
