/**
 * Parameters given as text with a type: `name:TYPE=value` on the command line.
 *
 * @module
 */
import { type DuckDBConnection, DuckDBTypeId } from "@duckdb/node-api";
import { UsageError } from "../../errors.ts";
import { TypedParam } from "./bind.ts";

/** A name, then perhaps `(p)` or `(p,s)`, then perhaps `[]` or `[3]`, any number of times. */
const TYPE =
  /^\s*([a-z_][a-z0-9_ ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*((?:\[\d*\])*)\s*$/i;

/**
 * The value that DuckDB's own cast makes of `text`: `bindText(connection, "day", "DATE", "2024-01-31")`.
 *
 * The type must be one whose name DuckDB knows, with a width, scale or `[]` where it takes them;
 * STRUCT, MAP, UNION and ENUM are not taken. The text is bound, never spliced.
 *
 * @param name of the parameter, for messages
 * @throws {UsageError} when DuckDB has no such type or the text is not a value of it
 */
export async function bindText(
  connection: DuckDBConnection,
  name: string,
  type: string,
  text: string,
): Promise<TypedParam> {
  const target = await knownType(connection, name, type);
  try {
    const prepared = await connection.prepare(`SELECT CAST($1 AS ${target})`);
    try {
      prepared.bindVarchar(1, text);
      const reader = await prepared.runAndReadAll();
      const duckType = reader.columnType(0);
      if (duckType.typeId === DuckDBTypeId.GEOMETRY) {
        throw new UsageError(`parameter $${name} cannot be bound as ${type}`, {
          hint: `Give well-known text and write $${name}::GEOMETRY in the SQL.`,
        });
      }
      return new TypedParam(duckType, reader.getRows()[0][0]);
    } finally {
      prepared.destroySync();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the text given for $${name} is not a value of the type ${type}`, {
      hint: (error as Error).message.split("\n")[0],
      cause: error,
    });
  }
}

/** SQL for a type, put together from the name as DuckDB lists it and from digits. */
async function knownType(
  connection: DuckDBConnection,
  parameter: string,
  type: string,
): Promise<string> {
  const [, name, width, scale, lists] = TYPE.exec(type) ?? [];
  if (name !== undefined) {
    const reader = await connection.runAndReadAll(
      "SELECT type_name FROM duckdb_types() WHERE lower(type_name) = lower($1)" +
        " AND type_category IS DISTINCT FROM 'COMPOSITE' LIMIT 1",
      [name.replaceAll(/\s+/g, " ")],
    );
    const known = reader.getRows()[0]?.[0];
    if (typeof known === "string") {
      const digits = [width, scale].filter((part) => part !== undefined).join(",");
      return `"${known.replaceAll('"', '""')}"${digits === "" ? "" : `(${digits})`}${lists}`;
    }
  }
  throw new UsageError(`parameter $${parameter} has an unknown type ${type}`, {
    hint: "Give a type such as INTEGER, DECIMAL(10,2), DATE, TIMESTAMP, VARCHAR[] or JSON.",
  });
}
