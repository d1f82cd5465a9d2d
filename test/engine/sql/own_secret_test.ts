import assert from "node:assert/strict";
import { completedSecret, makesSecret } from "../../../src/engine/sql/own_secret.ts";
import { splitStatements } from "../../../src/engine/sql/tokens.ts";

const DEFAULTS = { ENDPOINT: "h:1", REGION: "r", URL_STYLE: "path", USE_SSL: "false" };
const ALL = ", ENDPOINT 'h:1', REGION 'r', URL_STYLE 'path', USE_SSL 'false'";

function completed(sql: string): string {
  const [statement] = splitStatements(`SELECT 1; ${sql}`).slice(1);
  assert.ok(makesSecret(statement));
  return completedSecret(statement, DEFAULTS);
}

Deno.test("what a secret for S3 leaves open is written into it, and nothing else changes", () => {
  assert.equal(completed("CREATE SECRET (TYPE s3)"), `CREATE SECRET (TYPE s3${ALL})`);
  assert.equal(
    completed("create or replace persistent secret if not exists s in x (type 'S3', key_id ')') "),
    `create or replace persistent secret if not exists s in x (type 'S3', key_id ')'${ALL})`,
  );
  const said =
    "CREATE SECRET s (TYPE s3, ENDPOINT 'mine', SCOPE ['s3://a', 's3://b'], region = 'q'";
  assert.equal(completed(`${said})`), `${said}, URL_STYLE 'path', USE_SSL 'false')`);
  const chain = "CREATE SECRET s (TYPE s3, PROVIDER credential_chain";
  assert.equal(
    completed(`${chain})`),
    `${chain}, ENDPOINT 'h:1', URL_STYLE 'path', USE_SSL 'false')`,
  );
});

Deno.test("other secrets, and what is not closed, are left to DuckDB", () => {
  for (const sql of ["CREATE SECRET (TYPE gcs)", "CREATE SECRET s (TYPE s3", "CREATE SECRET s"]) {
    assert.equal(completed(sql), sql);
  }
  const [table] = splitStatements("CREATE TABLE t AS SELECT 1 AS secret");
  assert.equal(makesSecret(table), false);
});
