/**
 * Forecasts a statement: DuckDB plans it, the footers of its Parquet files say where its columns are,
 * and the cache says what of that it holds. Nothing of the statement is run.
 *
 * @module
 */
import { isDipperError, throwIfAborted, UsageError } from "../../errors.ts";
import { formatOfName } from "../../formats/open.ts";
import type { ReadCounter } from "../../range/counts.ts";
import type { FileOpener } from "../open.ts";
import type { Transport } from "../report.ts";
import type { Runner, RunnerEnvironment, RunOptions } from "../runner.ts";
import { referencedUris } from "../sql/references.ts";
import { splitStatements } from "../sql/tokens.ts";
import type { Params } from "../values/bind.ts";
import { type Forecast, forecastOf, type ScanForecast } from "./forecast.ts";
import { globPattern, literalPrefix } from "./glob.ts";
import { footerOf, type FoundObject, type FoundObjects, ObjectFinder } from "./objects.ts";
import type { PlannedScan, PlannedStatement } from "./plan.ts";
import { footerScan, limitOf, parquetScan, type ScannedFile, wholeScan } from "./scans.ts";
import { planStatement } from "./statement_plan.ts";
import { isCheaplyPlanned } from "../transport/read_hint.ts";

/** What forecasting works with. */
export interface ExplainParts {
  readonly runner: Runner;
  readonly environment: RunnerEnvironment;
  readonly files: FileOpener;
  /** Counts what forecasting reads itself. */
  readonly counter: ReadCounter;
}

/** Files whose footers are read; of more, so many, spread evenly, stand for all. */
const SAMPLE = 256;

/** Footers that are asked for at once. */
const AT_ONCE = 64;

/** Files that are named one by one, up to which each is asked for. */
const NAMED_MOST = 64;

/** Table functions that read files, by their names. */
const READS_FILES = /^(read_|st_read|sniff_|parquet_|delta_scan|iceberg_)/i;

/**
 * Forecasts one statement.
 *
 * @throws {UsageError} for none or several statements
 * @throws {SqlError} when DuckDB refuses it
 * @throws {NotFoundError} for an object that is not there
 */
export async function explain(
  { runner, environment, files, counter }: ExplainParts,
  sql: string,
  params: Params | undefined,
  options: RunOptions,
): Promise<Forecast> {
  const statements = splitStatements(sql);
  if (statements.length !== 1) {
    throw new UsageError(`a forecast is of one statement, not of ${statements.length}`, {
      hint: "Explain one SELECT at a time.",
    });
  }
  const [statement] = statements;
  const uris = referencedUris(statement, Object.values(params ?? []));
  // Other kinds of files are read already while DuckDB plans, and it cannot tell that plan.
  const isPlanned = uris.every((uri) => formatOfName(uri) === "parquet");
  const plan = isPlanned ? await planStatement(runner, sql, statement, params, options) : undefined;
  const finder = new ObjectFinder(environment.stores, await files.core(), counter, options.signal);
  const isHinted = plan?.scans.length === 1 &&
    isCheaplyPlanned(statement, Object.values(params ?? []));
  const forecaster = new Forecaster(
    finder,
    environment.carrier.transport,
    isHinted ? "known" : "unknown",
    options.signal,
  );
  const scans: ScanForecast[] = [];
  const seen = new Set<string>();
  for (const scan of plan?.scans ?? []) {
    const uri = addressOf(scan, uris);
    seen.add(uri);
    scans.push(await forecaster.planned(uri, scan));
  }
  for (const uri of uris.filter((uri) => !seen.has(uri) && uri !== plan?.target)) {
    const scan = await forecaster.unplanned(uri, plan);
    if (scan !== undefined) scans.push(scan);
  }
  const unseen = (plan?.others ?? []).filter((name) => READS_FILES.test(name));
  return forecastOf(scans, plan !== undefined ? unseen.length === 0 : uris.length > 0);
}

/** The address in the statement that a scan's files come from; else the first of them. */
function addressOf({ files }: PlannedScan, uris: readonly string[]): string {
  const [first] = files;
  return uris.find((uri) => uri === first || (isPattern(uri) && globPattern(uri).test(first))) ??
    first;
}

function isPattern(uri: string): boolean {
  return literalPrefix(uri) !== undefined;
}

class Forecaster {
  readonly #finder: ObjectFinder;
  readonly #transport: Transport;
  readonly #plan: "known" | "unknown";
  readonly #signal: AbortSignal | undefined;

