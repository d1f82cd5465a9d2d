import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { environmentOf } from "../../src/store/environment.ts";
import { resolveStore } from "../../src/store/resolve.ts";
import { secretStatement } from "../../src/store/secret_statement.ts";
import type { StoreOptions } from "../../src/store/store.ts";

const KEY = "AKIACANARYCANARY1234";
const SECRET = "canary-statement-secret-0123456789";

async function statementFor(
  options: StoreOptions,
  variables: Record<string, string> = {},
  files: Record<string, string> = {},
) {
  const home = await fs.mkdtemp(join(tmpdir(), "dipper-secret-"));
  try {
    await fs.mkdir(join(home, ".aws"));
    for (const [name, text] of Object.entries(files)) {
      await fs.writeFile(join(home, ".aws", name), text);
    }
    const store = await resolveStore("lab", options, environmentOf(variables, home));
    const statement = secretStatement(store);
    assert.equal(JSON.stringify(statement).includes(SECRET), false);
    assert.equal(JSON.stringify(statement).includes(KEY), false);
    return statement;
  } finally {
    await fs.rm(home, { recursive: true });
  }
}

const KEYS = { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET };
const PROFILE = {
  credentials: `[it's]\naws_access_key_id = ${KEY}\naws_secret_access_key = ${SECRET}\n`,
};

Deno.test("keys in the environment: the chain's env link", async () => {
  const { sql, chain, extensions } = await statementFor(
    { endpoint: "http://127.0.0.1:9000", buckets: ["a", "b"] },
    KEYS,
  );
  assert.deepEqual([chain, extensions], [["env"], ["httpfs", "aws"]]);
  assert.equal(
    sql,
    `INSTALL httpfs; LOAD httpfs;
INSTALL aws; LOAD aws;
CREATE OR REPLACE SECRET dipper_lab (
  TYPE s3,
  PROVIDER credential_chain,
  CHAIN 'env',
  ENDPOINT '127.0.0.1:9000',
  REGION 'us-east-1',
  URL_STYLE 'path',
  USE_SSL false,
  SCOPE ['s3://a/', 's3://b/']
);`,
  );
});

Deno.test("a profile: the chain's config link and the profile's name, quoted", async () => {
  const { sql } = await statementFor({ profile: "it's", bucket: "b" }, {}, PROFILE);
  assert.match(sql, /CHAIN 'config',\n {2}PROFILE 'it''s'/);
  assert.match(sql, /URL_STYLE 'vhost'/);
  assert.match(sql, /SCOPE 's3:\/\/b\/'/);
  assert.doesNotMatch(sql, /ENDPOINT|USE_SSL|REFRESH/);
});

Deno.test("keys as options: says that they must be put somewhere first", async () => {
  const { sql } = await statementFor({ accessKeyId: KEY, secretAccessKey: SECRET });
  assert.match(sql, /^-- The keys were given as options: export AWS_ACCESS_KEY_ID/);
});

Deno.test("no credentials: a secret without keys, and no aws extension", async () => {
  const { sql } = await statementFor({ anonymous: true, endpoint: "https://s3.example" });
  assert.match(sql, /PROVIDER config/);
  assert.doesNotMatch(sql, /CHAIN|LOAD aws/);
});

Deno.test("a process, and a role of a profile, are looked up by DuckDB too", async () => {
  const config = `[profile proc]\ncredential_process = /bin/true\n[profile role]\n` +
    "role_arn = arn:aws:iam::1:role/x\nsource_profile = it's\n";
  const files = { ...PROFILE, config };
  const made = await statementFor({ profile: "proc" }, {}, files);
  assert.match(made.sql, /CHAIN 'process',\n {2}PROFILE 'proc',\n {2}REFRESH 'auto'/);
  const role = await statementFor({ profile: "role" }, {}, files);
  assert.match(role.sql, /CHAIN 'config',\n {2}PROFILE 'role',\n {2}REFRESH 'auto'/);
});

Deno.test("a role of another service than AWS: says that DuckDB cannot have it", async () => {
  const config = "[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = it's\n" +
    "endpoint_url = https://rgw.example\n";
  const { notes } = await statementFor({ profile: "role" }, {}, { ...PROFILE, config });
  assert.match(notes.join(), /DuckDB 1.5 asks Amazon/);
});

Deno.test("patterns that DuckDB can take become prefixes, others are said", async () => {
  assert.match(
    (await statementFor({ buckets: ["climate-*"] }, KEYS)).sql,
    /SCOPE 's3:\/\/climate-'/,
  );
  const { sql } = await statementFor({ buckets: ["*-raw"] }, KEYS);
  assert.match(sql, /^-- DuckDB has no pattern like \*-raw/);
  assert.doesNotMatch(sql, /SCOPE/);
});

Deno.test("DuckDB parses every form of it", async () => {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    for (
      const { sql } of [
        await statementFor({ endpoint: "http://127.0.0.1:9000", buckets: ["a", "b"] }, KEYS),
        await statementFor({ profile: "it's", bucket: "b" }, {}, PROFILE),
        await statementFor({ anonymous: true }),
      ]
    ) {
      const parsed = await connection.extractStatements(sql);
      assert.ok(parsed.count >= 3);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
});
