import assert from "node:assert/strict";
import { isDipperError } from "../../../src/errors.ts";
import { guardStatement, isRepeatable } from "../../../src/engine/sql/guard.ts";
import { splitStatements } from "../../../src/engine/sql/tokens.ts";

function verdict(sql: string, readOnly = false): string {
  try {
    for (const statement of splitStatements(sql)) guardStatement(statement, { readOnly });
    return "allowed";
  } catch (error) {
    assert.ok(isDipperError(error), `${sql}: ${error}`);
    assert.ok(error.hint, sql);
    return error.tag;
  }
}

const LOGGING = [
  "CALL enable_logging('HTTP')",
  "call Enable_Logging('HTTP', storage = 'stdout')",
  `CALL "enable_logging"('HTTP')`,
  `CALL system.main."ENABLE_LOGGING"('HTTP')`,
  "CALL /* a /* b */ */ enable_logging -- x\n ('HTTP')",
  "-- looks like a comment\rCALL enable_logging('HTTP')",
  "CALL\u200benable_logging('HTTP')",
  "SELECT 1; CALL enable_logging('HTTP')",
  "FROM enable_logging('HTTP')",
  "SELECT * FROM enable_logging('HTTP')",
  "EXPLAIN ANALYZE CALL enable_logging('HTTP')",
  "CREATE MACRO m(x) AS TABLE FROM enable_logging(x)",
  "FROM query('FROM enable_logging(''HTTP'')')",
  "FROM query($$FROM query('FROM enable_logging(''HTTP'')')$$)",
  "FROM query('FROM enable_' || 'logging()')",
  "FROM query($1)",
  "FROM query(getvariable('q'))",
  "FROM json_execute_serialized_sql(json_serialize_sql('FROM enable_logging()'))",
  "PRAGMA json_execute_serialized_sql('{}')",
  "CALL disable_logging()",
  "CALL truncate_duckdb_logs()",
  "SET enable_logging = true",
  "SET GLOBAL logging_storage = 'stdout'",
  `SET "logging_level" = 'trace'`,
  "RESET logging_level",
  "PRAGMA enable_logging",
  "PRAGMA logging_level='trace'",
  "SET enable_http_logging = true",
  "SET http_logging_output = '/tmp/x'",
  "SET log_query_path = '/tmp/x'",
  "FROM duckdb_logs",
  "FROM 'duckdb_logs'",
  `SELECT message FROM "DuckDB_Logs"`,
  "FROM query_table('duckdb_logs')",
  "FROM duckdb_logs_parsed('HTTP')",
];

Deno.test("logging is refused in every way of writing it", () => {
  for (const sql of LOGGING) assert.equal(verdict(sql), "unsafe_statement", sql);
});

const KEEPING = [
  "CREATE TABLE t AS FROM duckdb_settings()",
  "CREATE VIEW v AS SELECT value FROM duckdb_settings()",
  "COPY (FROM duckdb_settings()) TO 's3://b/x.csv'",
  'INSERT INTO t SELECT value FROM "duckdb_settings"()',
  "SET VARIABLE x = current_setting('s3_secret_access_key')",
  "SELECT reverse(current_setting('s3_secret_access_key'))",
  "SELECT current_setting('s3_secret_access_key').reverse()",
  "SELECT current_setting('s3_secret_access_key')[1:10]",
  "SELECT current_setting('s3_session_token')::BLOB",
  "SELECT CAST(value AS BLOB) FROM duckdb_settings()",
  "SELECT hex(current_setting('s3_secret_' || 'access_key'))",
  "SELECT list_transform(['s3_secret_access_key'], lambda n: reverse(current_setting(n)))",
  "PREPARE p AS SELECT substr(current_setting($1), 2)",
  "SELECT string_agg(value, '') FROM duckdb_settings()",
];

Deno.test("settings that hold secrets are neither cut nor kept", () => {
  for (const sql of KEEPING) assert.equal(verdict(sql), "unsafe_statement", sql);
});

const ALLOWED = [
  "FROM duckdb_settings()",
  "SELECT name, value FROM duckdb_settings() WHERE name LIKE 's3%' AND (value IN ('a') OR 1 = 1)",
  "SELECT count(*) FROM duckdb_settings()",
  "SELECT current_setting('s3_secret_access_key')",
  "CREATE TABLE t AS SELECT current_setting('threads')::INT",
  "SELECT upper(current_setting('TimeZone'))",
  "FROM query('SELECT 1')",
  "SELECT query FROM t",
  "SELECT enable_logging, 'enable_logging(' FROM t",
  "FROM duckdb_secrets()",
  "SET threads = 4",
  "PRAGMA database_list",
  "COPY t TO 's3://b/x.csv'",
  "CALL dbgen(sf = 0)",
];

Deno.test("what gives nothing away is allowed", () => {
  for (const sql of ALLOWED) assert.equal(verdict(sql), "allowed", sql);
});

const WRITES = [
  "COPY t TO 's3://b/x.csv'",
  "copy (SELECT 1) to 'x.csv'",
  "COPY (SELECT 1) /* really */ TO 'x.csv'",
  "EXPLAIN ANALYZE COPY t TO 'x.csv'",
  "PREPARE p AS COPY t TO 'x.csv'",
  "EXPORT DATABASE 'x'",
  "IMPORT DATABASE 'x'",
  "COPY FROM DATABASE a TO b",
  "ATTACH 'x.db'",
  "INSTALL spatial",
  "FORCE INSTALL spatial",
  "UPDATE EXTENSIONS (spatial)",
  "SET profiling_output = 'x.json'",
];

Deno.test("a read-only session refuses what writes", () => {
  for (const sql of WRITES) assert.equal(verdict(sql, true), "read_only", sql);
});

Deno.test("a read-only session reads, and works in memory", () => {
  const reads = [
    "FROM 's3://b/x.csv'",
    "COPY t FROM 'x.csv'",
    "CREATE TABLE t AS SELECT 1",
    "SELECT 'COPY t TO x'",
    `SELECT 1 AS "copy", 2 AS "to"`,
    "SELECT 1 -- COPY t TO 'x'",
  ];
  for (const sql of reads) assert.equal(verdict(sql, true), "allowed", sql);
});

Deno.test("only what reads is run a second time", () => {
  const repeatable = (sql: string) => isRepeatable(splitStatements(sql)[0]);
  for (const sql of ["SELECT 1", "from t", "WITH a AS (SELECT 1) FROM a", "DESCRIBE FROM t"]) {
    assert.equal(repeatable(sql), true, sql);
  }
  for (const sql of ["COPY t TO 'x'", "INSERT INTO t SELECT 1", "SELECT nextval('s')"]) {
    assert.equal(repeatable(sql), false, sql);
  }
});
