/** No error of a store carries a secret: every failure, every way to look at it. */
import assert from "node:assert/strict";
import { registerSecret } from "../../src/redaction.ts";
import { listBuckets } from "../../src/objects/list.ts";
import { closeClients } from "../../src/store/client.ts";
import { resolveStore } from "../../src/store/resolve.ts";
import { awsHome, s3Error, scriptedServer, thrownBy } from "./scripted.ts";

const SECRET = "canary/secret+key=0123456789";
const TOKEN = "canary-session-token-0123456789";
const PASSWORD = "canary-proxy-password-01";

/** Every text that a person or a log could make of an error. */
function shapes(error: unknown): string[] {
  const texts: string[] = [];
  for (let each = error; each instanceof Error; each = each.cause) {
    texts.push(each.message, each.stack ?? "", JSON.stringify(each), String(each));
    texts.push(
      JSON.stringify(Object.getOwnPropertyNames(each).map((name) => Reflect.get(each, name))),
    );
  }
  texts.push(Deno.inspect(error, { depth: 20, showHidden: true }));
  return texts;
}

function assertClean(error: unknown, what: string) {
  for (const text of shapes(error)) {
    for (const secret of [SECRET, encodeURIComponent(SECRET), TOKEN, PASSWORD]) {
      assert.equal(text.includes(secret), false, `${what}: ${text}`);
    }
  }
}

Deno.test("the check sees a secret where there is one", () => {
  assert.throws(() => assertClean(new Error(`x ${SECRET}`), "control"), assert.AssertionError);
  const nested = new Error("x", {
    cause: Object.assign(new Error("y"), { headers: { t: TOKEN } }),
  });
  assert.throws(() => assertClean(nested, "control"), assert.AssertionError);
});

Deno.test("no failure of a request shows a secret, even when the service sends it back", async () => {
  const echo = `you sent ${SECRET} and ${TOKEN} and ${encodeURIComponent(SECRET)}`;
  const answers: Record<string, () => Response> = {
    "wrong secret": () =>
      s3Error(403, "SignatureDoesNotMatch", echo, {
        xml: `<StringToSign>${SECRET}</StringToSign>`,
      }),
    "wrong key": () => s3Error(403, "InvalidAccessKeyId", echo),
    "expired": () => s3Error(400, "ExpiredToken", echo, { xml: `<Token-0>${TOKEN}</Token-0>` }),
    "denied": () => s3Error(403, "AccessDenied", echo),
    "redirect": () => s3Error(301, "PermanentRedirect", echo),
    "no bucket": () => s3Error(404, "NoSuchBucket", echo),
    "clock": () => s3Error(403, "RequestTimeTooSkewed", echo),
    "page": () => new Response(`<html>${echo}`, { headers: { "content-type": "text/html" } }),
    "garbage": () => new Response(echo, { status: 400 }),
    "odd": () => s3Error(418, "Teapot", echo),
  };
  for (const [what, answer] of Object.entries(answers)) {
    await using server = scriptedServer(answer);
    await using home = await awsHome();
    const store = await resolveStore("x", {
      endpoint: server.url,
      accessKeyId: "AKIACANARY",
      secretAccessKey: SECRET,
      sessionToken: TOKEN,
    }, home.environment());
    const error = await thrownBy(() => listBuckets(store));
    closeClients(store);
    assertClean(error, what);
    assertClean({ store: store.origins }, what);
  }
});

Deno.test("no failure of a connection or a configuration shows a secret", async () => {
  await using home = await awsHome(
    `[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\nendpoint_url = http://127.0.0.1:1
[profile process]\ncredential_process = echo ${SECRET}
[profile half]\naws_secret_access_key = ${SECRET}\n`,
    `[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = ${SECRET}\naws_session_token = ${TOKEN}\n`,
  );
  const failing: Record<string, () => Promise<unknown>> = {
    refused: async () =>
      await listBuckets(
        await resolveStore("x", {
          endpoint: "http://127.0.0.1:1",
          accessKeyId: "AKIACANARY",
          secretAccessKey: SECRET,
        }, home.environment()),
      ),
    proxy: async () =>
      await listBuckets(
        await resolveStore(
          "x",
          { profile: "base", endpoint: "https://nowhere.invalid" },
          home.environment({ HTTPS_PROXY: `http://me:${PASSWORD}@127.0.0.1:1` }),
        ),
      ),
    role: async () =>
      await (await resolveStore("x", { profile: "role" }, home.environment())).credentials(),
    process: async () =>
      await (await resolveStore("x", { profile: "process" }, home.environment())).credentials(),
    half: async () => await resolveStore("x", { profile: "half" }, home.environment()),
    lonely: async () => await resolveStore("x", { secretAccessKey: SECRET }, home.environment()),
    variable: async () =>
      await resolveStore(
        "x",
        {},
        home.environment({
          AWS_ACCESS_KEY_ID: "A",
          AWS_PROFILE: "none",
          AWS_SECRET_ACCESS_KEY: SECRET,
        }),
      ),
  };
  registerSecret(PASSWORD);
  for (const [what, fail] of Object.entries(failing)) assertClean(await thrownBy(fail), what);
});
