import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { CancelledError, UnreadableFileError, UsageError } from "../../../src/errors.ts";
import type { BadRow, CsvOptions } from "../../../src/formats/csv/options.ts";
import { CsvReader } from "../../../src/formats/csv/reader.ts";
import { compare, isNull } from "../../../src/formats/predicate.ts";
import type { ReadBatchesOptions } from "../../../src/formats/reader.ts";
import { allBatches } from "../support/canonical.ts";
import { TestSource } from "../support/memory_source.ts";

const encode = (text: string) => new TextEncoder().encode(text);

async function rows(
  file: string | Uint8Array,
  options: CsvOptions = {},
  read: ReadBatchesOptions = {},
  chunkSize = 7,
): Promise<Record<string, unknown>[]> {
  const bytes = typeof file === "string" ? encode(file) : file;
  const reader = new CsvReader(TestSource.of(bytes, { chunkSize }), options);
  const found: Record<string, unknown>[] = [];
  for await (const row of reader.rows(read)) found.push(row);
  return found;
}

const PLAIN_TABLE = 'id,name\n1,"a, b"\n2,"say ""hi"""\n3,größer\n';
const PLAIN_ROWS = [
  { id: 1n, name: "a, b" },
  { id: 2n, name: 'say "hi"' },
  { id: 3n, name: "größer" },
];

Deno.test("gzip of several members, zstd of several frames, in any chunks", async () => {
  const [a, b] = [encode(PLAIN_TABLE.slice(0, 20)), encode(PLAIN_TABLE.slice(20))];
  for (const compress of [gzipSync, zstdCompressSync]) {
    const bytes = new Uint8Array(Buffer.concat([compress(a), compress(b)]));
    for (const chunkSize of [1, 3, 1000]) {
      assert.deepEqual(await rows(bytes, {}, {}, chunkSize), PLAIN_ROWS);
    }
    const cut = bytes.subarray(0, bytes.length - 10);
    await assert.rejects(rows(cut), (error) => {
      return error instanceof UnreadableFileError && /cannot be inflated/.test(error.message);
    });
  }
});

Deno.test("byte order marks and encodings", async () => {
  const utf16le = new Uint8Array(
    new Uint16Array([...`\ufeff${PLAIN_TABLE}`].map((c) => c.charCodeAt(0))).buffer,
  );
  const utf16be = utf16le.map((_, i) => utf16le[i ^ 1]);
  for (const bytes of [encode(`\ufeff${PLAIN_TABLE}`), utf16le, utf16be]) {
    for (const chunkSize of [1, 5, 1000]) {
      assert.deepEqual(await rows(bytes, {}, {}, chunkSize), PLAIN_ROWS);
    }
  }
  const latin = Uint8Array.from(PLAIN_TABLE, (c) => c.charCodeAt(0));
  assert.deepEqual(await rows(latin, { encoding: "windows-1252" }), PLAIN_ROWS);
  await assert.rejects(rows(latin), /line 4, byte 32: bytes that are no UTF-8/);
});

Deno.test("the rows are the same wherever chunks end", async () => {
  const text = 'a,b\r\n1,"x\r\ny"\r\n\r\n2,"""q"""\r\n3,z';
  const expected = [{ a: 1n, b: "x\r\ny" }, { a: 2n, b: '"q"' }, { a: 3n, b: "z" }];
  for (let size = 1; size < text.length + 1; size++) {
    assert.deepEqual(await rows(text, {}, {}, size), expected, `chunks of ${size}`);
  }
});

Deno.test("any table that is written comes back, as from csv-parse", async () => {
  const field = fc.oneof(
    fc.constantFrom("", "a", "1", "x,y", 'q"q', "two\nlines", "cr\rlf\r\n", " pad ", "größe", '""'),
    fc.string({ maxLength: 8 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(field, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 12 }),
      fc.constantFrom(",", ";", "\t", "|"),
      fc.constantFrom("\n", "\r\n"),
      fc.integer({ min: 1, max: 40 }),
      async (table, delimiter, newline, chunkSize) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = table.map((row) => row.map(quoted).join(delimiter)).join(newline) + newline;
        const names = ["x", "y", "z"];
        const types = { x: "VARCHAR", y: "VARCHAR", z: "VARCHAR" } as const;
        const options: CsvOptions = {
          delimiter,
          quote: '"',
          escape: '"',
          comment: "",
          names,
          types,
        };
        const found = await rows(text, { ...options, nulls: [] }, {}, chunkSize);
        const expected = parse(text, { delimiter, columns: names, relax_column_count: false });
        // What was written is well-formed UTF-16 only where it is UTF-8: lone surrogates are replaced.
        const clean = JSON.parse(JSON.stringify(expected)) as Record<string, string>[];
        assert.deepEqual(
          found,
          clean.map((row) =>
            Object.fromEntries(Object.entries(row).map(([k, v]) => [k, v.toWellFormed()]))
          ),
        );
      },
    ),
    { numRuns: 300, seed: 11 },
  );
});

