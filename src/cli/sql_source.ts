/**
 * Where `dipper query` takes its SQL from.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { localFileError } from "./errno.ts";
import type { Input } from "./host.ts";

/** SQL text, and what to call it in messages. */
export interface SqlText {
  readonly text: string;
  readonly name: string;
}

/**
 * The SQL of an argument, a file, or standard input (no argument and no terminal, or `-`).
 *
 * @throws {UsageError} when there is none, or more than one
 */
export async function readSql(
  argument: string | undefined,
  file: string | undefined,
  stdin: Input,
): Promise<SqlText> {
  if (argument !== undefined && file !== undefined) {
    throw new UsageError("both an SQL argument and --file were given", {
      hint: "Give one of the two. Several statements can stand in one text, with ; between them.",
    });
  }
  const sql = file !== undefined && file !== "-"
    ? { text: await readFile(file), name: file }
    : argument !== undefined && argument !== "-"
    ? { text: argument, name: "sql" }
    : { text: await readInput(argument, file, stdin), name: "stdin" };
  if (sql.text.trim() === "") {
    throw new UsageError("there is no SQL to run", { hint: TRY });
  }
  return sql;
}

const TRY = `Try: dipper query "SELECT 42", dipper query -f query.sql, or SQL on standard input.`;

async function readFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw localFileError(error, "read", path);
  }
}

async function readInput(
  argument: string | undefined,
  file: string | undefined,
  stdin: Input,
): Promise<string> {
  if (stdin.isTerminal && argument !== "-" && file !== "-") {
    throw new UsageError("no SQL was given", { hint: TRY });
  }
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = await stdin.read(); bytes !== undefined; bytes = await stdin.read()) {
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}
