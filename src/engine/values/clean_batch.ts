/**
 * Record batches without registered secrets, as results of queries are.
 *
 * @module
 */
import {
  type Data,
  DataType,
  Field,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
} from "apache-arrow";
import { holdsSecret, redact } from "../../redaction.ts";
import { packTexts } from "./strings.ts";

/** A byte order mark at the start of a value is part of the value. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** `schema` with names that can be shown. */
export function cleanSchema(schema: Schema): Schema {
  if (!schema.fields.some(({ name }) => holdsSecret(name))) return schema;
  return new Schema(
    schema.fields.map(({ name, type, nullable, metadata }) =>
      new Field(redact(name), type, nullable, metadata)
    ),
    schema.metadata,
  );
}

/** `batch` itself where it holds no secret; else one whose texts say `[redacted]` in its place. */
export function cleanBatch(batch: RecordBatch): RecordBatch {
  const schema = cleanSchema(batch.schema);
  const children = batch.data.children.map(cleanData);
  const isClean = schema === batch.schema &&
    children.every((child, i) => child === batch.data.children[i]);
  if (isClean) return batch;
  const { numRows: length } = batch;
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }),
  );
}

function cleanData(data: Data): Data {
  if (DataType.isUtf8(data.type)) return cleanTexts(data);
  if (data.children.length === 0) return data;
  const children = data.children.map(cleanData);
  return children.every((child, i) => child === data.children[i])
    ? data
    : data.clone(data.type, data.offset, data.length, data.nullCount, data.buffers, children);
}

function cleanTexts(data: Data): Data {
  const { valueOffsets, values, length } = data;
  if (length === 0) return data;
  const text = (from: number, to: number) =>
    decoder.decode(values.subarray(valueOffsets[from], valueOffsets[to]));
  if (!holdsSecret(text(0, length))) return data;
  const cleaned = Array.from({ length }, (_, row) => redact(text(row, row + 1)));
  const packed = packTexts(cleaned);
  return makeData({
    type: new Utf8(),
    length,
    nullCount: data.nullCount,
    nullBitmap: data.offset === 0 ? data.nullBitmap : shifted(data),
    valueOffsets: packed.offsets,
    data: packed.bytes,
  });
}

/** The validity of a slice, from bit 0 on. */
function shifted({ nullBitmap, offset, length }: Data): Uint8Array | undefined {
  if (nullBitmap === undefined || nullBitmap === null || nullBitmap.length === 0) return undefined;
  const bits = new Uint8Array((length + 7) >> 3);
  for (let row = 0; row < length; row++) {
    const at = row + offset;
    if (nullBitmap[at >> 3] & (1 << (at & 7))) bits[row >> 3] |= 1 << (row & 7);
  }
  return bits;
}
