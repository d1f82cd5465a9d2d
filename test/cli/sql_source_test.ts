import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { readSql } from "../../src/cli/sql_source.ts";
import { FakeHost } from "./fake_host.ts";

const piped = (...input: string[]) => new FakeHost({ input }).stdin;

Deno.test("SQL is an argument, a file or standard input", async () => {
  assert.deepEqual(await readSql("SELECT 1", undefined, piped("ignored")), {
    text: "SELECT 1",
    name: "sql",
  });
  assert.equal((await readSql(undefined, undefined, piped("SELECT", " 2"))).text, "SELECT 2");
  assert.equal((await readSql("-", undefined, piped("SELECT 3"))).name, "stdin");
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "SELECT 4");
  assert.deepEqual(await readSql(undefined, path, piped()), { text: "SELECT 4", name: path });
  await Deno.remove(path);
});

Deno.test("no SQL, two of it, or a file that is not there is wrong usage", async () => {
  const terminal = new FakeHost({ isTerminal: true }).stdin;
  await assert.rejects(readSql(undefined, undefined, terminal), UsageError);
  await assert.rejects(readSql(undefined, undefined, piped(" \n")), UsageError);
  await assert.rejects(readSql("SELECT 1", "q.sql", piped()), UsageError);
  await assert.rejects(readSql(undefined, "/nonexistent/q.sql", piped()), /no such file/);
});
