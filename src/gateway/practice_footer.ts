/**
 * The end of a Parquet file that holds nothing: its footer names columns and row groups, to be read for
 * practice.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 * @module
 */

/** A file to make the footer of. */
export interface PracticeFile {
  /** Names of its columns, which are 64-bit numbers. */
  readonly columns: readonly string[];
  /** Row groups, all at the same place: each is written as the first is. 15 to 127. */
  readonly groups: number;
  /** Bytes of a column's chunk; they follow each other from byte 4 on. */
  readonly chunk: number;
}

/** A value as it is written. */
interface Written {
  readonly type: number;
  readonly bytes: readonly number[];
}

const [I32, I64, BINARY, LIST, STRUCT] = [5, 6, 8, 9, 12];
const MAGIC = [...new TextEncoder().encode("PAR1")];
const ROWS = 1000;

/** The footer with its length and magic, as it ends the file. */
export function practiceFooter({ columns, groups, chunk }: PracticeFile): Uint8Array {
  const schema = [
    struct([[4, text("schema")], [5, i32(columns.length)]]),
    ...columns.map((name) => struct([[1, i32(2)], [3, i32(1)], [4, text(name)]])),
  ];
  const none: Written = { type: BINARY, bytes: [8, 0, 0, 0, 0, 0, 0, 0, 0] };
  const statistics = struct([[3, i64(0)], [5, none], [6, none]]);
  const size = i64(chunk);
  const chunks = columns.map((name, index) => {
    const offset = i64(4 + index * chunk);
    const path = list([text(name)]);
    const encodings = list([i32(0)]);
    const metadata = struct([
      [1, i32(2)],
      [2, encodings],
      [3, path],
      [4, i32(1)],
      [5, i64(ROWS)],
      [6, size],
      [7, size],
      [9, offset],
      [12, statistics],
    ]);
    return struct([[2, offset], [3, metadata]]);
  });
  const group = struct([[1, list(chunks)], [2, i64(chunk * columns.length)], [3, i64(ROWS)]]);
  const before = struct([[1, i32(1)], [2, list(schema)], [3, i64(ROWS * groups)]]).bytes;
  // The last field's head, and that of a list of 15 items or more.
  const groupsHead = [1 << 4 | LIST, 0xf0 | STRUCT, groups];
  const each = group.bytes.length;
  const length = before.length - 1 + groupsHead.length + each * groups + 1;
  const footer = new Uint8Array(length + 8);
  footer.set(before);
  footer.set(groupsHead, before.length - 1);
  for (let at = 0; at < groups; at++) {
    footer.set(group.bytes, before.length - 1 + groupsHead.length + at * each);
  }
  new DataView(footer.buffer).setUint32(length, length, true);
  footer.set(MAGIC, length + 4);
  return footer;
}

function i32(value: number): Written {
  return { type: I32, bytes: varint(value * 2) };
}

function i64(value: number): Written {
  return { type: I64, bytes: varint(value * 2) };
}

function text(value: string): Written {
  const bytes = new TextEncoder().encode(value);
  return { type: BINARY, bytes: [...varint(bytes.length), ...bytes] };
}

/** Up to 14 of one type. */
function list(items: readonly Written[]): Written {
  const head = items.length << 4 | items[0].type;
  return { type: LIST, bytes: [head, ...items.flatMap(({ bytes }) => bytes)] };
}

/** Fields by ascending number, less than 16 apart. */
function struct(fields: readonly (readonly [field: number, value: Written])[]): Written {
  let last = 0;
  const bytes = fields.flatMap(([field, value]) => {
    const head = field - last << 4 | value.type;
    last = field;
    return [head, ...value.bytes];
  });
  return { type: STRUCT, bytes: [...bytes, 0] };
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}
