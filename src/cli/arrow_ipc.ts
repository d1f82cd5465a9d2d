/**
 * Record batches as Arrow IPC, piece by piece: the stream format for a pipe, the file format
 * (Feather version 2) for a file.
 *
 * @module
 */
import {
  type RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  type TypeMap,
} from "apache-arrow";

/** `stream` can be read while it is written, `file` has an index at its end. */
export type ArrowLayout = "stream" | "file";

/**
 * The bytes of a result. Arrow's own writers queue without bound when the reader is slow; these hand
 * over each batch before they take the next.
 */
export async function* arrowIpc(
  layout: ArrowLayout,
  batches: AsyncIterable<RecordBatch>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = new Pieces();
  const writer = layout === "stream" ? new StreamWriter(pieces) : new FileWriter(pieces);
  for await (const batch of batches) {
    writer.write(batch);
    yield pieces.take();
  }
  writer.finish();
  yield pieces.take();
}

/** What a writer wrote since it was last taken. */
class Pieces {
  #pieces: Uint8Array[] = [];
  #length = 0;

  /** Keeps a chunk; its length in bytes. */
  add(chunk: ArrayBufferView): number {
    this.#pieces.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#length += chunk.byteLength;
    return chunk.byteLength;
  }

  take(): Uint8Array {
    const joined = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, at);
      at += piece.byteLength;
    }
    this.#pieces = [];
    this.#length = 0;
    return joined;
  }
}

class StreamWriter<T extends TypeMap = TypeMap> extends RecordBatchStreamWriter<T> {
  readonly #pieces: Pieces;

  constructor(pieces: Pieces) {
    super();
    this.#pieces = pieces;
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (this._started) this._position += this.#pieces.add(chunk);
    return this;
  }
}

class FileWriter<T extends TypeMap = TypeMap> extends RecordBatchFileWriter<T> {
  readonly #pieces: Pieces;

  constructor(pieces: Pieces) {
    super();
    this.#pieces = pieces;
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (this._started) this._position += this.#pieces.add(chunk);
    return this;
  }
}
