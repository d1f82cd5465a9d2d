/**
 * Rows of Arrow columns picked and joined into new columns.
 *
 * @module
 */
import {
  type Data,
  DataType,
  type Field,
  makeData,
  RecordBatch,
  type Schema,
  Struct,
} from "apache-arrow";

/** Some rows of one column, ascending; all of them where `rows` is undefined. */
export interface Part {
  readonly data: Data;
  readonly rows: Int32Array | undefined;
}

/** The rows of `parts`, in order, as one column of `type`. */
export function gather(type: DataType, parts: readonly Part[]): Data {
  if (parts.length === 1 && parts[0].rows === undefined) return parts[0].data;
  const length = parts.reduce((sum, { data, rows }) => sum + (rows?.length ?? data.length), 0);
  if (DataType.isNull(type)) return makeData({ type, length });
  const nulls = gatherValidity(parts, length);
  if (DataType.isBool(type)) {
    return makeData({ type, length, ...nulls, data: gatherBits(parts, length) });
  }
  if (DataType.isStruct(type)) {
    const children = type.children.map((field, i) =>
      gather(field.type, parts.map(({ data, rows }) => ({ data: data.children[i], rows })))
    );
    return makeData({ type, length, ...nulls, children });
  }
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    return makeData({ type, length, ...nulls, ...gatherBytes(parts, length) } as never);
  }
  if (DataType.isList(type) || DataType.isMap(type)) {
    const { valueOffsets, children } = gatherElements(parts, length);
    const child = gather((type.children as Field[])[0].type, children);
    return makeData({ type, length, ...nulls, valueOffsets, child } as never);
  }
  return makeData({ type, length, ...nulls, data: gatherFixed(parts, length) } as never);
}

/** A batch of `columns`, which may be none. */
export function recordBatch(schema: Schema, columns: readonly Data[], length: number): RecordBatch {
  const type = new Struct(schema.fields);
  return new RecordBatch(
    schema,
    makeData({ type, length, nullCount: 0, children: columns as Data[] }),
  );
}

/** A column of no rows, with the buffers that Arrow wants even so. */
export function emptyData(type: DataType): Data {
  const children = ((type.children ?? []) as Field[]).map((field) => emptyData(field.type));
  return makeData({
    type,
    length: 0,
    nullCount: 0,
    data: new Uint8Array(0),
    valueOffsets: new Int32Array(1),
    children,
    child: children[0],
  } as never);
}

type Typed = Exclude<Data["values"], undefined> & { length: number };

function hasNulls({ data }: Part): boolean {
  return data.nullBitmap !== undefined && data.nullBitmap !== null && data.nullBitmap.length > 0;
}

function gatherValidity(
  parts: readonly Part[],
  length: number,
): { nullCount: number } | { nullBitmap: Uint8Array } {
  if (!parts.some(hasNulls)) return { nullCount: 0 };
  const bitmap = new Uint8Array((length + 7) >> 3);
  eachRow(parts, (part, row, at) => {
    if (!hasNulls(part) || (part.data.nullBitmap![row >> 3] & (1 << (row & 7))) !== 0) {
      bitmap[at >> 3] |= 1 << (at & 7);
    }
  });
  return { nullBitmap: bitmap };
}

function gatherBits(parts: readonly Part[], length: number): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3);
  eachRow(parts, ({ data }, row, at) => {
    if ((data.values[row >> 3] & (1 << (row & 7))) !== 0) bits[at >> 3] |= 1 << (at & 7);
  });
  return bits;
}

function gatherFixed(parts: readonly Part[], length: number): Typed {
  const first = parts[0].data;
  const stride = first.length === 0
    ? (first.type as { stride?: number }).stride ?? 1
    : first.values.length / first.length;
  const values = new first.values.constructor(length * stride);
  let at = 0;
  for (const { data, rows } of parts) {
    const from = data.values;
    if (rows === undefined) {
      values.set(from, at);
      at += data.length * stride;
    } else if (stride === 1) {
      for (let i = 0; i < rows.length; i++) values[at++] = from[rows[i]];
    } else {
      for (let i = 0; i < rows.length; i++) {
        for (let j = 0; j < stride; j++) values[at++] = from[rows[i] * stride + j];
      }
    }
  }
  return values;
}

function gatherBytes(
  parts: readonly Part[],
  length: number,
): { valueOffsets: Int32Array; data: Uint8Array } {
  const valueOffsets = new Int32Array(length + 1);
  eachRow(parts, ({ data }, row, at) => {
    const offsets = data.valueOffsets;
    valueOffsets[at + 1] = valueOffsets[at] + offsets[row + 1] - offsets[row];
  });
  const bytes = new Uint8Array(valueOffsets[length]);
  eachRow(parts, ({ data }, row, at) => {
    const offsets = data.valueOffsets;
    if (offsets[row] !== offsets[row + 1]) {
      bytes.set(data.values.subarray(offsets[row], offsets[row + 1]), valueOffsets[at]);
    }
  });
  return { valueOffsets, data: bytes };
}

function gatherElements(
  parts: readonly Part[],
  length: number,
): { valueOffsets: Int32Array; children: Part[] } {
  const valueOffsets = new Int32Array(length + 1);
  const children: Part[] = [];
  let at = 0;
  for (const { data, rows } of parts) {
    const offsets = data.valueOffsets;
    const count = rows?.length ?? data.length;
    const start = valueOffsets[at];
    for (let i = 0; i < count; i++, at++) {
      const row = rows?.[i] ?? i;
      valueOffsets[at + 1] = valueOffsets[at] + offsets[row + 1] - offsets[row];
    }
    const elements = new Int32Array(valueOffsets[at] - start);
    for (let i = 0, to = 0; i < count; i++) {
      const row = rows?.[i] ?? i;
      for (let from = offsets[row]; from < offsets[row + 1]; from++) elements[to++] = from;
    }
    children.push({ data: data.children[0], rows: elements });
  }
  return { valueOffsets, children };
}

function eachRow(
  parts: readonly Part[],
  visit: (part: Part, row: number, at: number) => void,
): void {
  let at = 0;
  for (const part of parts) {
    const count = part.rows?.length ?? part.data.length;
    for (let i = 0; i < count; i++) visit(part, part.rows === undefined ? i : part.rows[i], at++);
  }
}
