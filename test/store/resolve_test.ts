import assert from "node:assert/strict";
import { environmentOf } from "../../src/store/environment.ts";
import { resolveStore, shortKey } from "../../src/store/resolve.ts";
import type { StoreOptions } from "../../src/store/store.ts";
import { awsHome, thrownBy } from "./scripted.ts";

const CONFIG = `
[default]
region = eu-north-1

[profile lab]
region = eu-west-3
endpoint_url = https://lab.example.org
services = lab-services
dipper_bucket = lab-data
s3 =
  addressing_style = virtual

[profile plain]
endpoint_url = https://plain.example.org

[profile missing-services]
services = nowhere

[profile strict]
ignore_configured_endpoint_urls = true
endpoint_url = https://plain.example.org

[services lab-services]
s3 =
  endpoint_url = https://s3.lab.example.org:8443
`;
const CREDENTIALS = `
[default]
aws_access_key_id = AKIADEFAULTKEY000000
aws_secret_access_key = default-secret-0000

[lab]
aws_access_key_id = AKIALABKEY0000000000
aws_secret_access_key = lab-secret-000000
`;
const KEYS = { AWS_ACCESS_KEY_ID: "AKIAENVKEY0000000000", AWS_SECRET_ACCESS_KEY: "env-secret-000" };

async function resolved(options: StoreOptions, variables: Record<string, string> = {}) {
  await using home = await awsHome(CONFIG, CREDENTIALS);
  return await resolveStore("default", options, home.environment(variables));
}

async function keyOf(options: StoreOptions, variables: Record<string, string> = {}) {
  return (await (await resolved(options, variables)).credentials())?.accessKeyId;
}

Deno.test("keys: option, environment, profile; a profile option goes before the environment", async () => {
  const options = { accessKeyId: "AKIAOPTION", secretAccessKey: "option-secret" };
  assert.equal(await keyOf({}, {}), "AKIADEFAULTKEY000000");
  assert.equal(await keyOf({}, KEYS), "AKIAENVKEY0000000000");
  assert.equal(await keyOf({}, { ...KEYS, AWS_PROFILE: "lab" }), "AKIAENVKEY0000000000");
  assert.equal(await keyOf({}, { AWS_PROFILE: "lab" }), "AKIALABKEY0000000000");
  assert.equal(await keyOf({}, { AWS_DEFAULT_PROFILE: "lab" }), "AKIALABKEY0000000000");
  assert.equal(await keyOf({ profile: "lab" }, KEYS), "AKIALABKEY0000000000");
  assert.equal(await keyOf({ ...options, profile: "lab" }, KEYS), "AKIAOPTION");
});

