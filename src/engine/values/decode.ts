/**
 * DuckDB's vectors to JavaScript values, a column at a time and exact.
 *
 * @module
 */
import {
  type DuckDBArrayType,
  type DuckDBDataChunk,
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
import { decimalText } from "../../formats/sql_text.ts";
import { redact } from "../../redaction.ts";
import { Bit } from "./bit.ts";
import { DateValue, Interval, TimeTz, TimeValue } from "./date_time.ts";
import { Geometry } from "./geometry.ts";
import { isUnnamed, setField } from "./record.ts";
import { readStrings } from "./strings.ts";
import { Timestamp, TimestampTz } from "./timestamp.ts";
import type { Value } from "./types.ts";
import { UnionValue } from "./union.ts";
import { uuidText } from "./uuid.ts";
import { ValueMap } from "./value_map.ts";
import { readVariants } from "./variant.ts";
import {
  arrayChild,
  bothValid,
  columnVector,
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

/** The columns of a chunk, each an array with a value (or null) for each row. */
export function decodeChunk(chunk: DuckDBDataChunk, types: readonly DuckDBType[]): Value[][] {
  const count = chunk.rowCount;
  return types.map((type, i) => decodeVector(columnVector(chunk, i), type, count));
}

/**
 * The values of the first `count` rows of a vector.
 *
 * @param parent rows outside of it are not read, and come back null
 * @throws {UnsupportedError} for a type that this version does not know
 */
export function decodeVector(
  vector: RawVector,
  type: DuckDBType,
  count: number,
  parent: Validity = null,
): Value[] {
  const validity = bothValid(vectorValidity(vector, count), parent);
  const read = readers[type.typeId];
  if (read === undefined) {
    throw new UnsupportedError(`values of the type ${type} cannot be read`, {
      hint: "CAST them to a type that docs/values.md lists.",
    });
  }
  const values = count === 0 ? [] : read(vector, type, count, validity);
  if (validity !== null) {
    for (let row = 0; row < count; row++) {
      if ((validity[row >> 3] & (1 << (row & 7))) === 0) values[row] = null;
    }
  }
  return values;
}

/** Reads every row; what it gives for a row that is not valid does not matter. */
type Reader = (vector: RawVector, type: DuckDBType, count: number, validity: Validity) => Value[];

type NumberArrayType = {
  new (buffer: ArrayBuffer, offset: number, length: number): ArrayLike<number>;
  readonly BYTES_PER_ELEMENT: number;
};

type BigIntArrayType = {
  new (buffer: ArrayBuffer, offset: number, length: number): ArrayLike<bigint>;
};

function numbers(ArrayType: NumberArrayType): Reader {
  return (vector, _type, count) => {
    const bytes = vectorBytes(vector, count * ArrayType.BYTES_PER_ELEMENT);
    const source = new ArrayType(bytes.buffer, bytes.byteOffset, count);
    const values: Value[] = new Array(count);
    for (let row = 0; row < count; row++) values[row] = source[row];
    return values;
  };
}

function words64(
  vector: RawVector,
  count: number,
  ArrayType: BigIntArrayType = BigInt64Array,
): ArrayLike<bigint> {
  const bytes = vectorBytes(vector, count * 8);
  return new ArrayType(bytes.buffer, bytes.byteOffset, count);
}

function each64(make: (word: bigint) => Value, ArrayType?: BigIntArrayType): Reader {
  return (vector, _type, count) => {
    const source = words64(vector, count, ArrayType);
    const values: Value[] = new Array(count);
    for (let row = 0; row < count; row++) values[row] = make(source[row]);
    return values;
  };
}

function each128(make: (low: bigint, high: bigint) => Value): Reader {
  return (vector, _type, count) => {
    const source = words64(vector, count * 2);
    const values: Value[] = new Array(count);
    for (let row = 0; row < count; row++) {
      values[row] = make(BigInt.asUintN(64, source[row * 2]), source[row * 2 + 1]);
    }
    return values;
  };
}

/** Blobs, and what is stored as one: each row's bytes are a copy of its own. */
function eachBlob(make: (bytes: Uint8Array) => Value): Reader {
  return (vector, _type, count, validity) => {
    const { bytes, offsets } = packStrings(vector, count, validity);
    const values: Value[] = new Array(count);
    for (let row = 0; row < count; row++) {
      values[row] = isValid(validity, row)
        ? make(bytes.slice(offsets[row], offsets[row + 1]))
        : null;
    }
    return values;
  };
}

const readBooleans: Reader = (vector, _type, count) =>
  Array.from(vectorBytes(vector, count), (byte) => byte !== 0);

const readDecimals: Reader = (vector, type, count) => {
  const { width, scale } = type as DuckDBDecimalType;
  const values: Value[] = new Array(count);
  if (width > 18) {
    const source = words64(vector, count * 2);
    for (let row = 0; row < count; row++) {
      const unscaled = (source[row * 2 + 1] << 64n) | BigInt.asUintN(64, source[row * 2]);
      values[row] = decimalText(unscaled, scale);
    }
    return values;
  }
  if (width > 9) {
    const source = words64(vector, count);
    for (let row = 0; row < count; row++) values[row] = decimalText(source[row], scale);
    return values;
  }
  const bytes = vectorBytes(vector, count * (width > 4 ? 4 : 2));
  const ArrayType = width > 4 ? Int32Array : Int16Array;
  const source = new ArrayType(bytes.buffer, bytes.byteOffset, count);
  for (let row = 0; row < count; row++) values[row] = decimalText(source[row], scale);
  return values;
};

/** 40 bits of microseconds, then 24 bits of (57,599 − offset in seconds). */
function timeTz(word: bigint): TimeTz {
  return new TimeTz(word >> 24n, 57_599 - Number(word & 0xff_ffffn));
}

const readIntervals: Reader = (vector, _type, count) => {
  const bytes = vectorBytes(vector, count * 16);
  const fields = new Int32Array(bytes.buffer, bytes.byteOffset, count * 4);
  const micros = new BigInt64Array(bytes.buffer, bytes.byteOffset, count * 2);
  const values: Value[] = new Array(count);
  for (let row = 0; row < count; row++) {
    values[row] = new Interval(fields[row * 4], fields[row * 4 + 1], micros[row * 2 + 1]);
  }
  return values;
};

const readEnums: Reader = (vector, type, count, validity) => {
  const texts = (type as DuckDBEnumType).values.map(redact);
  const indexes = enumIndexes(vector, type as DuckDBEnumType, count);
  const values: Value[] = new Array(count);
  for (let row = 0; row < count; row++) {
    values[row] = isValid(validity, row) ? texts[indexes[row]] : null;
  }
  return values;
};

/** The positions in the type's list of names. */
export function enumIndexes(
  vector: RawVector,
  type: DuckDBEnumType,
  count: number,
): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
  switch (type.internalTypeId) {
    case DuckDBTypeId.UTINYINT:
      return vectorBytes(vector, count);
    case DuckDBTypeId.USMALLINT: {
      const bytes = vectorBytes(vector, count * 2);
      return new Uint16Array(bytes.buffer, bytes.byteOffset, count);
    }
    default: {
      const bytes = vectorBytes(vector, count * 4);
      return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
    }
  }
}

const readLists: Reader = (vector, type, count, validity) => {
  const { child, size } = listChild(vector);
  const entries = listEntries(vector, count, validity, size);
  const used = usedElements(entries, size);
  const items = decodeVector(child, (type as DuckDBListType).valueType, size, used);
  const values: Value[] = new Array(count);
  for (let row = 0; row < count; row++) {
    const start = entries.offsets[row];
    values[row] = items.slice(start, start + entries.lengths[row]);
  }
  return values;
};

const readArrays: Reader = (vector, type, count, validity) => {
  const { valueType, length } = type as DuckDBArrayType;
  const inside = repeatValidity(validity, count, length);
  const items = decodeVector(arrayChild(vector), valueType, count * length, inside);
  const values: Value[] = new Array(count);
  for (let row = 0; row < count; row++) {
    values[row] = items.slice(row * length, (row + 1) * length);
  }
  return values;
};

const readStructs: Reader = (vector, type, count, validity) => {
  const { entryNames, entryTypes } = type as DuckDBStructType;
  const fields = entryTypes.map((entryType, i) =>
    decodeVector(structChild(vector, i), entryType, count, validity)
  );
  const values: Value[] = new Array(count);
  if (isUnnamed(entryNames)) {
    for (let row = 0; row < count; row++) values[row] = fields.map((field) => field[row]);
    return values;
  }
  const names = entryNames.map(redact);
  for (let row = 0; row < count; row++) {
    const struct: Record<string, Value> = {};
    for (let i = 0; i < names.length; i++) setField(struct, names[i], fields[i][row]);
    values[row] = struct;
  }
  return values;
};

const readMaps: Reader = (vector, type, count, validity) => {
  const { keyType, valueType } = type as DuckDBMapType;
  const { child, size } = listChild(vector);
  const entries = listEntries(vector, count, validity, size);
  const used = usedElements(entries, size);
  const inside = bothValid(vectorValidity(child, size), used);
  const keys = decodeVector(structChild(child, 0), keyType, size, inside);
  const items = decodeVector(structChild(child, 1), valueType, size, inside);
  const values: Value[] = new Array(count);
  for (let row = 0; row < count; row++) {
    const map = new ValueMap();
    const end = entries.offsets[row] + entries.lengths[row];
    for (let i = entries.offsets[row]; i < end; i++) map.set(keys[i], items[i]);
    values[row] = map;
  }
  return values;
};

/** A UNION is stored as a STRUCT of a UTINYINT tag and a field for each member. */
const readUnions: Reader = (vector, type, count, validity) => {
  const { memberTags, memberTypes } = type as DuckDBUnionType;
  const tagVector = structChild(vector, 0);
  const tagged = bothValid(vectorValidity(tagVector, count), validity);
  const tags = vectorBytes(tagVector, count);
  const members = memberTypes.map((memberType, i) =>
    decodeVector(structChild(vector, i + 1), memberType, count, tagged)
  );
  const names = memberTags.map(redact);
  const values: Value[] = new Array(count);
  for (let row = 0; row < count; row++) {
    values[row] = isValid(tagged, row)
      ? new UnionValue(names[tags[row]], members[tags[row]][row])
      : null;
  }
  return values;
};

/** DuckDB's BIGNUM: three bytes of header, then the size, big endian, all inverted if negative. */
function bigNum(bytes: Uint8Array): bigint {
  const negative = (bytes[0] & 0x80) === 0;
  let hex = "0x0";
  for (let i = 3; i < bytes.length; i++) {
    hex += (negative ? bytes[i] ^ 0xff : bytes[i]).toString(16).padStart(2, "0");
  }
  return negative ? -BigInt(hex) : BigInt(hex);
}

const readers: { readonly [typeId: number]: Reader } = {
  [DuckDBTypeId.SQLNULL]: (_vector, _type, count) => new Array(count).fill(null),
  [DuckDBTypeId.BOOLEAN]: readBooleans,
  [DuckDBTypeId.TINYINT]: numbers(Int8Array),
  [DuckDBTypeId.SMALLINT]: numbers(Int16Array),
  [DuckDBTypeId.INTEGER]: numbers(Int32Array),
  [DuckDBTypeId.BIGINT]: each64((word) => word),
  [DuckDBTypeId.HUGEINT]: each128((low, high) => (high << 64n) | low),
  [DuckDBTypeId.UTINYINT]: numbers(Uint8Array),
  [DuckDBTypeId.USMALLINT]: numbers(Uint16Array),
  [DuckDBTypeId.UINTEGER]: numbers(Uint32Array),
  [DuckDBTypeId.UBIGINT]: each64((word) => word, BigUint64Array),
  [DuckDBTypeId.UHUGEINT]: each128((low, high) => (BigInt.asUintN(64, high) << 64n) | low),
  [DuckDBTypeId.FLOAT]: numbers(Float32Array),
  [DuckDBTypeId.DOUBLE]: numbers(Float64Array),
  [DuckDBTypeId.DECIMAL]: readDecimals,
  [DuckDBTypeId.BIGNUM]: eachBlob(bigNum),
  [DuckDBTypeId.VARCHAR]: (vector, _type, count, validity) => readStrings(vector, count, validity),
  [DuckDBTypeId.BLOB]: eachBlob((bytes) => bytes),
  [DuckDBTypeId.GEOMETRY]: eachBlob((bytes) => new Geometry(bytes)),
  [DuckDBTypeId.BIT]: eachBlob(Bit.fromStorage),
  [DuckDBTypeId.UUID]: each128(uuidText),
  [DuckDBTypeId.ENUM]: readEnums,
  [DuckDBTypeId.DATE]: (vector, type, count, validity) =>
    numbers(Int32Array)(vector, type, count, validity).map((days) => new DateValue(days as number)),
  [DuckDBTypeId.TIME]: each64((word) => new TimeValue(word, "us")),
  [DuckDBTypeId.TIME_NS]: each64((word) => new TimeValue(word, "ns")),
  [DuckDBTypeId.TIME_TZ]: each64(timeTz, BigUint64Array),
  [DuckDBTypeId.TIMESTAMP]: each64((word) => new Timestamp(word, "us")),
  [DuckDBTypeId.TIMESTAMP_S]: each64((word) => new Timestamp(word, "s")),
  [DuckDBTypeId.TIMESTAMP_MS]: each64((word) => new Timestamp(word, "ms")),
  [DuckDBTypeId.TIMESTAMP_NS]: each64((word) => new Timestamp(word, "ns")),
  [DuckDBTypeId.TIMESTAMP_TZ]: each64((word) => new TimestampTz(word)),
  [DuckDBTypeId.INTERVAL]: readIntervals,
  [DuckDBTypeId.LIST]: readLists,
  [DuckDBTypeId.ARRAY]: readArrays,
  [DuckDBTypeId.STRUCT]: readStructs,
  [DuckDBTypeId.MAP]: readMaps,
  [DuckDBTypeId.UNION]: readUnions,
  [DuckDBTypeId.VARIANT]: readVariants,
};
