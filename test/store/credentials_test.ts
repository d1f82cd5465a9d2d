import assert from "node:assert/strict";
import { redact } from "../../src/redaction.ts";
import { RENEWAL_MARGIN, renewing } from "../../src/store/credentials.ts";
import { resolveStore } from "../../src/store/resolve.ts";
import type { Credentials } from "../../src/store/store.ts";
import { awsHome, s3Error, scriptedServer, thrownBy, xml } from "./scripted.ts";

const keys = (n: number, expiration?: number): Credentials => ({
  accessKeyId: `KEY${n}`,
  secretAccessKey: `renewed-secret-${n}`,
  ...(expiration === undefined ? {} : { expiration: new Date(expiration) }),
});

Deno.test("temporary credentials are renewed five minutes before they expire", async () => {
  let now = 0;
  let calls = 0;
  const get = renewing(() => Promise.resolve(keys(++calls, now + 3_600_000)), () => now);
  assert.equal((await get()).accessKeyId, "KEY1");
  now = 3_600_000 - RENEWAL_MARGIN - 1;
  assert.equal((await get()).accessKeyId, "KEY1");
  now += 1;
  assert.equal((await get()).accessKeyId, "KEY2");
});

Deno.test("one renewal is under way at a time, and one caller's abort is its own", async () => {
  let calls = 0;
  const gate = Promise.withResolvers<void>();
  const get = renewing(async () => {
    calls++;
    await gate.promise;
    return keys(calls);
  });
  const controller = new AbortController();
  const aborted = thrownBy(() => get(controller.signal));
  const others = [get(), get()];
  controller.abort();
  assert.equal((await aborted).name, "CancelledError");
  gate.resolve();
  assert.deepEqual((await Promise.all(others)).map((each) => each.accessKeyId), ["KEY1", "KEY1"]);
  assert.equal(calls, 1);
});

Deno.test("a failed renewal is no failure until the credentials expire, and is tried again", async () => {
  let now = 0;
  let works = true;
  let calls = 0;
  const get = renewing(() => {
    calls++;
    return works ? Promise.resolve(keys(calls, now + 600_000)) : Promise.reject(new Error("down"));
  }, () => now);
  await get();
  works = false;
  now = 400_000;
  assert.equal((await get()).accessKeyId, "KEY1");
  now = 600_001;
  assert.match((await thrownBy(() => get())).message, /down/);
  works = true;
  assert.equal((await get()).accessKeyId, `KEY${calls}`);
});

