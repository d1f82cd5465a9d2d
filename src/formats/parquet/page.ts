/**
 * One page of a column chunk, decoded.
 *
 * @see https://github.com/apache/parquet-format#data-pages
 * @module
 */
import { crc32 } from "node:zlib";
import type { LeafType } from "./arrow_type.ts";
import { decompress } from "./codec.ts";
import {
  decodeIndices,
  decodePlain,
  decodeValues,
  type Encoding,
  encodingOf,
  usesDictionary,
} from "./encoding.ts";
import {
  type Codec,
  DamagedError,
  integer,
  optionalStruct,
  readThrift,
  type Thrift,
} from "./metadata.ts";
import { decodeHybrid, levelWidth } from "./rle.ts";
import type { LeafNode } from "./schema.ts";
import { convert, type LeafValues, settled } from "./values.ts";

/** What stands before a page. */
export interface PageHeader {
  readonly kind: "data" | "data_v2" | "dictionary" | "other";
  /** Bytes of the page in the file, after its header. */
  readonly size: number;
  readonly uncompressedSize: number;
  readonly crc: number | undefined;
  /** Values and NULLs. */
  readonly valueCount: number;
  /** Rows, where the header says. */
  readonly rowCount: number | undefined;
  readonly fields: Thrift;
  /** Bytes of the header itself. */
  readonly headerSize: number;
}

/** A page's values: with dictionary, by their indices. */
export interface PageValues {
  readonly values: LeafValues;
  /** Which of `values` each is; undefined where they are in order. */
  readonly indices: Int32Array | undefined;
  readonly count: number;
}

/** A data page. */
export interface DataPage extends PageValues {
  /** Values and NULLs. */
  readonly entries: number;
  /** Undefined where nothing is NULL. */
  readonly definition: Uint8Array | undefined;
  /** Undefined where there are no lists. */
  readonly repetition: Uint8Array | undefined;
}

/** How the pages of a column are decoded. */
export interface PageContext {
  readonly node: LeafNode;
  readonly type: LeafType;
  readonly codec: Codec | undefined;
}

/** Reads a page header at `at`; throws when `bytes` end inside of it. */
export function readPageHeader(bytes: Uint8Array, at: number): PageHeader {
  const { value, end } = readThrift(bytes, at);
  const kind = (["data", "other", "dictionary", "data_v2"] as const)[integer(value.field_1)];
  const size = integer(value.field_3);
  if (kind === undefined || size < 0) throw new DamagedError("a page header that is none");
  const fields = optionalStruct(
    kind === "data" ? value.field_5 : kind === "data_v2" ? value.field_8 : value.field_7,
  );
  if (fields === undefined && kind !== "other") throw new DamagedError("a page without its header");
  const valueCount = kind === "other" ? 0 : integer(fields!.field_1);
  const rowCount = kind === "data_v2" ? integer(fields!.field_3) : undefined;
  if (valueCount < 0 || (rowCount ?? 0) < 0) {
    throw new DamagedError("a page of less than no values");
  }
  return {
    kind,
    size,
    uncompressedSize: integer(value.field_2),
    crc: value.field_4 === undefined ? undefined : integer(value.field_4) >>> 0,
    valueCount,
    rowCount,
    fields: fields ?? {},
    headerSize: end - at,
  };
}

/** The values of a dictionary page. */
export function decodeDictionary(
  header: PageHeader,
  body: Uint8Array,
  { node, type, codec }: PageContext,
): LeafValues {
  checkSum(header, body);
  const page = decompress(body, codec, header.uncompressedSize);
  return settled(convert(decodePlain(page, header.valueCount, storageOf(node)), type));
}

/** A data page of either version. */
export function decodeDataPage(
  header: PageHeader,
  body: Uint8Array,
  context: PageContext,
  dictionary: LeafValues | undefined,
): DataPage {
  checkSum(header, body);
  return header.kind === "data"
    ? decodeV1(header, body, context, dictionary)
    : decodeV2(header, body, context, dictionary);
}

/** Pages are checked where their writer left a checksum. */
function checkSum({ crc }: PageHeader, body: Uint8Array): void {
  if (crc !== undefined && crc32(body) >>> 0 !== crc) {
    throw new DamagedError("a page whose checksum does not match");
  }
}

