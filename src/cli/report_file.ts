/**
 * `--report FILE`: what a command cost, by the published schema.
 *
 * @module
 */
import { addReports, type Report } from "../engine/report.ts";
import type { Invocation } from "./invocation.ts";
import { writeWhole } from "./local_file.ts";

/** What several statements cost together; the rows are those of the last one. */
export function sumReports(reports: readonly Report[]): Report {
  return reports.reduce(addReports);
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
