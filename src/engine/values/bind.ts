/**
 * JavaScript values as parameters of SQL: bound with their types, never spliced into the text.
 *
 * @module
 */
import {
  BIGINT,
  BIGNUM,
  BIT,
  bitValue,
  BLOB,
  blobValue,
  BOOLEAN,
  DATE,
  dateValue,
  DOUBLE,
  type DuckDBPreparedStatement,
  type DuckDBType,
  type DuckDBValue,
  HUGEINT,
  INTEGER,
  INTERVAL,
  intervalValue,
  LIST,
  listValue,
  MAP,
  mapValue,
  SQLNULL,
  STRUCT,
  structValue,
  TIME,
  TIME_NS,
  timeNSValue,
  TIMESTAMP,
  TIMESTAMP_MS,
  TIMESTAMP_NS,
  TIMESTAMP_S,
  timestampMillisValue,
  timestampNanosValue,
  timestampSecondsValue,
  TIMESTAMPTZ,
  timestampTZValue,
  timestampValue,
  TIMETZ,
  timeTZValue,
  timeValue,
  UHUGEINT,
  UNION,
  unionValue,
  VARCHAR,
} from "@duckdb/node-api";
import { UsageError } from "../../errors.ts";
import { Bit } from "./bit.ts";
import { DateValue, Interval, TimeTz, TimeValue } from "./date_time.ts";
import { Geometry } from "./geometry.ts";
import { setField } from "./record.ts";
import { Timestamp, TimestampTz } from "./timestamp.ts";
import type { Value } from "./types.ts";
import { UnionValue } from "./union.ts";
import { unifyTypes } from "./unify.ts";

/** What may be given for a parameter. A Date is an instant: TIMESTAMP WITH TIME ZONE. */
export type ParamValue = Value | Date | TypedParam | ParamValue[] | Map<ParamValue, ParamValue> | {
  [name: string]: ParamValue;
};

/** Parameters by name (`$name`) or in order (`$1`, `?`). */
export type Params = { readonly [name: string]: ParamValue } | readonly ParamValue[];

/** A value with the type that it is to be bound with. */
export class TypedParam {
  constructor(readonly type: DuckDBType, readonly value: DuckDBValue) {}
}

/**
 * Binds every parameter of a prepared statement.
 *
 * @throws {UsageError} when a parameter is missing, unknown or undefined, or its value has no SQL
 * type; the message names it and says which parameters the SQL has
 */
export function bindParams(prepared: DuckDBPreparedStatement, params: Params = []): void {
  const names = parameterNames(prepared);
  const given = givenParams(names, params);
  const unknown = [...given.keys()].filter((name) => !names.includes(name));
  const missing = names.filter((name) => !given.has(name));
  if (unknown.length > 0 || missing.length > 0) throw mismatch(names, missing, unknown, params);
  names.forEach((name, i) => {
    const { type, value } = toDuckDB(given.get(name), `$${name}`);
    prepared.bindValue(i + 1, value, type);
  });
}

/**
 * A JavaScript value as DuckDB's, with its type.
 *
 * @param name of the parameter, for messages
 * @throws {UsageError} when it has no SQL type
 */
export function toDuckDB(value: ParamValue | undefined, name: string): TypedParam {
  const typed = (type: DuckDBType, duck: DuckDBValue) => new TypedParam(type, duck);
  switch (typeof value) {
    case "string":
      return typed(VARCHAR, value);
    case "boolean":
      return typed(BOOLEAN, value);
    case "number":
      return number(value);
    case "bigint":
      return integer(value, name);
    case "object":
      return value === null ? typed(SQLNULL, null) : fromObject(value, name);
    case "undefined":
      throw new UsageError(`parameter ${name} is undefined`, {
        hint: "Give null for the SQL value NULL.",
      });
    default:
      throw noType(name, `a ${typeof value}`);
  }
}

function number(value: number): TypedParam {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return new TypedParam(DOUBLE, value);
  if (value === (value | 0)) return new TypedParam(INTEGER, value);
  return new TypedParam(BIGINT, BigInt(value));
}

function integer(value: bigint, name: string): TypedParam {
  if (BigInt.asIntN(64, value) === value) return new TypedParam(BIGINT, value);
  if (BigInt.asIntN(128, value) === value) return new TypedParam(HUGEINT, value);
  if (BigInt.asUintN(128, value) === value) return new TypedParam(UHUGEINT, value);
  if (value.toString(16).length < 2 ** 23) return new TypedParam(BIGNUM, value);
  throw noType(name, "an integer of more than 4 MiB");
}

function fromObject(value: ParamValue & object, name: string): TypedParam {
  if (value instanceof TypedParam) return value;
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw noType(name, "an invalid Date");
    return new TypedParam(TIMESTAMPTZ, timestampTZValue(BigInt(value.getTime()) * 1_000n));
  }
  if (value instanceof Uint8Array) return new TypedParam(BLOB, blobValue(value));
  if (Array.isArray(value)) return list(value, name);
  if (value instanceof Map) return map(value, name);
  const scalar = fromClass(value, name);
  if (scalar !== undefined) return scalar;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return struct(value as Record<string, ParamValue>, name);
  }
  throw noType(name, `an object of the class ${value.constructor?.name}`);
}