function decodeV1(
  header: PageHeader,
  body: Uint8Array,
  context: PageContext,
  dictionary: LeafValues | undefined,
): DataPage {
  const { node, codec } = context;
  const entries = header.valueCount;
  const page = decompress(body, codec, header.uncompressedSize);
  let at = 0;
  const levels = (highest: number, encoding: unknown): Uint8Array | undefined => {
    if (highest === 0) return undefined;
    if (encodingOf(integer(encoding)) !== "RLE") {
      throw new DamagedError("levels in the deprecated bit packing");
    }
    if (at + 4 > page.length) throw new DamagedError("a page that ends inside of its levels");
    const length = new DataView(page.buffer, page.byteOffset).getUint32(at, true);
    const end = at + 4 + length;
    if (end > page.length) throw new DamagedError("a page that ends inside of its levels");
    const decoded = decodeLevels(page.subarray(at + 4, end), highest, entries);
    at = end;
    return decoded;
  };
  const repetition = levels(node.maxRepetition, header.fields.field_4);
  const definition = levels(node.maxDefinition, header.fields.field_3);
  const encoding = encodingOf(integer(header.fields.field_2));
  return assembled(
    entries,
    definition,
    repetition,
    page.subarray(at),
    encoding,
    context,
    dictionary,
  );
}

function decodeV2(
  header: PageHeader,
  body: Uint8Array,
  context: PageContext,
  dictionary: LeafValues | undefined,
): DataPage {
  const { node, codec } = context;
  const { fields, valueCount: entries } = header;
  const definitionSize = integer(fields.field_5, 0);
  const repetitionSize = integer(fields.field_6, 0);
  const levelsSize = definitionSize + repetitionSize;
  if (definitionSize < 0 || repetitionSize < 0 || levelsSize > body.length) {
    throw new DamagedError("a page that ends inside of its levels");
  }
  const repetition = node.maxRepetition === 0
    ? undefined
    : decodeLevels(body.subarray(0, repetitionSize), node.maxRepetition, entries);
  const definition = node.maxDefinition === 0
    ? undefined
    : decodeLevels(body.subarray(repetitionSize, levelsSize), node.maxDefinition, entries);
  const rest = body.subarray(levelsSize);
  const isCompressed = fields.field_7 !== false;
  const size = header.uncompressedSize - levelsSize;
  // A page of nothing but NULLs may have no bytes left to decompress.
  const page = isCompressed && rest.length > 0 ? decompress(rest, codec, size) : rest;
  const encoding = encodingOf(integer(fields.field_4));
  return assembled(entries, definition, repetition, page, encoding, context, dictionary);
}

function decodeLevels(bytes: Uint8Array, highest: number, count: number): Uint8Array {
  if (highest > 255) throw new DamagedError(`${highest} levels`);
  const levels = new Uint8Array(count);
  decodeHybrid(bytes, levelWidth(highest), levels);
  return levels;
}

function assembled(
  entries: number,
  levels: Uint8Array | undefined,
  repetition: Uint8Array | undefined,
  bytes: Uint8Array,
  encoding: Encoding,
  { node, type }: PageContext,
  dictionary: LeafValues | undefined,
): DataPage {
  let count = entries;
  if (levels !== undefined) {
    count = 0;
    for (let i = 0; i < entries; i++) {
      if (levels[i] === node.maxDefinition) count++;
      else if (levels[i] > node.maxDefinition) throw new DamagedError("a level that is too high");
    }
  }
  const definition = count === entries && repetition === undefined ? undefined : levels;
  if (!usesDictionary(encoding)) {
    const values = convert(decodeValues(bytes, encoding, count, storageOf(node)), type);
    return { entries, definition, repetition, values, indices: undefined, count };
  }
  const indices = decodeIndices(bytes, count);
  if (dictionary === undefined) {
    if (count > 0) throw new DamagedError("indices without a dictionary");
    const values = convert(decodePlain(bytes.subarray(0, 0), 0, storageOf(node)), type);
    return { entries, definition, repetition, values, indices: undefined, count };
  }
  for (let i = 0; i < count; i++) {
    if (indices[i] >>> 0 >= dictionary.count) {
      throw new DamagedError("an index past the dictionary");
    }
  }
  return { entries, definition, repetition, values: dictionary, indices, count };
}

function storageOf({ element }: LeafNode) {
  return { type: element.type!, typeLength: element.typeLength };
}
