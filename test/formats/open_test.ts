import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { UnsupportedError } from "../../src/errors.ts";
import { openFormat } from "../../src/formats/open.ts";
import { TestSource } from "./support/memory_source.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("the name says the format, without a request", async () => {
  const names: Record<string, string> = {
    "s3://b/a.parquet": "parquet",
    "s3://b/a.geoparquet": "parquet",
    "s3://b/A.PQ": "parquet",
    "s3://b/a.csv": "csv",
    "s3://b/a.tsv.gz": "csv",
    "s3://b/a.csv.zst": "csv",
  };
  for (const [uri, format] of Object.entries(names)) {
    const source = TestSource.of(encode("anything"), { uri });
    assert.equal((await openFormat(source)).format, format, uri);
    assert.equal(source.calls.length, 0);
  }
});

Deno.test("else the first bytes do, or what the caller says", async () => {
  const open = (bytes: Uint8Array, format?: "csv") =>
    openFormat(TestSource.of(bytes, { uri: "s3://b/data" }), { format });
  assert.equal((await open(encode("PAR1"))).format, "parquet");
  assert.equal((await open(encode("a,b\n1,2\n"))).format, "csv");
  assert.equal((await open(new Uint8Array(gzipSync("a,b\n")))).format, "csv");
  assert.equal((await open(new Uint8Array(0))).format, "csv");
  assert.equal((await open(encode('{"a": 1}'), "csv")).format, "csv");
  const refused = [['{"a": 1}', /JSON/], ["\x89HDF\r\n\x1a\n", /HDF5/], [
    "\0\x01\x02",
    /no format/,
  ]];
  for (const [text, message] of refused as [string, RegExp][]) {
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    await assert.rejects(open(bytes), (error) => {
      return error instanceof UnsupportedError && message.test(error.message);
    });
  }
});
