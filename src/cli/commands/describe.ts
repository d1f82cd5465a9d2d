/**
 * `dipper describe`: what is in a file, or in a folder of files.
 *
 * @module
 */
import type { Command } from "commander";
import type { Description } from "../../mod.ts";
import { examples, type Run } from "../command.ts";
import type { Invocation } from "../invocation.ts";

/** Adds the command. */
export function registerDescribe(program: Command, run: Run): void {
  program.command("describe")
    .summary("columns, types, rows and size of a file")
    .description(
      "Says what is in a file, or in all files that a pattern or a folder names: format, columns " +
        "and their types, rows where they can be had without reading everything, size, and for " +
        "geospatial files the coordinate system.",
    )
    .argument(
      "<uri>",
      "s3://BUCKET/KEY, a pattern such as s3://BUCKET/*.parquet, or a relative key",
    )
    .addHelpText(
      "after",
      examples(
        "dipper describe s3://demo/nycflights13/flights.parquet",
        "dipper describe s3://demo/nycflights13/airports.csv --json",
      ),
    )
    .action(run(async (invocation, uri: string) => {
      const { connect } = await import("../../engine/connect.ts");
      const { resolveS3Uri, formatS3Uri } = await import("../../store/uri.ts");
      const { signal } = invocation;
      await using session = await connect({ ...invocation.storeOptions(), signal });
      const whole = formatS3Uri(resolveS3Uri(uri, session.stores.default?.bucket));
      const description = await session.describe(whole, { signal });
      if (invocation.flags.json) await invocation.printJson(description);
      else await print(invocation, description);
    }));
}

async function print(invocation: Invocation, description: Description): Promise<void> {
  const { cutToWidth, displayWidth, visible } = await import("../../show/text.ts");
  const { formatBytes, formatQuantity } = await import("../../show/human.ts");
  const { renderReportLine } = await import("../../show/report_line.ts");
  const { style, host, flags } = invocation;
  const { format, files, bytes, rows, rowGroups, crs, columns } = description;
  const facts = [
    format,
    ...(rows === undefined ? [] : [formatQuantity(rows, "row")]),
    formatQuantity(columns.length, "column"),
    ...(bytes === undefined ? [] : [formatBytes(bytes)]),
    ...(files === 1 ? [] : [formatQuantity(files, "file")]),
    ...(rowGroups === undefined ? [] : [formatQuantity(rowGroups, "row group")]),
    ...(crs === undefined ? [] : [visible(crs)]),
  ];
  const names = columns.map(({ name }) => visible(name));
  const width = Math.max(...names.map(displayWidth), 0);
  const room = host.stdout.isTerminal ? host.stdout.columns - 1 : Infinity;
  const lines = columns.map(({ type }, index) => {
    const gap = " ".repeat(width - displayWidth(names[index]));
    const typeRoom = Math.max(10, room - width - 4);
    const shown = typeRoom === Infinity ? visible(type) : cutToWidth(visible(type), typeRoom);
    return `  ${names[index]}${gap}  ${style.dim(shown)}`;
  });
  await invocation.print(
    [style.bold(visible(description.uri)), facts.join(" · "), ...lines].join("\n") + "\n",
  );
  if (flags.quiet) return;
  await host.stderr.write(
    invocation.errorStyle.dim(renderReportLine(description.report)) + "\n",
  );
}
