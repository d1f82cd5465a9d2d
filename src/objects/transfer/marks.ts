/**
 * How far the parts under way have come, on disk: a process that was killed goes on inside them. One record
 * of 16 bytes a place, overwritten as bytes go to the file. A mark is believed only where the file's bytes
 * have its CRC-32, so that one that is old, torn or wrong costs bytes and never makes any wrong.
 *
 * @module
 */

/** The first bytes of a part that are in the file. */
export interface Mark {
  readonly bytes: number;
  readonly crc32: number;
}

/** Tells how far a part has come. */
export type SetMark = (mark: Mark) => void;

/** Bytes of a record: the part's number, CRC-32, bytes as a double. */
const RECORD = 16;

/** Bytes between two marks of a part at least. */
const STEP = 256 * 1024;

/** The marks of one transfer. The one who opens them holds its journal. */
export class Marks implements Disposable {
  /** Of an earlier process, by the part's number. */
  readonly found: ReadonlyMap<number, Mark>;
  readonly #file: Deno.FsFile;
  readonly #free: number[];
  readonly #taken = new Map<number, number>();

  /** @param places parts under way at most */
  constructor(path: string, places: number) {
    this.#file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
    const found = new Map<number, Mark>();
    for (const [place, { number, ...mark }] of recordsIn(Deno.readFileSync(path)).entries()) {
      if (number === 0 || place >= places) continue;
      found.set(number, mark);
      this.#taken.set(number, place);
    }
    this.found = found;
    const taken = new Set(this.#taken.values());
    this.#free = Array.from({ length: places }, (_, place) => place)
      .filter((place) => !taken.has(place));
  }

  /** A place for part `number`: its own of before, or one that is free; undefined when there is none. */
  enter(number: number): SetMark | undefined {
    const place = this.#taken.get(number) ?? this.#free.pop();
    if (place === undefined) return undefined;
    this.#taken.set(number, place);
    let last = 0;
    const record = new DataView(new ArrayBuffer(RECORD));
    return ({ bytes, crc32 }) => {
      if (bytes - last < STEP) return;
      last = bytes;
      record.setUint32(0, number);
      record.setUint32(4, crc32);
      record.setFloat64(8, bytes);
      this.#file.seekSync(place * RECORD, Deno.SeekMode.Start);
      this.#file.writeSync(new Uint8Array(record.buffer));
    };
  }

  /** Part `number` is whole: another may have its place. */
  leave(number: number): void {
    const place = this.#taken.get(number);
    if (place !== undefined) this.#free.push(place);
    this.#taken.delete(number);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** The records of a file of marks, by place; number 0 where nothing was ever. */
export function recordsIn(bytes: Uint8Array): (Mark & { readonly number: number })[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.byteLength / RECORD) }, (_, place) => ({
    number: view.getUint32(place * RECORD),
    crc32: view.getUint32(place * RECORD + 4),
    bytes: view.getFloat64(place * RECORD + 8),
  }));
}