  /** @param plan whether the gateway will know it */
  constructor(
    finder: ObjectFinder,
    transport: Transport,
    plan: "known" | "unknown",
    signal: AbortSignal | undefined,
  ) {
    this.#finder = finder;
    this.#transport = transport;
    this.#plan = plan;
    this.#signal = signal;
  }

  /** A scan that DuckDB has planned. */
  async planned(uri: string, scan: PlannedScan): Promise<ScanForecast> {
    const found = await this.#objectsOf(uri, scan);
    const names = new Set(scan.files);
    const scanned = found.objects.filter((object) => names.has(object.uri));
    const limit = limitOf(scan);
    const files = Number.isFinite(limit)
      ? await this.#upTo(scanned, limit)
      : await this.#footers(spread(scanned, SAMPLE), "scanned");
    return parquetScan(
      uri,
      scan,
      found,
      [...files, ...await this.#opened(found, scan)],
      scanned.length,
      this.#transport,
      this.#plan,
    );
  }

  /** An address that DuckDB's plan does not read, or of a statement without a plan. */
  async unplanned(
    uri: string,
    plan: PlannedStatement | undefined,
  ): Promise<ScanForecast | undefined> {
    let found: FoundObjects;
    try {
      found = await this.#finder.find(uri);
    } catch (error) {
      // A text that looks like an address, or the target of a COPY.
      if (isDipperError(error, "key_not_found", "bucket_not_found") && plan !== undefined) {
        return undefined;
      }
      throw error;
    }
    const format = formatOfName(uri) ?? "other";
    if (plan === undefined || format !== "parquet") {
      const held = await this.#map(found.objects, (object) => object.held());
      return wholeScan(uri, format, found, held, this.#transport);
    }
    const first = await this.#footers(found.objects.slice(0, 1), "opened");
    return footerScan(uri, found, first, this.#transport);
  }

  async #objectsOf(uri: string, { files }: PlannedScan): Promise<FoundObjects> {
    if (isPattern(uri)) return await this.#finder.find(uri);
    if (files.length <= NAMED_MOST) {
      const found = await this.#map(files, (file) => this.#finder.find(file));
      return {
        objects: found.flatMap(({ objects }) => objects),
        pages: 0,
        listed: [],
      };
    }
    return await this.#finder.find(`${commonFolder(files)}**`);
  }

  /** Files that are opened without being read: DuckDB opens the first of a pattern for its columns. */
  async #opened(found: FoundObjects, scan: PlannedScan): Promise<ScannedFile[]> {
    const names = new Set(scan.files);
    const opened = scan.unionByName ? found.objects : found.objects.slice(0, 1);
    return await this.#footers(opened.filter(({ uri }) => !names.has(uri)), "opened");
  }

  /** The first files that have `rows` rows together. */
  async #upTo(objects: readonly FoundObject[], rows: number): Promise<ScannedFile[]> {
    const files: ScannedFile[] = [];
    let left = rows;
    for (const object of objects) {
      const [file] = await this.#footers([object], "scanned");
      files.push(file);
      left -= file.file.metadata.rowGroups.reduce((sum, group) => sum + group.rows, 0);
      if (left <= 0) break;
    }
    return files;
  }

  async #footers(
    objects: readonly FoundObject[],
    use: "scanned" | "opened",
  ): Promise<ScannedFile[]> {
    const footers = await this.#map(objects, (object) => footerOf(object, this.#signal));
    // What was read just now is held when the statement runs.
    await this.#finder.settled();
    return await this.#map(objects, async (object, index) => ({
      object,
      held: await object.held(),
      file: footers[index],
      isScanned: use === "scanned",
    }));
  }

  /** `work` of each item, some at a time. */
  async #map<T, R>(
    items: readonly T[],
    work: (item: T, index: number) => Promise<R>,
  ): Promise<R[]> {
    const results: R[] = new Array(items.length);
    const waiting = items.entries();
    const worker = async () => {
      for (const [index, item] of waiting) {
        throwIfAborted(this.#signal);
        results[index] = await work(item, index);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
    return results;
  }
}

/** At most `count` of `items`, spread evenly, the first among them. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor(i * items.length / count)]);
}

function commonFolder(uris: readonly string[]): string {
  let common = uris[0];
  for (const uri of uris) while (!uri.startsWith(common)) common = common.slice(0, -1);
  return common.slice(0, common.lastIndexOf("/") + 1);
}
