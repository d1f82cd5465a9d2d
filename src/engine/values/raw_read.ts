/**
 * DuckDB's vectors to columns in Arrow's layout.
 *
 * @module
 */
import {
  type DuckDBArrayType,
  type DuckDBDecimalType,
  type DuckDBEnumType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionType,
} from "@duckdb/node-api";
import { UnsupportedError } from "../../errors.ts";
import { decodeVector } from "./decode.ts";
import { toJsonValue } from "./json.ts";
import { pickRanges, pickRows, type RawColumn } from "./raw_column.ts";
import { packTexts, readUtf8 } from "./strings.ts";
import type { Value } from "./types.ts";
import {
  arrayChild,
  bothValid,
  type Bytes,
  isValid,
  listChild,
  listEntries,
  packStrings,
  type RawVector,
  repeatValidity,
  structChild,
  usedElements,
  type Validity,
  vectorBytes,
  vectorValidity,
} from "./vector.ts";

/**
 * The first `count` rows of a vector. Rows outside of `parent` are null; what is under a null is
 * zero, never what DuckDB's memory happens to hold.
 */
export function readRaw(
  vector: RawVector,
  type: DuckDBType,
  count: number,
  parent: Validity = null,
): RawColumn {
  const validity = bothValid(vectorValidity(vector, count), parent);
  const head = { length: count, validity };
  const fixed = (width: number, bytes: Bytes): RawColumn => {
    zeroNulls(bytes, width, validity, count);
    return { ...head, kind: "fixed", width, bytes };
  };
  const width = WIDTHS[type.typeId];
  if (width !== undefined) return fixed(width, vectorBytes(vector, count * width));
  switch (type.typeId) {
    case DuckDBTypeId.SQLNULL:
      return { ...head, kind: "null" };
    case DuckDBTypeId.VARCHAR:
      return { ...head, kind: "packed", ...readUtf8(vector, count, validity) };
    case DuckDBTypeId.BLOB:
    case DuckDBTypeId.GEOMETRY:
      return { ...head, kind: "packed", ...packStrings(vector, count, validity) };
    case DuckDBTypeId.DECIMAL:
      return fixed(16, readDecimals(vector, type as DuckDBDecimalType, count));
    case DuckDBTypeId.HUGEINT:
      return fixed(16, readHugeInts(vector, count, validity));
    case DuckDBTypeId.UUID:
      return fixed(16, readUuids(vector, count));
    case DuckDBTypeId.INTERVAL:
      return fixed(16, readIntervals(vector, count, validity));
    case DuckDBTypeId.ENUM: {
      const size = enumWidth(type as DuckDBEnumType);
      return fixed(size, vectorBytes(vector, count * size));
    }
    case DuckDBTypeId.LIST:
      return readList(
        vector,
        count,
        validity,
        (child, size, used) => readRaw(child, (type as DuckDBListType).valueType, size, used),
      );
    case DuckDBTypeId.MAP:
      return readList(
        vector,
        count,
        validity,
        (child, size, used) => readFields(child, mapFields(type as DuckDBMapType), size, used),
      );
    case DuckDBTypeId.ARRAY: {
      const { valueType, length } = type as DuckDBArrayType;
      const inside = repeatValidity(validity, count, length);
      const child = readRaw(arrayChild(vector), valueType, count * length, inside);
      return { ...head, kind: "array", size: length, children: [child] };
    }
    case DuckDBTypeId.STRUCT:
      return readFields(vector, (type as DuckDBStructType).entryTypes, count, parent);
    case DuckDBTypeId.UNION:
      return readUnion(vector, type as DuckDBUnionType, count, validity);
    default:
      return { ...head, kind: "packed", ...readTexts(vector, type, count, validity) };
  }
}

/** Bytes a row of the types that are laid out in DuckDB as in Arrow. */
const WIDTHS: { readonly [typeId: number]: number } = {
  [DuckDBTypeId.BOOLEAN]: 1,
  [DuckDBTypeId.TINYINT]: 1,
  [DuckDBTypeId.UTINYINT]: 1,
  [DuckDBTypeId.SMALLINT]: 2,
  [DuckDBTypeId.USMALLINT]: 2,
  [DuckDBTypeId.INTEGER]: 4,
  [DuckDBTypeId.UINTEGER]: 4,
  [DuckDBTypeId.FLOAT]: 4,
  [DuckDBTypeId.DATE]: 4,
  [DuckDBTypeId.BIGINT]: 8,
  [DuckDBTypeId.UBIGINT]: 8,
  [DuckDBTypeId.DOUBLE]: 8,
  [DuckDBTypeId.TIME]: 8,
  [DuckDBTypeId.TIME_NS]: 8,
  [DuckDBTypeId.TIMESTAMP]: 8,
  [DuckDBTypeId.TIMESTAMP_S]: 8,
  [DuckDBTypeId.TIMESTAMP_MS]: 8,
  [DuckDBTypeId.TIMESTAMP_NS]: 8,
  [DuckDBTypeId.TIMESTAMP_TZ]: 8,
};

function zeroNulls(bytes: Bytes, width: number, validity: Validity, count: number): void {
  if (validity === null) return;
  for (let row = 0; row < count; row++) {
    if (!isValid(validity, row)) bytes.fill(0, row * width, (row + 1) * width);
  }
}

function enumWidth(type: DuckDBEnumType): 1 | 2 | 4 {
  if (type.internalTypeId === DuckDBTypeId.UTINYINT) return 1;
  return type.internalTypeId === DuckDBTypeId.USMALLINT ? 2 : 4;
}

