import assert from "node:assert/strict";
import { UnsupportedError, UsageError } from "../../src/errors.ts";
import { renewedRole, roleCredentials } from "../../src/store/role_session.ts";
import { fakeStore } from "../range/support/fake_store.ts";
import { s3Error, scriptedServer, thrownBy, xml } from "./scripted.ts";

const ROLE = "arn:aws:iam:::role/reader";

function session(number: number, seconds: number): Response {
  const end = new Date(Date.now() + seconds * 1000).toISOString();
  return xml(
    `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>S${number}</AccessKeyId>` +
      `<SecretAccessKey>session-secret-${number}</SecretAccessKey><SessionToken>t${number}` +
      `</SessionToken><Expiration>${end}</Expiration></Credentials></AssumeRoleResult>` +
      `</AssumeRoleResponse>`,
  );
}

Deno.test("a session is asked for once while it is good, and anew before it ends", async () => {
  let asked = 0;
  let seconds = 3600;
  await using server = scriptedServer(() => session(++asked, seconds));
  const renewed = renewedRole(fakeStore(new URL(server.url)), {
    roleArn: ROLE,
    duration: 900,
    policy: '{"x":1}',
  });
  const keys = await Promise.all([renewed(), renewed(), renewed()]);
  assert.deepEqual(keys.map(({ accessKeyId }) => accessKeyId), ["S1", "S1", "S1"]);
  const body = new URLSearchParams(server.seen[0].body);
  assert.equal(body.get("DurationSeconds"), "900");
  assert.equal(body.get("Policy"), '{"x":1}');
  seconds = 0;
  const short = renewedRole(fakeStore(new URL(server.url)), { roleArn: ROLE });
  assert.equal((await short()).accessKeyId, "S2");
  seconds = 3600;
  assert.equal((await short()).accessKeyId, "S3");
  assert.equal((await short()).accessKeyId, "S3");
});

Deno.test("a failure is not kept, and says what is missing", async () => {
  let answer: () => Response = () => s3Error(501, "NotImplemented", "x");
  await using server = scriptedServer(() => answer());
  const store = fakeStore(new URL(server.url));
  const renewed = renewedRole(store, { roleArn: ROLE });
  const error = await thrownBy(renewed);
  assert.ok(error instanceof UnsupportedError, String(error));
  assert.match(error.message, /no STS/);
  answer = () => session(1, 3600);
  assert.equal((await renewed()).accessKeyId, "S1");
  const wrong = await thrownBy(() => roleCredentials(store, { roleArn: "reader" }));
  assert.ok(wrong instanceof UsageError);
});
