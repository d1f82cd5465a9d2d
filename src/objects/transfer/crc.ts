/**
 * Cyclic redundancy checks of parts made into that of the whole.
 *
 * A CRC is linear over GF(2): that of `a` followed by `b` is that of `a`, moved on by as many zero bytes
 * as `b` has, plus that of `b`. Moving is a matrix, squared for each bit of the length; equal lengths
 * share it.
 *
 * @see https://github.com/madler/zlib/blob/v1.3/crc32.c crc32_combine
 * @module
 */

/** A CRC whose register begins and ends inverted, bits reflected. */
export interface CrcKind {
  /** Reflected. */
  readonly polynomial: bigint;
  /** Bits. */
  readonly width: number;
}

/** CRC-32 of zlib and of `x-amz-checksum-crc32`. */
export const CRC32: CrcKind = { polynomial: 0xedb88320n, width: 32 };

/** CRC-64/NVME of `x-amz-checksum-crc64nvme`. */
export const CRC64NVME: CrcKind = { polynomial: 0x9a6c9329ac4bc9b5n, width: 64 };

type Matrix = readonly bigint[];

const shifts = new Map<string, Matrix>();

/** The CRC of bytes with `first` followed by `length` bytes with `second`. */
export function combineCrc(kind: CrcKind, first: bigint, second: bigint, length: number): bigint {
  return length === 0 ? first : times(shiftBy(kind, length), first) ^ second;
}

/** What `length` zero bytes do to a register. */
function shiftBy(kind: CrcKind, length: number): Matrix {
  const name = `${kind.width} ${length}`;
  const known = shifts.get(name);
  if (known !== undefined) return known;
  const oneBit = Array.from(
    { length: kind.width },
    (_, bit) => bit === 0 ? kind.polynomial : 1n << BigInt(bit - 1),
  );
  let power = squared(squared(squared(oneBit)));
  let result: Matrix | undefined;
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result === undefined ? power : product(power, result);
    if (left > 1) power = squared(power);
  }
  if (shifts.size > 64) shifts.clear();
  shifts.set(name, result!);
  return result!;
}

function times(matrix: Matrix, vector: bigint): bigint {
  let sum = 0n;
  for (let bit = 0, left = vector; left !== 0n; bit++, left >>= 1n) {
    if (left & 1n) sum ^= matrix[bit];
  }
  return sum;
}

function product(a: Matrix, b: Matrix): Matrix {
  return b.map((column) => times(a, column));
}

function squared(matrix: Matrix): Matrix {
  return product(matrix, matrix);
}
