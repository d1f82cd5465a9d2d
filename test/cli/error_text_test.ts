import assert from "node:assert/strict";
import { NotFoundError, SqlError } from "../../src/errors.ts";
import { registerSecret } from "../../src/redaction.ts";
import { errorJson, errorText } from "../../src/cli/error_text.ts";
import { Style } from "../../src/cli/style.ts";

const plain = { style: new Style(false), columns: 80, detail: "message" } as const;

Deno.test("an error is a message and a hint, with the nearest names", () => {
  const error = new NotFoundError("bucket", "there is no bucket demoo", {
    hint: "See all: dipper ls.",
    nearest: ["demo", "demos"],
  });
  assert.equal(
    errorText(error, plain),
    "error: there is no bucket demoo\nhint: See all: dipper ls. Nearest: demo, demos.\n",
  );
});

Deno.test("a name that the hint has already is not said twice", () => {
  const error = new NotFoundError("bucket", "no", { hint: "Is it demo?", nearest: ["demo"] });
  assert.equal(errorText(error, plain), "error: no\nhint: Is it demo?\n");
});

Deno.test("bad SQL shows its line and a caret", () => {
  const error = new SqlError("syntax error", { position: { line: 2, column: 6 } });
  const sql = { text: "SELECT 1;\nFROM\tWHERE 1", name: "q.sql" };
  assert.equal(
    errorText(error, { ...plain, sql }),
    "error: syntax error\n  at q.sql:2:6\n  2 | FROM WHERE 1\n           ^\n",
  );
});

Deno.test("a long line of SQL is cut around the caret", () => {
  const text = "x".repeat(500) + "HERE" + "y".repeat(500);
  const error = new SqlError("bad", { position: { line: 1, column: 501 } });
  const lines = errorText(error, { ...plain, columns: 60, sql: { text, name: "sql" } }).split("\n");
  assert.ok(lines.every((line) => line.length <= 60));
  assert.equal(lines[2].slice(lines[3].indexOf("^"), lines[3].indexOf("^") + 4), "HERE");
});

Deno.test("SQL that may hold a secret nobody registered is not repeated", () => {
  const error = new SqlError("bad", { position: { line: 1, column: 3 } });
  const sql = { text: "CREATE SECRET (TYPE s3, SECRET 'hunter2')", name: "sql" };
  assert.equal(errorText(error, { ...plain, sql }), "error: bad\n");
});

Deno.test("no control character of an object's name reaches the terminal", () => {
  const text = errorText(new NotFoundError("key", "no s3://b/\x1b[2Jx\r\u202e"), plain);
  assert.equal(text, "error: no s3://b/\\x1b[2Jx\\r\\u{202e}\n");
});

Deno.test("a stack and its causes come only with --debug, without secrets", () => {
  registerSecret("canary-secret-value");
  const error = new SqlError("bad", { cause: new Error("canary-secret-value in the cause") });
  assert.doesNotMatch(errorText(error, plain), /\n +at /);
  const text = errorText(error, { ...plain, detail: "stack" });
  assert.match(text, /\n +at /);
  assert.match(text, /caused by Error: \[redacted\] in the cause/);
  assert.doesNotMatch(text + errorJson(error, "stack"), /canary/);
});

Deno.test("what was not foreseen is said to be so, without its secrets", () => {
  registerSecret("canary-secret-value");
  const error = new TypeError("canary-secret-value is not a function");
  assert.match(errorText(error, plain), /^error: \[redacted\] is not.*\nhint: .*--debug/);
  assert.equal(JSON.parse(errorJson(error, "message")).error.tag, "internal");
});

Deno.test("JSON has tag, message, hint, context and exit code on one line", () => {
  const text = errorJson(new NotFoundError("key", "no", { key: "a\nb" }), "message");
  assert.equal(text.split("\n").length, 2);
  assert.deepEqual(JSON.parse(text), {
    error: { tag: "key_not_found", message: "no", context: { key: "a\nb" }, exitCode: 3 },
  });
});
