/**
 * Who takes part, and with what configuration.
 *
 * @module
 */
import type { BenchQuery } from "../queries.ts";

/** A series of measurements: what a column of the table shows. */
export type Series =
  | "dipper"
  | "again"
  | "restarted"
  | "httpfs"
  | "httpfs-64"
  | "polars"
  | "direct"
  | "download";

/** Contenders: processes that answer questions. `dipper` fills three series. */
export const CONTENDERS = [
  "dipper",
  "httpfs-64",
  "polars",
  "httpfs",
  "direct",
  "download",
] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** Those whose medians decide the targets; the others are measured once at 30 and 100 ms. */
export const MAIN: readonly ContenderName[] = ["dipper", "httpfs-64", "polars"];

/** The version of polars that is installed for the bench. */
export const POLARS_VERSION = "2.1.0";

/** How each is configured, as it is printed. */
export const CONFIGURATIONS: Readonly<Record<Series, string>> = {
  dipper: "connect() with nothing said, empty cache folder, new process",
  again: "the same question again in the same session",
  restarted: "a new process with the cache folder of the first",
  httpfs: "DuckDB 1.5.5 by node-api, httpfs, one secret, nothing set",
  "httpfs-64": "the same, SET threads = 64",
  polars: `polars ${POLARS_VERSION} as it comes, scan_…().collect() (streaming by its own choice)`,
  direct: 'connect({ transport: "direct" })',
  download: "one fetch of the whole object by one connection",
};

/** Objects that are downloaded whole to compare with. */
const DOWNLOADS: Readonly<Record<string, string>> = {
  geopackage: "s3://bench/fields.gpkg",
};

/** Why `contender` cannot be asked `query`; undefined when it can. */
export function cannotAsk(contender: ContenderName, query: BenchQuery): string | undefined {
  if (contender === "polars") return query.notPolars;
  if (contender === "download" && DOWNLOADS[query.name] === undefined) {
    return "compared with a download nowhere";
  }
  return undefined;
}

/** What `contender` is sent for `query`. */
export function statementFor(contender: ContenderName, query: BenchQuery): string {
  return contender === "download" ? DOWNLOADS[query.name] : query.sql;
}

/** The command line of a contender's process. */
export function commandOf(
  contender: ContenderName,
  query: BenchQuery,
  python: string,
): { readonly command: string; readonly args: readonly string[] } {
  const script = (name: string) => new URL(`../contenders/${name}`, import.meta.url).pathname;
  const spatial = query.suite === "geospatial" ? ["spatial"] : [];
  const deno = (name: string, ...args: string[]) => ({
    command: Deno.execPath(),
    args: ["run", "-A", "--quiet", script(name), ...args],
  });
  switch (contender) {
    case "dipper":
      return deno("dipper.ts", "gateway", ...spatial);
    case "direct":
      return deno("dipper.ts", "direct", ...spatial);
    case "httpfs":
      return deno("httpfs.ts", "default", ...spatial);
    case "httpfs-64":
      return deno("httpfs.ts", "64", ...spatial);
    case "download":
      return deno("download.ts");
    case "polars":
      return { command: python, args: [script("polars_queries.py")] };
  }
}