const RAGGED = 'a,b,c\n1,2,3\n4,5\n6,7,x\n"8\n9",10,11\n12,13,14,15\n16,17,18\n';

Deno.test("a bad row is named by line and byte, or skipped and counted", async () => {
  const types = { c: "BIGINT" } as const;
  await assert.rejects(rows(RAGGED, { types }), (error) => {
    assert.ok(error instanceof UnreadableFileError);
    assert.match(error.message, /: line 3, byte 12: 2 fields where there should be 3$/);
    assert.equal(error.context.byteOffset, 12);
    assert.match(error.hint!, /badRows/);
    return true;
  });
  const bad: BadRow[] = [];
  const options: CsvOptions = {
    types: { a: "VARCHAR", c: "BIGINT" },
    badRows: "skip",
    onBadRow: (row) => bad.push(row),
  };
  const reader = new CsvReader(TestSource.of(encode(RAGGED), { chunkSize: 5 }), options);
  const [batch] = await allBatches(reader.batches());
  assert.equal(batch.numRows, 3);
  assert.deepEqual([...batch.getChildAt(0)!], ["1", "8\n9", "16"]);
  bad.sort((x, y) => x.line - y.line);
  assert.deepEqual(bad, [
    { line: 3, byteOffset: 12, reason: "2 fields where there should be 3" },
    { line: 4, byteOffset: 16, reason: '"x" in the column "c" is no BIGINT' },
    { line: 7, byteOffset: 34, reason: "4 fields where there should be 3" },
  ]);
  assert.equal(reader.skippedRows, 3);
});

Deno.test("short rows end in NULLs where that is wanted", async () => {
  const found = await rows("a,b,c\n1,2,3\n4\n5,6\n", { shortRows: "nulls" });
  assert.deepEqual(found[1], { a: 4n, b: null, c: null });
  assert.deepEqual(found[2], { a: 5n, b: 6n, c: null });
});

Deno.test("a quote that is never closed costs one row, not the file", async () => {
  const text = 'a,b\n1,"x"\n2,"open\n3,y\n4,z\n';
  const options = { quote: '"', delimiter: "," } as const;
  await assert.rejects(rows(text, options), /line 3, byte 10: a quote that is never closed/);
  const found = await rows(text, { ...options, badRows: "skip" });
  assert.deepEqual(found.map(({ a }) => a), [1n, 3n, 4n]);
});

Deno.test("a type that changes after the sample is a bad row", async () => {
  const text = `n\n${"1\n".repeat(30_000)}x\n2\n`;
  const expected = /line 30002, byte 60002: "x" in the column "n" is no BIGINT/;
  await assert.rejects(rows(text, {}, {}, 4096), expected);
  assert.equal((await rows(text, { badRows: "skip" }, {}, 4096)).length, 30_001);
  assert.equal((await rows(text, { types: { n: "VARCHAR" } }, {}, 4096)).length, 30_002);
});

Deno.test("options say what is not to be found out", async () => {
  assert.deepEqual(await rows("1;2\n3;4\n", { names: ["x", "y"] }), [
    { x: 1n, y: 2n },
    { x: 3n, y: 4n },
  ]);
  assert.deepEqual(await rows("a\n1\n", { header: "absent" }), [{ column0: "a" }, {
    column0: "1",
  }]);
  assert.deepEqual(await rows("1\n2\n", { header: "present" }), [{ "1": 2n }]);
  assert.deepEqual(await rows("junk;x\n\na\n1\n", { skipLines: 2 }), [{ a: 1n }]);
  assert.deepEqual(await rows("a,b\nNA,1\n2,NA\n", { nulls: ["NA"] }), [
    { a: null, b: 1n },
    { a: 2n, b: null },
  ]);
  assert.deepEqual(await rows("a\n1\n", { types: { a: "DOUBLE" } }), [{ a: 1 }]);
  for (const options of [{ delimiter: ",," }, { quote: "ß" }, { types: { a: "JSON" } }]) {
    assert.throws(
      () => new CsvReader(TestSource.of(encode("a\n")), options as CsvOptions),
      UsageError,
    );
  }
});

