/**
 * Adds up what the statements of the demo cost.
 *
 * @module
 */
import type { Report } from "../../mod.ts";
import { emptyReport } from "../../engine/report.ts";

/** The sum of reports. */
export class Ledger {
  #total: Report = emptyReport("direct");
  #statements = 0;

  /** Adds a report and gives it back. */
  add(report: Report): Report {
    const sum = this.#total;
    this.#statements++;
    this.#total = {
      seconds: sum.seconds + report.seconds,
      rows: sum.rows + report.rows,
      requests: {
        get: sum.requests.get + report.requests.get,
        head: sum.requests.head + report.requests.head,
        list: sum.requests.list + report.requests.list,
        put: sum.requests.put + report.requests.put,
        other: sum.requests.other + report.requests.other,
      },
      bytes: {
        read: sum.bytes.read + report.bytes.read,
        written: sum.bytes.written + report.bytes.written,
        cached: sum.bytes.cached + report.bytes.cached,
      },
      retries: sum.retries + report.retries,
      files: sum.files + report.files,
      transport: report.transport,
    };
    return report;
  }

  get total(): Report {
    return this.#total;
  }

  get statements(): number {
    return this.#statements;
  }
}
