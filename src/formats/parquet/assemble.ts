/**
 * Parts of pages to Arrow columns: levels become validity and offsets, values are laid out.
 *
 * Every node of the column's tree is built from the levels of one leaf below it. An entry of that leaf is
 * a slot of the node when it begins a new element of the list that the node is in, and that element exists.
 *
 * @see https://github.com/apache/parquet-format#nested-encoding
 * @module
 */
import { type Data, DataType, type Field, makeData } from "apache-arrow";
import { emptyData } from "../gather.ts";
import type { PagePart } from "./cursor.ts";
import { type ColumnNode, type LeafNode, leavesOf, type ListNode, type MapNode } from "./schema.ts";
import { DamagedError } from "./metadata.ts";
import {
  type BinaryValues,
  type LeafValues,
  makerOf,
  type NumberArray,
  type NumberArrayOf,
} from "./values.ts";

/** The parts of each leaf that are the same rows. */
export type LeafParts = ReadonlyMap<number, readonly PagePart[]>;

/** The column of `node` as Arrow's Data of `field`. */
export function assemble(node: ColumnNode, field: Field, parts: LeafParts, rows: number): Data {
  const streams = new Map<number, LeafStream>();
  for (const leaf of leavesOf(node)) {
    streams.set(leaf.leaf, leafStream(leaf, parts.get(leaf.leaf)!));
  }
  const data = build(node, field.type, streams);
  if (data.length !== rows) throw new DamagedError("columns of different lengths");
  return data;
}

/** The levels of one leaf, joined. */
interface LeafStream {
  readonly parts: readonly PagePart[];
  readonly entries: number;
  readonly definition: Uint8Array | undefined;
  readonly repetition: Uint8Array | undefined;
}

function leafStream(node: LeafNode, parts: readonly PagePart[]): LeafStream {
  const entries = parts.reduce((sum, { start, end }) => sum + end - start, 0);
  const join = (
    pick: (part: PagePart) => Uint8Array | undefined,
    otherwise: number,
  ): Uint8Array | undefined => {
    if (parts.every((part) => pick(part) === undefined)) return undefined;
    const joined = new Uint8Array(entries);
    let at = 0;
    for (const part of parts) {
      const levels = pick(part);
      if (levels === undefined) joined.fill(otherwise, at, at + part.end - part.start);
      else joined.set(levels.subarray(part.start, part.end), at);
      at += part.end - part.start;
    }
    return joined;
  };
  return {
    parts,
    entries,
    definition: join(({ page }) => page.definition, node.maxDefinition),
    repetition: join(({ page }) => page.repetition, 0),
  };
}

type Streams = ReadonlyMap<number, LeafStream>;

function build(node: ColumnNode, type: DataType, streams: Streams): Data {
  const stream = streams.get(leavesOf(node)[0].leaf)!;
  switch (node.kind) {
    case "leaf":
      return buildLeaf(node, type, stream);
    case "struct": {
      const children = node.children.map((child, i) =>
        build(child, (type.children as Field[])[i].type, streams)
      );
      const { length, validity } = slots(node, stream);
      if (children.some((child) => child.length !== length)) {
        throw new DamagedError("fields of a struct that have different lengths");
      }
      return makeData({ type, length, ...nulls(validity), children } as never);
    }
    default:
      return buildList(node, type, stream, streams);
  }
}

function buildList(
  node: ListNode | MapNode,
  type: DataType,
  stream: LeafStream,
  streams: Streams,
): Data {
  const { length, validity } = slots(node, stream);
  const valueOffsets = elementOffsets(node, stream, length);
  const inner = (type.children as Field[])[0].type;
  let child: Data;
  if (node.kind === "list") child = build(node.item, inner, streams);
  else {
    const [key, value] = [node.key, node.value].map((part, i) =>
      build(part, (inner.children as Field[])[i].type, streams)
    );
    if (key.length !== value.length) throw new DamagedError("a map with more keys than values");
    child = makeData({
      type: inner,
      length: key.length,
      nullCount: 0,
      children: [key, value],
    } as never);
  }
  if (child.length !== valueOffsets[length]) {
    throw new DamagedError("a list whose elements do not add up");
  }
  return makeData({ type, length, ...nulls(validity), valueOffsets, child } as never);
}

