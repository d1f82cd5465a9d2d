/**
 * `dipper explain`: what a statement would read, before it runs.
 *
 * @module
 */
import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { examples, type Run } from "../command.ts";
import { collectParam, type ParamFlag } from "../params.ts";
import { readSql } from "../sql_source.ts";
import { runnableStatements } from "../statements.ts";

interface ExplainFlags {
  readonly file?: string;
  readonly param: readonly ParamFlag[];
}

/** Adds the command. */
export function registerExplain(program: Command, run: Run): void {
  program.command("explain")
    .summary("what a query would read, before it runs")
    .description(
      "Says which files, row groups and columns a query would read, in how many requests and bytes, " +
        "and how much of it is cached. The query is planned and not run; of Parquet files only the " +
        "footers are read, which the cache then holds. What cannot be known before is called an " +
        "upper bound.",
    )
    .argument("[sql]", "one statement; without it, or as -, it is read from standard input")
    .option("-f, --file <path>", "read the SQL from a file")
    .option(
      "-p, --param <name=value>",
      "value for $name, again for each, as for dipper query",
      collectParam,
      [],
    )
    .addHelpText(
      "after",
      examples(
        `dipper explain "SELECT avg(arr_delay) FROM 's3://demo/nycflights13/flights.parquet'"`,
        `dipper explain --json "SELECT * FROM 's3://demo/nycflights13/airports.csv'"`,
      ),
    )
    .action(run(async (invocation, argument: string | undefined, flags: ExplainFlags) => {
      const sql = await readSql(argument, flags.file, invocation.host.stdin);
      invocation.sql = sql;
      const [statement, ...others] = runnableStatements(sql.text, flags.param);
      if (others.length > 0) {
        throw new UsageError(`a forecast is of one statement, not of ${others.length + 1}`, {
          hint: "Explain them one by one.",
        });
      }
      const { connect } = await import("../../engine/connect.ts");
      const { signal } = invocation;
      await using session = await connect({ ...invocation.storeOptions(), signal });
      try {
        const forecast = await session.explain(statement.text, statement.params, { signal });
        if (invocation.flags.json) return void await invocation.printJson(forecast);
        const { renderForecast } = await import("../../show/forecast_text.ts");
        await invocation.print(renderForecast(forecast, (text) => invocation.style.bold(text)));
      } catch (error) {
        throw statement.relocate(error);
      }
    }));
}