function readDecimals(vector: RawVector, { width }: DuckDBDecimalType, count: number): Bytes {
  if (width > 18) return vectorBytes(vector, count * 16);
  const wide = new BigInt64Array(count * 2);
  const bytes = vectorBytes(vector, count * (width > 9 ? 8 : width > 4 ? 4 : 2));
  if (width > 9) {
    const source = new BigInt64Array(bytes.buffer, bytes.byteOffset, count);
    for (let row = 0; row < count; row++) {
      wide[row * 2] = source[row];
      if (source[row] < 0n) wide[row * 2 + 1] = -1n;
    }
  } else {
    const source = width > 4
      ? new Int32Array(bytes.buffer, bytes.byteOffset, count)
      : new Int16Array(bytes.buffer, bytes.byteOffset, count);
    const words = new Int32Array(wide.buffer);
    for (let row = 0; row < count; row++) {
      words[row * 4] = source[row];
      if (source[row] < 0) words.fill(-1, row * 4 + 1, row * 4 + 4);
    }
  }
  return new Uint8Array(wide.buffer);
}

const TOP_WORD_OF_MOST = 0x4b3b_4ca8;
const MOST = 10n ** 38n - 1n;

/** Decimal128 has 38 digits, a HUGEINT up to 39. */
function readHugeInts(vector: RawVector, count: number, validity: Validity): Bytes {
  const bytes = vectorBytes(vector, count * 16);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, count * 4);
  for (let row = 0; row < count; row++) {
    const top = words[row * 4 + 3];
    if (top > -TOP_WORD_OF_MOST && top < TOP_WORD_OF_MOST) continue;
    if (!isValid(validity, row)) continue;
    const halves = new BigInt64Array(bytes.buffer, bytes.byteOffset + row * 16, 2);
    const value = (halves[1] << 64n) | BigInt.asUintN(64, halves[0]);
    if (value <= MOST && value >= -MOST) continue;
    throw new UnsupportedError("an integer of more than 38 digits has no Arrow value", {
      hint: "CAST the HUGEINT to VARCHAR.",
    });
  }
  return bytes;
}

/** DuckDB: little endian, highest bit inverted. Arrow: big endian as written. */
function readUuids(vector: RawVector, count: number): Bytes {
  const bytes = vectorBytes(vector, count * 16);
  for (let row = 0; row < count; row++) {
    bytes.subarray(row * 16, (row + 1) * 16).reverse();
    bytes[row * 16] ^= 0x80;
  }
  return bytes;
}

/** DuckDB: months, days, microseconds. Arrow: months, days, nanoseconds. */
function readIntervals(vector: RawVector, count: number, validity: Validity): Bytes {
  const bytes = vectorBytes(vector, count * 16);
  const words = new BigInt64Array(bytes.buffer, bytes.byteOffset, count * 2);
  for (let row = 0; row < count; row++) {
    if (!isValid(validity, row)) continue;
    const nanos = words[row * 2 + 1] * 1_000n;
    if (BigInt.asIntN(64, nanos) !== nanos) {
      throw new UnsupportedError("an interval of more than 292 years of time has no Arrow value", {
        hint: "CAST the interval to VARCHAR.",
      });
    }
    words[row * 2 + 1] = nanos;
  }
  return bytes;
}

function readList(
  vector: RawVector,
  count: number,
  validity: Validity,
  readChild: (child: RawVector, size: number, used: Validity) => RawColumn,
): RawColumn {
  const { child, size } = listChild(vector);
  const entries = listEntries(vector, count, validity, size);
  const elements = readChild(child, size, usedElements(entries, size));
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  const { offsets, picked } = pickRanges(rows, (row) => [
    entries.offsets[row],
    entries.offsets[row] + entries.lengths[row],
  ]);
  const children = [entries.inOrder ? elements : pickRows(elements, picked)] as const;
  return { length: count, validity, kind: "list", offsets, children };
}

function mapFields({ keyType, valueType }: DuckDBMapType): DuckDBType[] {
  return [keyType, valueType];
}

function readFields(
  vector: RawVector,
  types: readonly DuckDBType[],
  count: number,
  parent: Validity,
): RawColumn {
  const validity = bothValid(vectorValidity(vector, count), parent);
  const children = types.map((type, i) => readRaw(structChild(vector, i), type, count, validity));
  return { length: count, validity, kind: "struct", children };
}

/** A null is the first member's null: unions have no mask of their own in Arrow. */
function readUnion(
  vector: RawVector,
  { memberTypes }: DuckDBUnionType,
  count: number,
  parent: Validity,
): RawColumn {
  const tagVector = structChild(vector, 0);
  const tagged = bothValid(vectorValidity(tagVector, count), parent);
  const bytes = vectorBytes(tagVector, count);
  zeroNulls(bytes, 1, tagged, count);
  const children = memberTypes.map((type, i) =>
    readRaw(structChild(vector, i + 1), type, count, tagged)
  );
  return { length: count, validity: null, kind: "union", bytes, children };
}

/** Types that Arrow has no like of, as text. */
function readTexts(vector: RawVector, type: DuckDBType, count: number, validity: Validity) {
  const values = decodeVector(vector, type, count, validity);
  return packTexts(values.map((value) => value === null ? null : arrowText(value, type)));
}

function arrowText(value: Value, type: DuckDBType): string {
  return type.typeId === DuckDBTypeId.VARIANT ? JSON.stringify(toJsonValue(value)) : String(value);
}
