/**
 * `--report FILE`: what a command cost, by the published schema.
 *
 * @module
 */
import type { Report } from "../engine/report.ts";
import type { Invocation } from "./invocation.ts";
import { writeWhole } from "./local_file.ts";

/** What several statements cost together; the rows are those of the last one. */
export function sumReports(reports: readonly Report[]): Report {
  const last = reports.at(-1)!;
  const sum = (part: (report: Report) => number) =>
    reports.reduce((total, report) => total + part(report), 0);
  return {
    seconds: sum((report) => report.seconds),
    rows: last.rows,
    requests: {
      get: sum(({ requests }) => requests.get),
      head: sum(({ requests }) => requests.head),
      list: sum(({ requests }) => requests.list),
      put: sum(({ requests }) => requests.put),
      other: sum(({ requests }) => requests.other),
    },
    bytes: {
      read: sum(({ bytes }) => bytes.read),
      written: sum(({ bytes }) => bytes.written),
      cached: sum(({ bytes }) => bytes.cached),
    },
    retries: sum(({ retries }) => retries),
    files: sum(({ files }) => files),
    transport: last.transport,
  };
}

/** Writes the report to a file, or with `-` to standard error. */
export async function writeReport(
  { host }: Invocation,
  report: Report,
  path: string,
): Promise<void> {
  const text = JSON.stringify(report) + "\n";
  if (path === "-") return await host.stderr.write(text);
  await writeWhole(path, "overwrite", (temporary) => Deno.writeTextFile(temporary, text));
}
