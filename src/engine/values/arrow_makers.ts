/**
 * The values that a file's reader makes, as a query would give them.
 *
 * @module
 */
import { decimalText } from "../../formats/sql_text.ts";
import type { TickDigits, ValueMakers } from "../../formats/values.ts";
import { DateValue, Interval, TimeValue } from "./date_time.ts";
import { Geometry } from "./geometry.ts";
import { isUnnamed, setField } from "./record.ts";
import { Timestamp, TimestampTz } from "./timestamp.ts";
import type { Value } from "./types.ts";
import { ValueMap } from "./value_map.ts";

const UNITS = { 0: "s", 3: "ms", 6: "us", 9: "ns" } as const;

/** Makes the engine's own classes of values: {@link Value}. */
export const ENGINE_VALUES: ValueMakers<Value> = {
  decimal: decimalText,
  date: (days) => new DateValue(days),
  time: (ticks, digits) =>
    digits === 9 ? new TimeValue(ticks, "ns") : new TimeValue(microsOf(ticks, digits), "us"),
  timestamp: (ticks, digits, zone) =>
    zone === "utc" ? new TimestampTz(microsOf(ticks, digits)) : new Timestamp(ticks, UNITS[digits]),
  interval: (months, days, nanos) => new Interval(months, days, nanos / 1_000n),
  uuid: (text) => text,
  geometry: (wkb) => new Geometry(wkb),
  list: (values) => values,
  struct: structOf,
  map: (entries) => new ValueMap(entries),
};

/** What is finer than a microsecond is cut, as DuckDB does. */
function microsOf(ticks: bigint, digits: TickDigits): bigint {
  return digits === 9 ? ticks / 1_000n : ticks * 10n ** BigInt(6 - digits);
}

function structOf(entries: readonly (readonly [name: string, value: Value])[]): Value {
  if (isUnnamed(entries.map(([name]) => name))) return entries.map(([, value]) => value);
  const struct: Record<string, Value> = {};
  for (const [name, value] of entries) setField(struct, name, value);
  return struct;
}
