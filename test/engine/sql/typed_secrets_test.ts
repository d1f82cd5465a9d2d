import assert from "node:assert/strict";
import { learnTypedSecrets } from "../../../src/engine/sql/typed_secrets.ts";
import { splitStatements } from "../../../src/engine/sql/tokens.ts";
import { redact } from "../../../src/redaction.ts";

/** Each canary is a new one: what has been learned stays learned. */
const FORMS: readonly ((canary: string) => string)[] = [
  (canary) => `CREATE SECRET (TYPE s3, KEY_ID 'AK', SECRET '${canary}')`,
  (canary) => `create or replace temporary secret x (type s3, "secret" '${canary}')`,
  (canary) => `CREATE SECRET x (TYPE s3, SECRET "${canary}")`,
  (canary) => `CREATE SECRET x (TYPE s3, SECRET ${canary})`,
  (canary) => `CREATE SECRET x (TYPE s3, SECRET = '${canary}')`,
  (canary) => `CREATE SECRET x (TYPE s3, SECRET ('${canary}'))`,
  (canary) => `CREATE SECRET x (TYPE s3, SECRTE '${canary}')`,
  (canary) => `CREATE SECRET x (TYPE s3, SESSION_TOKEN $$${canary}$$)`,
  (canary) => `CREATE SECRET x (TYPE s3, SECRET '${canary}, REGION eu)\n; SELECT 1`,
  (canary) => `CREATE SECERT x (TYPE s3, SECRET '${canary}')`,
  (canary) => `CREATE SECRET x (TYPE huggingface, TOKEN '${canary}')`,
  (canary) =>
    `CREATE SECRET x (TYPE http, EXTRA_HTTP_HEADERS MAP {'Authorization': 'Bearer ${canary}'})`,
  (canary) => `SET s3_secret_access_key = '${canary}'`,
  (canary) => `SET SESSION "s3_session_token" TO '${canary}'`,
  (canary) => `SET GLOBAL http_proxy_password='${canary}'`,
  (canary) => `FROM 's3://b/x.csv?s3_access_key_id=AK&s3_secret_access_key=${canary}'`,
  (canary) => `FROM 'https://b.example/x.csv?X-Amz-Date=1&X-Amz-Signature=${canary}'`,
  (canary) => `FROM 'https://user:${encodeURIComponent(canary)}@host/x.csv'`,
  (canary) => `ATTACH 'host=h user=u password=${canary}' AS p (TYPE postgres)`,
];

Deno.test("secrets that are typed into SQL are learned, in good syntax and in bad", () => {
  for (const form of FORMS) {
    const canary = `canary/${crypto.randomUUID()}+x`;
    const sql = form(canary);
    for (const statement of splitStatements(sql)) learnTypedSecrets(statement);
    assert.ok(!redact(`before ${canary} after`).includes(canary), sql);
  }
});

Deno.test("what is no secret stays readable", () => {
  const sql = "CREATE SECRET my_long_secret_name (TYPE s3, KEY_ID 'AKIAIOSFODNN7', " +
    "SCOPE 's3://some-bucket/', PROVIDER credential_chain, CHAIN 'env;config', REGION 'eu-central-1');" +
    'DROP SECRET another_long_name; CREATE SECRET "yet another name" (TYPE s3); ' +
    "SELECT secret, 'ordinary text' FROM t";
  for (const statement of splitStatements(sql)) learnTypedSecrets(statement);
  assert.equal(redact(sql), sql);
});