Deno.test("conditions, columns and limits", async () => {
  const text = "id,name,day\n" +
    Array.from({ length: 100 }, (_, i) => `${i},${i % 7 === 0 ? "" : `n${i % 5}`},2024-01-01\n`)
      .join("");
  const where = compare("id", ">=", 90);
  assert.deepEqual(await rows(text, {}, { where, columns: ["name"], limit: 3 }), [
    { name: "n0" },
    { name: null },
    { name: "n2" },
  ]);
  assert.equal((await rows(text, {}, { where: isNull("name") })).length, 15);
  assert.equal((await rows(text, {}, { where: compare("day", "<", "2024-01-01") })).length, 0);
  await assert.rejects(rows(text, {}, { columns: ["nope"] }), UsageError);
  const batches = await allBatches(
    new CsvReader(TestSource.of(encode(text))).batches({ columns: [], batchRows: 30 }),
  );
  assert.deepEqual(batches.map(({ numRows }) => numRows), [30, 30, 30, 10]);
});

Deno.test("one stream a read, no further than is needed", async () => {
  const text = "a,b\n" + "1,some text\n".repeat(500_000);
  const source = TestSource.of(encode(text), { chunkSize: 64 * 1024 });
  const reader = new CsvReader(source);
  const { columns } = await reader.describe();
  assert.deepEqual(columns.map(({ type }) => type), ["BIGINT", "VARCHAR"]);
  assert.equal(source.calls.length, 1);
  assert.ok(source.bytes <= 512 * 1024, `${source.bytes}`);
  const first = await allBatches(reader.batches({ limit: 5 }));
  assert.equal(first[0].numRows, 5);
  assert.deepEqual(source.calls.map(({ kind }) => kind), ["stream", "stream"]);
  assert.ok(
    source.calls[1].extents[0].length <= 128 * 1024,
    `${source.calls[1].extents[0].length}`,
  );
});

Deno.test("a signal ends the reading, before and in between", async () => {
  const text = encode("a,b\n" + "1,some text\n".repeat(500_000));
  const reader = new CsvReader(TestSource.of(text, { chunkSize: 64 * 1024 }));
  await assert.rejects(allBatches(reader.batches({ signal: AbortSignal.abort() })), CancelledError);
  const controller = new AbortController();
  const read = async () => {
    for await (const _ of reader.batches({ signal: controller.signal })) controller.abort();
  };
  await assert.rejects(read(), CancelledError);
});

Deno.test("a failure of the source is the failure of the read, inflated or not", async () => {
  const failure = new UnreadableFileError("the service went away");
  for (const bytes of [encode(PLAIN_TABLE.repeat(100)), new Uint8Array(gzipSync(randomText()))]) {
    const source = new TestSource(bytes.length, ({ offset, length }) => {
      if (offset > 600) throw failure;
      return [bytes.slice(offset, offset + length)];
    }, { chunkSize: 100 });
    await assert.rejects(allBatches(new CsvReader(source).batches()), failure);
  }
});

function randomText(): Uint8Array {
  return encode("a,b\n" + Array.from({ length: 3000 }, (_, i) => `${i},${Math.sin(i)}\n`).join(""));
}

Deno.test("damage anywhere gives rows or a tagged error, never another", async () => {
  let state = 5;
  const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 8;
  const files = [encode(PLAIN_TABLE.repeat(3)), encode(RAGGED), randomText().subarray(0, 400)];
  for (let run = 0; run < 600; run++) {
    const bytes = files[random() % files.length].slice();
    for (let i = random() % 6; i >= 0; i--) bytes[random() % bytes.length] = random() & 0xff;
    const badRows = run % 2 === 0 ? "error" as const : "skip" as const;
    try {
      await rows(bytes, { badRows }, {}, 50);
    } catch (error) {
      assert.ok(error instanceof UnreadableFileError, (error as Error).stack);
      if (badRows === "skip") assert.match(error.message, /inflated/);
    }
  }
});
