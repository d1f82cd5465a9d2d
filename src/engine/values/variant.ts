/**
 * VARIANT: values that carry their own types, decoded by node-api and brought to Dipper's types.
 *
 * @module
 */
import {
  DuckDBArrayValue,
  DuckDBBitValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBGeometryValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimeNSValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeTZValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBUnionValue,
  DuckDBUUIDValue,
  type DuckDBValue,
  DuckDBVariantValue,
  DuckDBVector,
} from "@duckdb/node-api";
import { decimalText } from "../../formats/sql_text.ts";
import { redact } from "../../redaction.ts";
import { Bit } from "./bit.ts";
import { DateValue, Interval, TimeTz, TimeValue } from "./date_time.ts";
import { Geometry } from "./geometry.ts";
import { setField } from "./record.ts";
import { Timestamp, TimestampTz } from "./timestamp.ts";
import type { Value } from "./types.ts";
import { UnionValue } from "./union.ts";
import { ValueMap } from "./value_map.ts";
import { isValid, type RawVector, type Validity } from "./vector.ts";

/** The values of a VARIANT vector. */
export function readVariants(
  vector: RawVector,
  type: DuckDBType,
  count: number,
  validity: Validity,
): Value[] {
  const variants = DuckDBVector.create(vector, count, type);
  const values: Value[] = new Array(count);
  for (let row = 0; row < count; row++) {
    values[row] = isValid(validity, row) ? fromDuckDBValue(variants.getItem(row)) : null;
  }
  return values;
}

/** A node-api value as Dipper's value; texts cleaned of registered secrets. */
export function fromDuckDBValue(value: DuckDBValue): Value {
  if (typeof value === "string") return redact(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof DuckDBVariantValue) return fromDuckDBValue(value.value);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return value.items.map(fromDuckDBValue);
  }
  if (value instanceof DuckDBStructValue) {
    const struct: Record<string, Value> = {};
    for (const [name, item] of Object.entries(value.entries)) {
      setField(struct, redact(name), fromDuckDBValue(item));
    }
    return struct;
  }
  if (value instanceof DuckDBMapValue) {
    return new ValueMap(
      value.entries.map(({ key, value }) => [fromDuckDBValue(key), fromDuckDBValue(value)]),
    );
  }
  if (value instanceof DuckDBUnionValue) {
    return new UnionValue(redact(value.tag), fromDuckDBValue(value.value));
  }
  return scalar(value);
}

function scalar(value: DuckDBValue): Value {
  if (value instanceof DuckDBDecimalValue) return decimalText(value.value, value.scale);
  if (value instanceof DuckDBTimestampTZValue) return new TimestampTz(value.micros);
  if (value instanceof DuckDBTimestampValue) return new Timestamp(value.micros, "us");
  if (value instanceof DuckDBTimestampSecondsValue) return new Timestamp(value.seconds, "s");
  if (value instanceof DuckDBTimestampMillisecondsValue) return new Timestamp(value.millis, "ms");
  if (value instanceof DuckDBTimestampNanosecondsValue) return new Timestamp(value.nanos, "ns");
  if (value instanceof DuckDBDateValue) return new DateValue(value.days);
  if (value instanceof DuckDBTimeValue) return new TimeValue(value.micros, "us");
  if (value instanceof DuckDBTimeNSValue) return new TimeValue(value.nanos, "ns");
  if (value instanceof DuckDBTimeTZValue) return new TimeTz(value.micros, value.offset);
  if (value instanceof DuckDBIntervalValue) {
    return new Interval(value.months, value.days, value.micros);
  }
  if (value instanceof DuckDBUUIDValue) return value.toString();
  if (value instanceof DuckDBBlobValue) return value.bytes.slice();
  if (value instanceof DuckDBGeometryValue) return new Geometry(value.bytes.slice());
  if (value instanceof DuckDBBitValue) return new Bit(value.toString());
  return String(value);
}