interface Slots {
  readonly length: number;
  /** Undefined where nothing is NULL. */
  readonly validity: Uint8Array | undefined;
}

function nulls(
  validity: Uint8Array | undefined,
): { nullCount: number } | { nullBitmap: Uint8Array } {
  return validity === undefined ? { nullCount: 0 } : { nullBitmap: validity };
}

function slots(node: ColumnNode, { entries, definition, repetition }: LeafStream): Slots {
  const { slotDefined, slotRepeated, definedAt } = node;
  if (definition === undefined) return { length: entries, validity: undefined };
  const bits = new Uint8Array((entries + 7) >> 3);
  let length = 0;
  let valid = 0;
  if (repetition === undefined && slotDefined === 0) {
    for (let i = 0; i < entries; i++) {
      if (definition[i] >= definedAt) {
        bits[i >> 3] |= 1 << (i & 7);
        valid++;
      }
    }
    length = entries;
  } else {
    for (let i = 0; i < entries; i++) {
      if (definition[i] < slotDefined) continue;
      if (repetition !== undefined && repetition[i] > slotRepeated) continue;
      if (definition[i] >= definedAt) {
        bits[length >> 3] |= 1 << (length & 7);
        valid++;
      }
      length++;
    }
  }
  return { length, validity: valid === length ? undefined : bits.slice(0, (length + 7) >> 3) };
}

function elementOffsets(
  { slotDefined, slotRepeated, elementDefined }: ListNode | MapNode,
  { entries, definition, repetition }: LeafStream,
  length: number,
): Int32Array {
  const offsets = new Int32Array(length + 1);
  let slot = 0;
  let elements = 0;
  for (let i = 0; i < entries; i++) {
    const defined = definition === undefined ? elementDefined : definition[i];
    if (defined < slotDefined) continue;
    const repeated = repetition === undefined ? 0 : repetition[i];
    if (repeated <= slotRepeated) offsets[slot++] = elements;
    if (defined >= elementDefined && repeated <= slotRepeated + 1) elements++;
  }
  if (slot !== length) throw new DamagedError("a list whose levels do not add up");
  offsets[length] = elements;
  return offsets;
}

function buildLeaf(node: LeafNode, type: DataType, stream: LeafStream): Data {
  const { length, validity } = slots(node, stream);
  const first = stream.parts[0]?.page.values;
  if (first === undefined || length === 0) return emptyData(type);
  if (first.kind === "binary") {
    return makeData(
      { type, length, ...nulls(validity), ...packed(stream.parts, validity, length) } as never,
    );
  }
  const data = laidOut(stream.parts, validity, length, first.stride, makerOf(first));
  return makeData({
    type,
    length,
    ...nulls(validity),
    data: DataType.isBool(type) ? packBits(data as Uint8Array) : data,
  } as never);
}

/** Values of one width, with zeros where a NULL is. */
function laidOut(
  parts: readonly PagePart[],
  validity: Uint8Array | undefined,
  length: number,
  stride: number,
  make: NumberArrayOf,
): NumberArray {
  const count = valueCount(parts);
  const dense = new make(count * stride);
  let at = 0;
  for (const part of parts) {
    copyFixed(part, dense, at, stride);
    at += (part.valueEnd - part.valueStart) * stride;
  }
  if (validity === undefined) {
    if (count !== length) throw new DamagedError("more or fewer values than rows");
    return dense;
  }
  const spread = new make(length * stride);
  let next = 0;
  for (let row = 0; row < length; row++) {
    if ((validity[row >> 3] & (1 << (row & 7))) === 0) continue;
    if (stride === 1) spread[row] = dense[next++];
    else for (let k = 0; k < stride; k++) spread[row * stride + k] = dense[next++];
  }
  if (next !== dense.length) throw new DamagedError("more or fewer values than rows");
  return spread;
}

