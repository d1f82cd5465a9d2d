/** What is found out of small files: DuckDB's answer, or a difference that this table names. */
import assert from "node:assert/strict";
import { connect } from "../../../src/mod.ts";
import { CsvReader } from "../../../src/formats/csv/reader.ts";
import { allBatches, fieldLines, rowLines } from "../support/canonical.ts";
import { TestSource } from "../support/memory_source.ts";

/** Files that are read as DuckDB reads them. */
const SAME = [
  // Headers
  "a,b,c\n1,2,3\n",
  "a,b\n",
  "a,b\nc,d\n",
  "1,2\n3,4\n",
  "a\n1\n2\n",
  "a\nb\n",
  "1\n",
  "a",
  "a,1\nb,2\nc,3\n",
  "a,\nc,d\n",
  ",\n1,2\n",
  "1,b\n1,2\n",
  "true,false\ntrue,false\n",
  "a,a,A\n1,2,3\n",
  " a , b \n 1 , 2 \n",
  '"a","b"\n1,2\n',
  "a,b,\n1,2,\n3,4,\n",
  "a,b\n1,2,\n3,4,\n",
  // Delimiters, quotes, escapes
  "a;b;c\n1;2;3\n",
  "a|b\n1|2\n",
  "a\tb\n1\t2\n",
  "a|b,c\n1|2,3\n",
  "a;b,c;d\n1;2,3;4\n",
  "1;2,5\n3;4,5\n",
  "a b\n1 2\n",
  "a,b\n'x,y',2\n'z',3\n",
  'a,b\n"x,y",2\n"z",3\n',
  'a,b\n"x ""q"" y",2\n"z",3\n',
  'a,b\n"x \\"q\\" y",2\n"z",3\n',
  'a,b\n"x\ny",2\n',
  'a,b\n"x\\",2\n3,4\n',
  'a,b\n"1,2",3\n4,5\n',
  "it's,b\n1,2\n",
  "a,b\n'it''s',2\n",
  'a,b\n"x" ,2\n',
  'a,b\n "x",2\n',
  'a,b\n1,"x\n',
  'a,b\n1,x"y\n',
  // Lines
  "title line\n\na,b,c\n1,2,3\n4,5,6\n",
  "# comment\na,b\n1,2\n",
  "a,b\n# mid\n1,2\n",
  "a,b\n1,2\n# end\n",
  "a\n#1\n2\n",
  "a,b\n1,2\n\n3,4\n",
  "a\nx\n\ny\n",
  "\n\na,b\n1,2\n",
  "a,b\r\n1,2\r\n",
  "a,b\r1,2\r",
  "a,b\n1,2",
  "\ufeffa,b\n1,2\n",
  // Types
  "d\n2024-01-31\n2024-02-01\n",
  "d\n2024/01/31\n",
  "d\n31.01.2024\n",
  "d\n01/31/2024\n02/01/2024\n",
  "d\n01/02/2024\n02/01/2024\n",
  "d,e\n01/31/2024,02/01/2024\n",
  "d,e\n31/01/2024,02/01/2024\n",
  "d\n01-02-24\n",
  "d\n02/13/24\n",
  "d\n1/2/24\n",
  "d\n20240131\n",
  "d\n2024-02-30\n",
  "d\n0001-01-01\n",
  "d\n10000-01-01\n",
  "t\n2024-01-31 12:00:00\n",
  "t\n2024-01-31T12:00:00Z\n",
  "t\n2024-01-31 12:00:00+01\n",
  "t\n2024-01-31 12:00:00.123456789\n2024-01-31\n",
  "t\n2024-01-31 24:00:00\n",
  "t\n0001-01-01 00:00:00.000001\n9999-12-31 23:59:59.999999\n",
  "t\n01/31/2024 12:00:00\n",
  "t\n01/31/2024 12:00:00 PM\n",
  "t\n31/01/2024 12:00:00\n",
  "t\n24-01-31 12:00:00\n",
  "h\n12:00:00\n",
  "h\n12:00\n",
  "h\n12:5:5\n",
  "h\n25:00:00\n",
  "b\ntrue\nFALSE\n",
  "b\nyes\nno\n",
  "b\ny\nn\n",
  "b\n0\n1\n",
  "n\n1.5\n2\n",
  "n\n1e5\n",
  "n\n nan\nnan\n",
  "n\n.5\n5.\n",
  "n\n+5\n",
  "n\n 5\n6 \n",
  "n\n1.5 \n",
  "n\n0x10\n0b11\n",
  "n\n00123\n",
  "n\n-01\n-00.5\n",
  "n\n99999999999999999999\n",
  "n\n9223372036854775807\n-9223372036854775808\n",
  "n\n0.1234567890123456789\n1.7976931348623157e308\n5e-324\n",
  "n\n1e400\n",
  "n,m\n,1\n,2\n",
  'n,m\n"",1\nx,2\n',
  'n,m\n"1",1\n"2",2\n',
  "n\nNULL\n1\n",
];

/** Files that are not, and what comes instead: columns, or an error's message. */
const DIFFERENT: readonly (readonly [text: string, ours: string | RegExp, why: string])[] = [
  ["a,b,c\n1,2,3\n4,5\n", /line 3, byte 12: 2 fields where/, "DuckDB: one column of lines"],
  ["a,b,c\n1,2,3\n4,5,6,7\n", /line 3, byte 12: 4 fields/, "DuckDB skips the rows above"],
  ["a,b\n1,2\r\n3,4\n", "a: Int64 , b: Int64 ", "DuckDB refuses mixed line breaks"],
  ["n\n1\ninf\n", "n: Float64 ", "DuckDB: text or a DATE, as it stands"],
  ["d\n2024-01-31\ninfinity\n", "d: Utf8 ", "Arrow has no infinite date"],
  ["d\nepoch\n", "d: Utf8 ", "words are no dates"],
  ["d\n-0044-03-15\n", "d: Utf8 ", "years before 1"],
  ["d,e\n31/01/2024,31.01.2024\n", "d: Date32<DAY> , e: Date32<DAY> ", "a form for each column"],
  ["t\n2024-01-31 12:00:00 Europe/Berlin\n", "t: Utf8 ", "no names of time zones"],
];

Deno.test("small files are read as DuckDB reads them", async () => {
  await using session = await connect();
  await session.query(`SET TimeZone = 'UTC'`);
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  try {
    for (const text of SAME) {
      await Deno.writeTextFile(path, text);
      const table = (await session.query(`FROM read_csv('${path}')`)).toArrow();
      const batches = await allBatches(new CsvReader(TestSource.file(path)).batches());
      assert.deepEqual(fieldLines(batches[0]), fieldLines(table), JSON.stringify(text));
      assert.deepEqual(rowLines(batches), rowLines(table.batches), JSON.stringify(text));
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("where DuckDB reads otherwise, the difference is known", async () => {
  for (const [text, ours, why] of DIFFERENT) {
    const reader = new CsvReader(TestSource.of(new TextEncoder().encode(text)));
    if (typeof ours !== "string") await assert.rejects(allBatches(reader.batches()), ours, why);
    else {
      const [batch] = await allBatches(reader.batches());
      assert.equal(fieldLines(batch).join(", "), ours, why);
    }
  }
});
