/**
 * Columns in Arrow's layout to Arrow's own Data.
 *
 * @module
 */
import { type Data, DataType, type Dictionary, type Field, makeData } from "apache-arrow";
import { dictionaryOf } from "./arrow_type.ts";
import type { RawColumn } from "./raw_column.ts";
import type { Bytes } from "./vector.ts";

/** `column` as Data of `type`; the buffers are taken, not copied. */
export function toData(column: RawColumn, type: DataType): Data {
  const { length, validity } = column;
  const nulls = validity === null ? { nullCount: 0 } : { nullBitmap: validity };
  const children = "children" in column
    ? (column.children as readonly RawColumn[]).map((child, i) =>
      toData(child, (type.children as Field[])[i].type)
    )
    : [];
  return assemble(type, {
    length,
    ...nulls,
    data: "bytes" in column
      ? (DataType.isBool(type) ? packBits(column.bytes) : column.bytes)
      : undefined,
    typeIds: column.kind === "union" ? new Int8Array(column.bytes) : undefined,
    valueOffsets: "offsets" in column ? column.offsets : undefined,
    children,
  });
}

/** Data of no rows, with the buffers that Arrow wants even so. */
export function emptyData(type: DataType): Data {
  const fields = (type.children ?? []) as Field[];
  return assemble(type, {
    length: 0,
    nullCount: 0,
    data: new Uint8Array(0),
    typeIds: new Int8Array(0),
    valueOffsets: new Int32Array(1),
    children: fields.map((field) => emptyData(field.type)),
  });
}

interface Parts {
  readonly length: number;
  readonly nullCount?: number;
  readonly nullBitmap?: Uint8Array;
  readonly data: Bytes | undefined;
  readonly typeIds: Int8Array | undefined;
  readonly valueOffsets: Int32Array | undefined;
  readonly children: Data[];
}

/** Arrow's makeData takes from the parts what the type needs. */
function assemble(type: DataType, parts: Parts): Data {
  if (DataType.isNull(type)) return makeData({ type, length: parts.length });
  const dictionary = DataType.isDictionary(type) ? dictionaryOf(type as Dictionary) : undefined;
  return makeData({ type, ...parts, child: parts.children[0], dictionary } as never);
}

function packBits(bytes: Bytes): Bytes {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8));
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) bits[i >> 3] |= 1 << (i & 7);
  return bits;
}