function valueCount(parts: readonly PagePart[]): number {
  return parts.reduce((sum, { valueStart, valueEnd }) => sum + valueEnd - valueStart, 0);
}

function copyFixed(part: PagePart, out: NumberArray, at: number, stride: number): void {
  const { page: { values, indices }, valueStart, valueEnd } = part;
  if (values.kind === "raw" && indices === undefined) {
    const size = values.make.BYTES_PER_ELEMENT;
    const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    bytes.set(values.bytes.subarray(valueStart * size, valueEnd * size), at * size);
    return;
  }
  if (values.kind !== "fixed") throw new DamagedError("pages of different kinds");
  const from = values.data;
  if (indices === undefined) {
    out.set(from.subarray(valueStart * stride, valueEnd * stride) as never, at);
  } else if (stride === 1) {
    for (let i = valueStart; i < valueEnd; i++) out[at++] = from[indices[i]];
  } else {
    for (let i = valueStart; i < valueEnd; i++) {
      for (let k = 0; k < stride; k++) out[at++] = from[indices[i] * stride + k];
    }
  }
}

/** Values of any length, and where each row's are. */
function packed(
  parts: readonly PagePart[],
  validity: Uint8Array | undefined,
  length: number,
): { data: Uint8Array; valueOffsets: Int32Array } {
  const count = valueCount(parts);
  const ends = new Int32Array(count + 1);
  let at = 0;
  for (const { page, valueStart, valueEnd } of parts) {
    const { starts, ends: stops } = binary(page.values);
    for (let i = valueStart; i < valueEnd; i++) {
      const value = page.indices === undefined ? i : page.indices[i];
      ends[at + 1] = ends[at] + stops[value] - starts[value];
      at++;
    }
    if (ends[at] < 0) throw new DamagedError("a batch of more than 2 GiB of text");
  }
  const data = new Uint8Array(ends[count]);
  at = 0;
  for (const part of parts) {
    copyBinary(part, data, ends, at);
    at += part.valueEnd - part.valueStart;
  }
  if (validity === undefined) {
    if (count !== length) throw new DamagedError("more or fewer values than rows");
    return { data, valueOffsets: ends };
  }
  const valueOffsets = new Int32Array(length + 1);
  let next = 0;
  for (let row = 0; row < length; row++) {
    if ((validity[row >> 3] & (1 << (row & 7))) !== 0) next++;
    valueOffsets[row + 1] = ends[next];
  }
  if (next !== count) throw new DamagedError("more or fewer values than rows");
  return { data, valueOffsets };
}

function copyBinary(part: PagePart, out: Uint8Array, ends: Int32Array, at: number): void {
  const { page: { values, indices }, valueStart, valueEnd } = part;
  const { bytes, starts, ends: stops, isPacked } = binary(values);
  if (indices === undefined && isPacked) {
    if (valueStart === valueEnd) return;
    out.set(bytes.subarray(starts[valueStart], stops[valueEnd - 1]), ends[at]);
    return;
  }
  for (let i = valueStart; i < valueEnd; i++, at++) {
    const value = indices === undefined ? i : indices[i];
    const start = starts[value];
    const size = stops[value] - start;
    const to = ends[at];
    if (size < 24) { for (let k = 0; k < size; k++) out[to + k] = bytes[start + k]; }
    else out.set(bytes.subarray(start, start + size), to);
  }
}

function binary(values: LeafValues): BinaryValues {
  if (values.kind !== "binary") throw new DamagedError("pages of different kinds");
  return values;
}

function packBits(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array((bytes.length + 7) >> 3);
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) bits[i >> 3] |= 1 << (i & 7);
  return bits;
}