function fromClass(value: object, name: string): TypedParam | undefined {
  if (value instanceof TimestampTz) {
    return new TypedParam(TIMESTAMPTZ, timestampTZValue(value.micros));
  }
  if (value instanceof Timestamp) return timestamp(value);
  if (value instanceof DateValue) return new TypedParam(DATE, dateValue(value.days));
  if (value instanceof TimeValue) {
    return value.unit === "ns"
      ? new TypedParam(TIME_NS, timeNSValue(value.ticks))
      : new TypedParam(TIME, timeValue(value.ticks));
  }
  if (value instanceof TimeTz) {
    return new TypedParam(TIMETZ, timeTZValue(value.micros, value.offset));
  }
  if (value instanceof Interval) {
    const { months, days, micros } = value;
    return new TypedParam(INTERVAL, intervalValue(months, days, micros));
  }
  if (value instanceof Bit) return new TypedParam(BIT, bitValue(value.bits));
  if (value instanceof Geometry) return new TypedParam(VARCHAR, value.toString());
  if (value instanceof UnionValue) {
    const member = toDuckDB(value.value as ParamValue, name);
    return new TypedParam(
      UNION({ [value.tag]: member.type }),
      unionValue(value.tag, member.value),
    );
  }
  return undefined;
}

function timestamp(value: Timestamp): TypedParam {
  switch (value.unit) {
    case "s":
      return new TypedParam(TIMESTAMP_S, timestampSecondsValue(value.ticks));
    case "ms":
      return new TypedParam(TIMESTAMP_MS, timestampMillisValue(value.ticks));
    case "us":
      return new TypedParam(TIMESTAMP, timestampValue(value.ticks));
    case "ns":
      return new TypedParam(TIMESTAMP_NS, timestampNanosValue(value.ticks));
  }
}

function list(values: readonly ParamValue[], name: string): TypedParam {
  const { type, values: items } = unifyTypes(
    Array.from(values, (item, i) => toDuckDB(item, `${name}[${i}]`)),
    name,
  );
  return new TypedParam(LIST(type), listValue(items));
}

function struct(fields: Readonly<Record<string, ParamValue>>, name: string): TypedParam {
  const types: Record<string, DuckDBType> = {};
  const values: Record<string, DuckDBValue> = {};
  for (const [field, item] of Object.entries(fields)) {
    const typed = toDuckDB(item, `${name}.${field}`);
    setField(types, field, typed.type);
    setField(values, field, typed.value);
  }
  return new TypedParam(STRUCT(types), structValue(values));
}

function map(entries: ReadonlyMap<ParamValue, ParamValue>, name: string): TypedParam {
  const keys = unifyTypes(
    [...entries.keys()].map((key) => toDuckDB(key, `a key of ${name}`)),
    name,
  );
  const items = unifyTypes(
    [...entries.values()].map((item) => toDuckDB(item, `a value of ${name}`)),
    name,
  );
  const pairs = keys.values.map((key, i) => ({ key, value: items.values[i] }));
  return new TypedParam(MAP(keys.type, items.type), mapValue(pairs));
}

function noType(name: string, what: string): UsageError {
  return new UsageError(`parameter ${name} is ${what}, which has no SQL type`, {
    hint: "docs/values.md lists what can be bound.",
  });
}

/** The names of the parameters, in order; those of `$1` and `?` are numbers. */
function parameterNames(prepared: DuckDBPreparedStatement): string[] {
  const count = prepared.parameterCount;
  return Array.from({ length: count }, (_, i) => {
    try {
      return prepared.parameterName(i + 1);
    } catch (cause) {
      throw new UsageError("the numbered parameters of the SQL leave gaps", {
        hint: `It has ${count}: number them from $1 to $${count}.`,
        cause,
      });
    }
  });
}

function givenParams(names: readonly string[], params: Params): Map<string, ParamValue> {
  if (Array.isArray(params)) return new Map(params.map((value, i) => [`${i + 1}`, value]));
  const exact = new Set(names);
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  return new Map(
    Object.entries(params as Record<string, ParamValue>).map(([name, value]) => [
      exact.has(name) ? name : byLowerCase.get(name.toLowerCase()) ?? name,
      value,
    ]),
  );
}

function mismatch(
  names: readonly string[],
  missing: readonly string[],
  unknown: readonly string[],
  params: Params,
): UsageError {
  const shown = (list: readonly string[]) => list.map((name) => `$${name}`).join(", ");
  const wrong = [
    missing.length === 0 ? "" : `no value for ${shown(missing)}`,
    unknown.length === 0 ? "" : `no parameter ${shown(unknown)} in the SQL`,
  ].filter((part) => part !== "").join(", and ");
  const has = names.length === 0 ? "no parameters" : `the parameters ${shown(names)}`;
  const named = names.some((name) => !/^\d+$/.test(name));
  const form = named && Array.isArray(params) ? " Give named parameters as an object." : "";
  return new UsageError(wrong, { hint: `The SQL has ${has}.${form}` });
}
