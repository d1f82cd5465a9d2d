/**
 * Adds up what the statements of the demo cost.
 *
 * @module
 */
import type { Report } from "../../mod.ts";
import { addReports, emptyReport } from "../../engine/report.ts";

/** The sum of reports. */
export class Ledger {
  #total: Report = emptyReport("gateway");
  #statements = 0;

  /** Adds a report and gives it back. */
  add(report: Report): Report {
    const rows = this.#total.rows + report.rows;
    this.#statements++;
    this.#total = { ...addReports(this.#total, report), rows };
    return report;
  }

  get total(): Report {
    return this.#total;
  }

  get statements(): number {
    return this.#statements;
  }
}
