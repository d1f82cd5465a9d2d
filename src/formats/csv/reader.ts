/**
 * CSV files: batches of typed columns while the bytes arrive.
 *
 * Bytes become Arrow columns without a string for each field. Measured on 2 million rows of 7 columns
 * (157 MB), from an origin of 30 ms: batches 2.1 to 2.4 s, rows 2.6 to 3.8 s; csv-parse 7.0.3 alone on the
 * local file needs 5.5 to 7.7 s for arrays of strings and 12 s for objects (test/formats/measure.ts). So
 * csv-parse is only what tests compare with.
 *
 * @module
 */
import { Field, type RecordBatch, Schema } from "apache-arrow";
import { throwIfAborted } from "../../errors.ts";
import type { RangeSource, ReadOptions } from "../../range/source.ts";
import { plainArrowType } from "../arrow_types.ts";
import { Collector } from "../collector.ts";
import type {
  DescribeOptions,
  FormatDescription,
  FormatReader,
  FormatRow,
  ReadBatchesOptions,
} from "../reader.ts";
import { readRequest } from "../request.ts";
import { rowsOf } from "../values.ts";
import { BlockReader } from "./block_reader.ts";
import { type CsvOptions, sniffGiven } from "./options.ts";
import { Pieces, sampleOf } from "./pieces.ts";
import { sniff, type Sniffed, type SniffGiven } from "./sniff.ts";
import { type Compression, openText, type TextEncoding, type TextStream } from "./text_stream.ts";

/** What a file is like. */
interface Found extends Sniffed {
  readonly schema: Schema;
  readonly compression: Compression;
  readonly encoding: TextEncoding;
}

/** Reads one CSV file. */
export class CsvReader implements FormatReader {
  readonly format = "csv";
  readonly #source: RangeSource;
  readonly #options: CsvOptions;
  readonly #given: SniffGiven;
  #found: Found | undefined;
  #skipped = 0;

  /** @throws {UsageError} for options that cannot be */
  constructor(source: RangeSource, options: CsvOptions = {}) {
    this.#source = source;
    this.#options = options;
    this.#given = sniffGiven(options);
  }

  /** Bad rows that were skipped, by all reads together. */
  get skippedRows(): number {
    return this.#skipped;
  }

  /** As {@link FormatReader.describe}: reads the first 20,480 rows, once. */
  async describe(options: DescribeOptions = {}): Promise<FormatDescription> {
    const found = this.#found ?? await this.#describeNow(options);
    const { columns, schema, dialect, hasHeader, skipRows, compression, encoding } = found;
    const character = (byte: number | undefined) =>
      byte === undefined ? "" : String.fromCharCode(byte);
    return {
      format: this.format,
      columns: columns.map(({ name, type }) => ({ name, type, nullable: true })),
      schema,
      rows: undefined,
      bytes: this.#source.size,
      details: {
        delimiter: character(dialect.delimiter),
        quote: character(dialect.quote),
        escape: character(dialect.escape),
        comment: character(dialect.comment),
        header: hasHeader,
        skippedRows: skipRows,
        compression,
        encoding,
      },
    };
  }

  async *batches(options: ReadBatchesOptions = {}): AsyncGenerator<RecordBatch> {
    const { signal, counter } = options;
    throwIfAborted(signal);
    // What is asked for is checked before anything is read, where the columns are known.
    let request = this.#found === undefined ? undefined : readRequest(this.#found.schema, options);
    const text = await openText(this.#source, this.#options, { signal, counter });
    const pieces = new Pieces(text.chunks);
    try {
      const found = this.#found ??= await this.#sniff(text, pieces);
      request ??= readRequest(found.schema, options);
      const collector = new Collector(request.schema, request.batchRows, request.limit);
      const blocks = new BlockReader({
        uri: this.#source.uri,
        options: this.#options,
        nulls: this.#given.nulls,
        skipLines: this.#given.skipLines ?? 0,
        found,
        request,
        text,
        onSkip: () => this.#skipped++,
      });
      while (!collector.isFull) {
        const isLast = await pieces.fill(blocks.wanted);
        for (const batch of blocks.read(pieces, isLast, collector)) {
          throwIfAborted(signal);
          yield batch;
        }
        throwIfAborted(signal);
        if (isLast && pieces.length === 0) break;
      }
      yield* collector.end();
    } finally {
      await pieces.close();
    }
  }

  rows(options: ReadBatchesOptions = {}): AsyncIterable<FormatRow> {
    return rowsOf(this.batches(options));
  }

  async #describeNow({ signal, counter }: ReadOptions): Promise<Found> {
    const text = await openText(this.#source, this.#options, { signal, counter });
    const pieces = new Pieces(text.chunks);
    try {
      return this.#found = await this.#sniff(text, pieces);
    } finally {
      await pieces.close();
    }
  }

  async #sniff({ compression, encoding }: TextStream, pieces: Pieces): Promise<Found> {
    const { bytes, isWhole } = await sampleOf(pieces);
    const sniffed = sniff(bytes, isWhole, this.#given);
    const fields = sniffed.columns.map(({ name, type }) =>
      new Field(name, plainArrowType(type), true)
    );
    return { ...sniffed, schema: new Schema(fields), compression, encoding };
  }
}
