/**
 * `dipper demo`: the whole job on real data, told step by step.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { startDemoStore } from "../../../datasets/demo_store.ts";
import { connect } from "../../mod.ts";
import { formatBytes, formatQuantity, formatSeconds } from "../../show/human.ts";
import { renderReportLine } from "../../show/report_line.ts";
import { Ledger } from "../demo/ledger.ts";
import { Narrator } from "../demo/narrator.ts";
import { page } from "../demo/page.ts";
import * as steps from "../demo/steps.ts";
import { localFileError } from "../errno.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import type { Invocation } from "../invocation.ts";

/** Flags of the command. */
export interface DemoFlags {
  /** Folder for the pictures; made when it is not there. */
  readonly out: string;
}

/** Runs the demo. The exit code is 0 only when every count agrees. */
export async function runDemo(invocation: Invocation, flags: DemoFlags): Promise<ExitCode> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const { signal } = invocation;
  const narrator = new Narrator(invocation);
  const folder = resolve(flags.out);
  await makeFolder(folder);

  await narrator.title("Dipper demo: real data, in and out of an S3 bucket");
  await narrator.step("Put real data into a bucket");
  await using store = await startDemoStore({ signal });
  const { bucket, loaded, endpoint } = store;
  const bytes = loaded.reduce((sum, { dataset }) => sum + dataset.bytes, 0);
  await narrator.say(
    `An S3 server runs inside this process, at ${endpoint}. ` +
      `${formatQuantity(loaded.length, "file")} (${formatBytes(bytes)}) went over S3 into ` +
      `s3://${bucket} in ${formatSeconds(seconds())}.`,
  );

  await using session = await connect({ ...store.connectOptions, signal });
  const ledger = new Ledger();
  const demo: steps.Demo = { narrator, session, bucket, folder, ledger, signal, sections: [] };
  await steps.listBucket(demo, loaded);
  await steps.describeFile(demo);
  await steps.joinFiles(demo);
  await steps.chartRain(demo);
  await steps.pointsInPolygons(demo);
  const agreements = await steps.writeBack(demo);
  await steps.mapQuakes(demo);
  const path = join(folder, "index.html");
  await Deno.writeTextFile(path, page(demo.sections)).catch((error) => {
    throw localFileError(error, "write", path);
  });

  const agrees = agreements.every(steps.isAgreed);
  const total = ledger.total;
  await narrator.heading("In all");
  await narrator.say(
    `${formatQuantity(ledger.statements, "statement")}: ${renderReportLine(total)}`,
  );
  await narrator.lines([
    `The whole demo took ${formatSeconds(seconds())}.`,
    `Tables, chart and map on one page: ${steps.shownPath(path)}`,
  ]);
  if (agrees) await narrator.next();
  else await narrator.say("What was read back is not what was written: that is a defect.");
  if (invocation.flags.json) {
    await invocation.printJson({
      agrees,
      agreements: agreements.map((each) => ({
        what: each.what,
        uri: each.uri,
        asked: Number(each.asked),
        written: Number(each.written),
        readBack: Number(each.readBack),
      })),
      files: [
        "index.html",
        "rain-delays.png",
        "rain-delays.svg",
        "earthquakes.png",
        "earthquakes.svg",
      ]
        .map((name) => join(folder, name)),
      report: total,
      seconds: seconds(),
    });
  }
  return agrees ? EXIT.done : EXIT.failed;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    throw localFileError(error, "write", folder);
  }
}
