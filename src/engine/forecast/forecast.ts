/**
 * What a statement would read, said before it runs.
 *
 * @module
 */

/**
 * How far a forecast can be relied on. `estimate`: statistics decide what is read. `upper bound`: values
 * that only running shows may spare some of it. `lower bound`: something is read that is not seen here.
 * Second requests for what is late (hedges) and retries come on top.
 */
export type Certainty = "estimate" | "upper bound" | "lower bound";

/** Bytes of objects and listings. */
export interface ForecastBytes {
  /** That the statement needs. */
  readonly needed: number;
  /** Of these, what the cache on disk holds. */
  readonly cached: number;
  /** What would come from the stores: the rest. */
  readonly read: number;
}

/** A part of a whole. */
export interface Share {
  readonly read: number;
  readonly of: number;
}

/** One scan of a statement: a file, or the files that a pattern names. */
export interface ScanForecast {
  /** As the statement writes it; else the first of its files. */
  readonly uri: string;
  readonly format: "parquet" | "csv" | "other";
  readonly files: Share;
  /** Bytes of all files that the pattern names. */
  readonly size: number;
  /** Undefined where there are none, or it is not known. */
  readonly rowGroups: Share | undefined;
  /** Names of the columns that are read; undefined where it is not known. */
  readonly columns: readonly string[] | undefined;
  /** Columns of the files. */
  readonly columnCount: number | undefined;
  readonly bytes: ForecastBytes;
  /** Requests to the stores. */
  readonly requests: number;
  /** Requests of DuckDB to the gateway. */
  readonly asked: number;
  readonly certainty: Certainty;
  /** Why it is no estimate, in a few words. */
  readonly reason: string | undefined;
}

/** What a statement would cost. */
export interface Forecast {
  readonly scans: readonly ScanForecast[];
  readonly bytes: ForecastBytes;
  /** Requests to the stores. */
  readonly requests: number;
  /** Requests of DuckDB to the gateway; in direct transport, these go to the stores. */
  readonly asked: number;
  readonly certainty: Certainty;
}

/** A forecast in few numbers, to stand beside what was then read. */
export interface ForecastTotals {
  /** Requests to the stores. */
  readonly requests: number;
  /** Bytes from the stores. */
  readonly bytes: number;
  readonly certainty: Certainty;
}

/** The numbers of a forecast. */
export function totalsOf({ requests, bytes, certainty }: Forecast): ForecastTotals {
  return { requests, bytes: bytes.read, certainty };
}

/** Of a statement of which only some rows were asked for: the rest may not have been read. */
export function ofSomeRows(totals: ForecastTotals): ForecastTotals {
  return totals.certainty === "estimate" ? { ...totals, certainty: "upper bound" } : totals;
}

/** What two statements would cost together: as certain as the less certain of them. */
export function addTotals(first: ForecastTotals, second: ForecastTotals): ForecastTotals {
  return {
    requests: first.requests + second.requests,
    bytes: first.bytes + second.bytes,
    certainty: leastCertain([first.certainty, second.certainty]),
  };
}

function leastCertain(all: readonly Certainty[]): Certainty {
  if (all.includes("lower bound")) return "lower bound";
  return all.includes("upper bound") ? "upper bound" : "estimate";
}

/** The sum of scans; it is as certain as the least certain of them. */
export function forecastOf(scans: readonly ScanForecast[], isComplete: boolean): Forecast {
  const sum = (of: (scan: ScanForecast) => number) =>
    scans.reduce((all, each) => all + of(each), 0);
  return {
    scans,
    bytes: {
      needed: sum(({ bytes }) => bytes.needed),
      cached: sum(({ bytes }) => bytes.cached),
      read: sum(({ bytes }) => bytes.read),
    },
    requests: sum(({ requests }) => requests),
    asked: sum(({ asked }) => asked),
    certainty: isComplete ? leastCertain(scans.map((scan) => scan.certainty)) : "lower bound",
  };
}