const ASSUMED = (n: number) =>
  xml(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>ASIAROLE${n}</AccessKeyId>
<SecretAccessKey>canary-role-secret-${n}</SecretAccessKey>
<SessionToken>canary-role-token-${n}</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`);

Deno.test("a role with source_profile and MFA is assumed at the profile's own STS", async () => {
  await using sts = scriptedServer(() => ASSUMED(1));
  await using home = await awsHome(
    `[profile admin]
role_arn = arn:aws:iam::1:role/admin
source_profile = base
mfa_serial = arn:aws:iam::1:mfa/me
endpoint_url = ${sts.url}
`,
    "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = base-secret-00\n",
  );
  const asked: string[] = [];
  const mfaCode = (serial: string) => {
    asked.push(serial);
    return Promise.resolve("123456");
  };
  const store = await resolveStore("x", { profile: "admin", mfaCode }, home.environment());
  assert.equal(store.origins.credentials.value, "assumed role");
  assert.equal(sts.seen.length, 0);
  const credentials = await store.credentials();
  assert.equal(credentials?.accessKeyId, "ASIAROLE1");
  assert.equal(credentials?.expiration?.getUTCFullYear(), 2099);
  await store.credentials();
  assert.equal(sts.seen.length, 1);
  assert.deepEqual(asked, ["arn:aws:iam::1:mfa/me"]);
  const form = new URLSearchParams(sts.seen[0].body);
  assert.equal(form.get("RoleArn"), "arn:aws:iam::1:role/admin");
  assert.equal(form.get("TokenCode"), "123456");
  assert.match(sts.seen[0].headers.get("authorization")!, /Credential=AKIABASE\//);
  assert.equal(redact("canary-role-secret-1 canary-role-token-1").includes("canary"), false);

  const silent = await resolveStore("x", { profile: "admin" }, home.environment());
  const error = await thrownBy(() => silent.credentials());
  assert.match(error.message, /multi-factor/);
  assert.match((error as { hint?: string }).hint!, /terminal/);
});

Deno.test("a role option is assumed at the store's own endpoint, not at AWS", async () => {
  await using sts = scriptedServer(() => ASSUMED(2));
  await using home = await awsHome();
  const store = await resolveStore("x", {
    endpoint: sts.url,
    accessKeyId: "AKIACEPH",
    secretAccessKey: "ceph-secret-00",
    roleArn: "arn:aws:iam:::role/lab",
  }, home.environment());
  assert.equal((await store.credentials())?.sessionToken, "canary-role-token-2");
  assert.match(store.origins.credentials.value, /assumed role, with keys from option/);
});

Deno.test("a refused role says what is wrong", async () => {
  await using sts = scriptedServer(() =>
    new Response(
      `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>
<Message>User is not authorized to perform sts:AssumeRole</Message></Error></ErrorResponse>`,
      { status: 403, headers: { "content-type": "text/xml" } },
    )
  );
  await using home = await awsHome();
  const store = await resolveStore("x", {
    endpoint: sts.url,
    accessKeyId: "AKIACEPH",
    secretAccessKey: "ceph-secret-00",
    roleArn: "arn:aws:iam:::role/lab",
  }, home.environment());
  const error = await thrownBy(() => store.credentials());
  assert.equal(error.name, "PermissionError");
  assert.match((error as { hint?: string }).hint!, /sts:AssumeRole/);
});

Deno.test("credential_process gives keys, its failure says so", async () => {
  await using home = await awsHome();
  const answer = { Version: 1, AccessKeyId: "AKIAPROC", SecretAccessKey: "canary-process-secret" };
  await Deno.writeTextFile(`${home.path}/keys.json`, JSON.stringify(answer));
  await Deno.writeTextFile(
    `${home.path}/.aws/config`,
    `[profile good]\ncredential_process = cat ${home.path}/keys.json\n` +
      `[profile bad]\ncredential_process = cat ${home.path}/nothing.json\n`,
  );
  const good = await resolveStore("x", { profile: "good" }, home.environment());
  assert.equal((await good.credentials())?.accessKeyId, "AKIAPROC");
  assert.equal(redact("canary-process-secret"), "[redacted]");
  const bad = await resolveStore("x", { profile: "bad" }, home.environment());
  const error = await thrownBy(() => bad.credentials());
  assert.equal(error.name, "CredentialsError");
  assert.match((error as { hint?: string }).hint!, /credential_process of profile bad/);
});

Deno.test("web identity: the token goes to STS unsigned", async () => {
  await using sts = scriptedServer(() =>
    xml(`<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAWEB</AccessKeyId>
<SecretAccessKey>canary-web-secret</SecretAccessKey><SessionToken>canary-web-token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`)
  );
  await using home = await awsHome();
  await Deno.writeTextFile(`${home.path}/token`, "canary-oidc-token");
  const store = await resolveStore(
    "x",
    {},
    home.environment({
      AWS_WEB_IDENTITY_TOKEN_FILE: `${home.path}/token`,
      AWS_ROLE_ARN: "arn:aws:iam::1:role/pod",
      AWS_ENDPOINT_URL_STS: sts.url,
    }),
  );
  assert.equal((await store.credentials())?.accessKeyId, "ASIAWEB");
  assert.equal(new URLSearchParams(sts.seen[0].body).get("WebIdentityToken"), "canary-oidc-token");
  assert.equal(sts.seen[0].headers.get("authorization"), null);
});

Deno.test("container credentials come from the address in the environment", async () => {
  await using service = scriptedServer(() =>
    Response.json({
      AccessKeyId: "ASIAPOD",
      SecretAccessKey: "canary-pod-secret",
      Token: "canary-pod-token",
      Expiration: "2099-01-01T00:00:00Z",
    })
  );
  await using home = await awsHome();
  const store = await resolveStore(
    "x",
    {},
    home.environment({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${service.url}/creds` }),
  );
  assert.equal((await store.credentials())?.accessKeyId, "ASIAPOD");
});

Deno.test("an SSO profile without a login says what to run", async () => {
  await using home = await awsHome(`[profile sso]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = reader
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.example.org/start
`);
  const store = await resolveStore("x", { profile: "sso" }, home.environment());
  assert.equal(store.origins.credentials.value, "SSO");
  const error = await thrownBy(() => store.credentials());
  assert.equal(error.name, "CredentialsError");
  assert.match((error as { hint?: string }).hint!, /aws sso login --profile sso/);
});

Deno.test("an STS that is down is a network failure", async () => {
  await using closed = scriptedServer(() => s3Error(500, "x"));
  const { port } = closed;
  await closed[Symbol.asyncDispose]();
  await using home = await awsHome();
  const store = await resolveStore("x", {
    endpoint: `http://127.0.0.1:${port}`,
    accessKeyId: "AKIACEPH",
    secretAccessKey: "ceph-secret-00",
    roleArn: "arn:aws:iam:::role/lab",
  }, home.environment());
  assert.equal((await thrownBy(() => store.credentials()) as { tag?: string }).tag, "network");
});
