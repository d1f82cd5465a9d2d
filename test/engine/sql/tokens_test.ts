import assert from "node:assert/strict";
import fc from "fast-check";
import { quoteIdentifier, quoteLiteral } from "../../../src/engine/sql/quote.ts";
import {
  parametersOf,
  splitStatements,
  tokenize,
  wordsOf,
} from "../../../src/engine/sql/tokens.ts";
import { plainDuckdb } from "../support/duckdb.ts";

const kinds = (sql: string) => tokenize(sql).map(({ kind, value }) => `${kind} ${value}`);
const statements = (sql: string) => splitStatements(sql).map(({ text }) => text);

/** Text that is rich in what lexers stumble over. */
const sqlText = fc.array(
  fc.constantFrom(
    ..."'|\"|''|$$|$a$|--|/*|*/|;|\n|\r|\\|E'|e'|$1|$name|?|a|é|1|.| |\u00a0|\u200b|(|)|::"
      .split("|"),
  ),
  { maxLength: 25 },
).map((pieces) => pieces.join(""));

const anyText = fc.oneof(sqlText, fc.string({ unit: "grapheme" }));

Deno.test("tokens lie one after another inside the text", () => {
  fc.assert(fc.property(sqlText, (sql) => {
    let at = 0;
    for (const { start, end } of tokenize(sql)) {
      assert.ok(start >= at && end > start && end <= sql.length);
      at = end;
    }
  }));
});

Deno.test("statements hold every token but the semicolons, at its own place", () => {
  fc.assert(fc.property(sqlText, (sql) => {
    const found = splitStatements(sql);
    const inStatements = found.flatMap(({ tokens }) => tokens);
    const all = tokenize(sql).filter(({ kind, value }) => kind !== "symbol" || value !== ";");
    assert.deepEqual(inStatements, all);
    for (const { text, start, tokens } of found) {
      assert.equal(sql.slice(start, start + text.length), text);
      assert.equal(tokens[0].start, start);
      assert.equal(tokens.at(-1)!.end, start + text.length);
    }
  }));
});

Deno.test("a quoted literal is one string token with the same text", () => {
  fc.assert(fc.property(anyText, (text) => {
    const [token, ...rest] = tokenize(quoteLiteral(text));
    assert.deepEqual([token.kind, token.value, rest.length], ["string", text, 0]);
  }));
});

Deno.test("a quoted identifier is one identifier token with the same text", () => {
  fc.assert(fc.property(anyText, (text) => {
    const [token, ...rest] = tokenize(quoteIdentifier(text));
    assert.deepEqual([token.kind, token.value, rest.length], ["identifier", text, 0]);
  }));
});

Deno.test("a quoted literal means the same text to DuckDB", async () => {
  using duckdb = await plainDuckdb();
  await fc.assert(
    fc.asyncProperty(anyText, async (each) => {
      assert.deepEqual(await duckdb.rows(`SELECT ${quoteLiteral(each)}`), [[each]]);
    }),
    { numRuns: 50 },
  );
});

const STRINGS: readonly (readonly [sql: string, value: string])[] = [
  ["'it''s'", "it's"],
  ["''", ""],
  ["E'a\\'b'", "a'b"],
  ["e'a\\nb\\t\\\\'", "a\nb\t\\"],
  ["E'\\x41\\101'", "AA"],
  ["E'it''s'", "it's"],
  ["$$a;b'c$$", "a;b'c"],
  ["$q$ $$ 'x' $q$", " $$ 'x' "],
  ["$é$x$é$", "x"],
  ["'two\nlines'", "two\nlines"],
];

Deno.test("strings of every kind mean what DuckDB takes them for", async () => {
  using duckdb = await plainDuckdb();
  for (const [sql, value] of STRINGS) {
    assert.deepEqual(kinds(sql), [`string ${value}`], sql);
    assert.deepEqual(await duckdb.rows(`SELECT ${sql}`), [[value]], sql);
  }
});

const ONE_VALUE: readonly (readonly [sql: string, value: unknown])[] = [
  ["SELECT /* a /* b; */ c */ 5", 5],
  ["SELECT 1 +--x;\n2", 3],
  ["-- x\rSELECT 7", 7],
  ["SELECT\u00a08", 8],
  ["SELECT\u200b8", 8],
  ["SELECT\ufeff8", 8],
  ["SELECT\u20608", 8],
  ["SELECT 1_000", 1000],
  ["SELECT 1 AS a$b$c", 1],
];

Deno.test("comments and spaces end where DuckDB ends them", async () => {
  using duckdb = await plainDuckdb();
  for (const [sql, value] of ONE_VALUE) {
    assert.equal(splitStatements(sql).length, 1, JSON.stringify(sql));
    assert.equal(wordsOf(splitStatements(sql)[0])[0], "SELECT", JSON.stringify(sql));
    assert.deepEqual(await duckdb.rows(sql), [[value]], JSON.stringify(sql));
  }
});

Deno.test("an unfinished string, name or comment reaches to the end", () => {
  assert.deepEqual(kinds("SELECT 'a;b"), ["word SELECT", "string a;b"]);
  assert.deepEqual(kinds('SELECT "a;b'), ["word SELECT", "identifier a;b"]);
  assert.deepEqual(kinds("SELECT $q$a;b"), ["word SELECT", "string a;b"]);
  assert.deepEqual(kinds("SELECT 1 /* a /* b */ ; SELECT 2"), ["word SELECT", "number 1"]);
});

Deno.test("statements are split at semicolons outside of quotes, and empty ones left out", () => {
  assert.deepEqual(statements(";; SELECT ';' ; -- a;b\n SELECT 2;;"), ["SELECT ';'", "SELECT 2"]);
  assert.deepEqual(statements(" -- nothing\n /* at all */ ;"), []);
  assert.deepEqual(statements("SELECT $$;$$;SELECT 1"), ["SELECT $$;$$", "SELECT 1"]);
});

Deno.test("parameters are told from dollar quotes and from names with a dollar", () => {
  const parameters = (sql: string) => parametersOf(splitStatements(sql)[0]);
  assert.deepEqual(parameters("SELECT $1, $name, $name, $größe, a$b, $$x$$, '$no'"), [
    "1",
    "name",
    "größe",
  ]);
  assert.deepEqual(parameters("SELECT ?"), [""]);
});

Deno.test("a NUL cannot be quoted", () => {
  assert.throws(() => quoteLiteral("a\0b"), { name: "UsageError" });
  assert.throws(() => quoteIdentifier("a\0b"), { name: "UsageError" });
});