Deno.test("endpoint: option, environment, services section, profile", async () => {
  const of = async (options: StoreOptions, variables: Record<string, string> = {}) => {
    const { endpoint, origins } = await resolved(options, variables);
    return `${endpoint?.origin ?? "AWS"} ${origins.endpoint.source}`;
  };
  const all = {
    AWS_ENDPOINT_URL_S3: "https://one",
    AWS_ENDPOINT_URL: "https://two",
    AWS_S3_ENDPOINT: "three",
  };
  assert.equal(await of({}), "AWS default");
  assert.equal(await of({ endpoint: "localhost:1" }, all), "http://localhost:1 option");
  assert.equal(await of({}, all), "https://one AWS_ENDPOINT_URL_S3");
  assert.equal(await of({}, { ...all, AWS_ENDPOINT_URL_S3: "" }), "https://two AWS_ENDPOINT_URL");
  assert.equal(await of({}, { AWS_S3_ENDPOINT: "three" }), "https://three AWS_S3_ENDPOINT");
  assert.equal(
    await of({}, { AWS_S3_ENDPOINT: "three", AWS_HTTPS: "NO" }),
    "http://three AWS_S3_ENDPOINT",
  );
  assert.equal(await of({ profile: "lab" }, all), "https://one AWS_ENDPOINT_URL_S3");
  assert.equal(
    await of({ profile: "lab" }),
    "https://s3.lab.example.org:8443 services lab-services in ~/.aws/config",
  );
  assert.equal(
    await of({ profile: "plain" }),
    "https://plain.example.org profile plain in ~/.aws/config",
  );
  assert.equal(await of({ profile: "strict" }), "AWS default");
  const ignore = { ...all, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
  assert.equal(await of({ profile: "lab" }, ignore), "AWS default");
  assert.equal(await of({ endpoint: "aws" }, all), "AWS default");
});

Deno.test("region: option, AWS_REGION, AWS_DEFAULT_REGION, profile, us-east-1", async () => {
  const of = async (options: StoreOptions, variables: Record<string, string> = {}) =>
    (await resolved(options, variables)).region;
  const both = { AWS_REGION: "a-1", AWS_DEFAULT_REGION: "b-1" };
  assert.equal(await of({ region: "o-1" }, both), "o-1");
  assert.equal(await of({ profile: "lab" }, both), "a-1");
  assert.equal(await of({}, { AWS_DEFAULT_REGION: "b-1" }), "b-1");
  assert.equal(await of({ profile: "lab" }), "eu-west-3");
  assert.equal(await of({}), "eu-north-1");
  assert.equal((await resolveStore("x", {}, none())).region, "us-east-1");
});

Deno.test("addressing: option, profile, rule", async () => {
  const of = async (options: StoreOptions) => (await resolved(options)).addressing;
  assert.equal(await of({}), "virtual");
  assert.equal(await of({ profile: "lab" }), "virtual");
  assert.equal(await of({ profile: "lab", addressing: "path" }), "path");
  assert.equal(await of({ profile: "plain" }), "path");
  assert.equal(await of({ endpoint: "https://x", addressing: "auto" }), "path");
});

Deno.test("default bucket: option, DIPPER_BUCKET, profile", async () => {
  const lab = { profile: "lab" };
  assert.equal((await resolved(lab)).bucket, "lab-data");
  assert.equal((await resolved(lab, { DIPPER_BUCKET: "env" })).bucket, "env");
  assert.equal((await resolved({ ...lab, bucket: "own" }, { DIPPER_BUCKET: "env" })).bucket, "own");
});

Deno.test("with nothing said requests go unsigned", async () => {
  const store = await resolveStore("x", {}, none());
  assert.equal(store.anonymous, true);
  assert.equal(await store.credentials(), undefined);
  assert.equal((await resolved({ anonymous: true }, KEYS)).anonymous, true);
});

Deno.test("instance metadata is not asked for another service's keys", async () => {
  const start = performance.now();
  const store = await resolveStore(
    "x",
    { endpoint: "https://ceph.example.org" },
    environmentOf({}),
  );
  assert.equal(store.anonymous, true);
  assert.ok(performance.now() - start < 300);
});

Deno.test("instance metadata that does not answer costs a second at most, and once", async () => {
  using hole = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = hole.addr as Deno.NetAddr;
  Deno.env.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", `http://127.0.0.1:${port}`);
  const start = performance.now();
  assert.equal((await resolveStore("x", {}, environmentOf({}))).anonymous, true);
  const first = performance.now() - start;
  assert.ok(first > 500 && first < 2000, `${first} ms`);
  const again = performance.now();
  await resolveStore("x", {}, environmentOf({}));
  assert.ok(performance.now() - again < 300);
  Deno.env.delete("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  // The SDK's own time-out of the abandoned request.
  await new Promise((done) => setTimeout(done, 1500));
});

Deno.test("an unknown profile names the nearest", async () => {
  for (
    const [options, variables, source] of [
      [{ profile: "lbb" }, {}, "option"],
      [{}, { AWS_PROFILE: "lbb" }, "AWS_PROFILE"],
    ] as const
  ) {
    const error = await thrownBy(() => resolved(options, variables));
    assert.equal(error.name, "ConfigurationError");
    assert.match(error.message, new RegExp(`no profile lbb .*${source}`));
    assert.match((error as { hint?: string }).hint!, /Did you mean lab\?/);
  }
});

Deno.test("a broken file is told with its line, half a key with what is missing", async () => {
  await using home = await awsHome("[default]\nregion eu-west-1\n");
  assert.match(
    (await thrownBy(() => resolveStore("x", {}, home.environment()))).message,
    /^~\/.aws\/config, line 2/,
  );
  await using half = await awsHome("", "[default]\naws_access_key_id = AKIA\n");
  assert.match(
    (await thrownBy(() => resolveStore("x", {}, half.environment()))).message,
    /profile default has aws_access_key_id but no aws_secret_access_key/,
  );
  assert.match(
    (await thrownBy(() => resolved({}, { AWS_ACCESS_KEY_ID: "AKIA" }))).message,
    /AWS_ACCESS_KEY_ID is given, but AWS_SECRET_ACCESS_KEY is not/,
  );
  assert.match(
    (await thrownBy(() => resolved({ profile: "missing-services" }))).message,
    /no such section/,
  );
});

Deno.test("AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name other files", async () => {
  await using home = await awsHome();
  await Deno.writeTextFile(`${home.path}/c`, "[default]\nregion = c-1\n");
  await Deno.writeTextFile(
    `${home.path}/k`,
    "[default]\naws_access_key_id = AKIAOTHERFILE\naws_secret_access_key = other-file-secret\n",
  );
  const store = await resolveStore(
    "x",
    {},
    home.environment({ AWS_CONFIG_FILE: "~/c", AWS_SHARED_CREDENTIALS_FILE: `${home.path}/k` }),
  );
  assert.equal(store.region, "c-1");
  assert.equal((await store.credentials())?.accessKeyId, "AKIAOTHERFILE");
});

Deno.test("a CA bundle is checked when it is named", async () => {
  const missing = await thrownBy(() => resolved({}, { AWS_CA_BUNDLE: "/nonexistent.pem" }));
  assert.match(missing.message, /AWS_CA_BUNDLE/);
  const empty = await thrownBy(() => resolved({ caBundle: import.meta.filename }));
  assert.match(empty.message, /no PEM certificate/);
});

Deno.test("origins show no secret", async () => {
  const store = await resolved({ profile: "lab" }, {
    HTTPS_PROXY: "http://me:canaryproxypass@p:1",
  });
  assert.equal(JSON.stringify(store.origins).includes("secret"), false);
  assert.equal(JSON.stringify(store.origins).includes("canary"), false);
  assert.deepEqual(store.origins.accessKeyId, {
    value: "AKIA…0000",
    source: "profile lab in ~/.aws/credentials",
  });
  assert.equal(store.origins.proxy.value, "http://me@p:1");
  assert.equal(store.proxy?.host, "p:1");
  assert.equal(shortKey("labkey"), "la…");
});

function none() {
  return environmentOf({ AWS_EC2_METADATA_DISABLED: "true" });
}
