/**
 * DuckDB's plan of a statement, with its parameters, without running it.
 *
 * @module
 */
import { chunkRows } from "../result.ts";
import type { Runner, RunOptions } from "../runner.ts";
import { EXPLAIN } from "../sql/explain.ts";
import { parametersOf, type Statement } from "../sql/tokens.ts";
import type { Params, ParamValue } from "../values/bind.ts";
import type { Row } from "../values/types.ts";
import { plannedScans, type PlannedStatement } from "./plan.ts";

const SERIALIZE = "SELECT json_serialize_plan($1::VARCHAR, optimize := true, skip_null := true, " +
  "skip_empty := true) AS plan";
const LATE = "late_materialization";

/**
 * Plans `statement`; it opens the first file of each scan.
 *
 * @returns undefined for a statement whose plan DuckDB cannot write down
 * @throws {SqlError} when DuckDB refuses the statement
 */
export async function planStatement(
  runner: Runner,
  sql: string,
  statement: Statement,
  params: Params | undefined,
  options: RunOptions,
): Promise<PlannedStatement | undefined> {
  const rows = (text: string, values?: Params) => rowsOf(runner, text, values, options);
  const [explained] = await rowsOf(runner, EXPLAIN + statement.text, params, {
    ...options,
    origin: { sql, offset: statement.start - EXPLAIN.length },
  });
  const isLate = String(explained.explain_value).includes("file_row_number = file_row_number");
  const { text, values } = withVariables(statement, params);
  for (const [name, value] of values) await rows(`SET VARIABLE ${name} = $1`, [value]);
  // DuckDB fails to write down late materialization.
  const [{ before }] = isLate
    ? await rows("SELECT current_setting('disabled_optimizers') AS before")
    : [{ before: undefined }];
  try {
    if (isLate) {
      await rows(`SET disabled_optimizers = '${[before, LATE].filter(Boolean).join(",")}'`);
    }
    const [{ plan }] = await rows(SERIALIZE, [text]);
    return plannedScans(String(plan), String(explained.explain_value));
  } finally {
    if (isLate) await rows(`SET disabled_optimizers = '${before}'`);
    for (const [name] of values) await rows(`RESET VARIABLE ${name}`);
  }
}

/** A plan is written down of text alone, so parameters become variables. */
function withVariables(
  statement: Statement,
  params: Params | undefined,
): { readonly text: string; readonly values: readonly (readonly [string, ParamValue])[] } {
  const names = parametersOf(statement);
  if (params === undefined || names.length === 0) return { text: statement.text, values: [] };
  const values: [string, ParamValue][] = [];
  let marks = 0;
  let text = "";
  let at = 0;
  for (const token of statement.tokens.filter(({ kind }) => kind === "parameter")) {
    const name = token.value === "?" ? String(++marks) : token.value.slice(1);
    const value = Array.isArray(params)
      ? params[Number(name) - 1]
      : (params as Record<string, ParamValue>)[name];
    const variable = `dipper_parameter_${values.length}`;
    values.push([variable, value]);
    text += statement.text.slice(at, token.start - statement.start) + `getvariable('${variable}')`;
    at = token.end - statement.start;
  }
  return { text: text + statement.text.slice(at), values };
}

async function rowsOf(
  runner: Runner,
  sql: string,
  params: Params | undefined,
  options: RunOptions,
): Promise<Row[]> {
  const result = await runner.open(sql, params, options, "materialized");
  const rows: Row[] = [];
  for (let chunk = await result.next(); chunk !== undefined; chunk = await result.next()) {
    rows.push(...chunkRows(chunk, result.columns));
  }
  return rows;
}
