import assert from "node:assert/strict";
import { doorEnvironment, doorVariables, shellLines } from "../../../src/cli/door/variables.ts";

const DOOR = {
  endpoint: "http://127.0.0.1:9555",
  key: { accessKeyId: "dipper", secretAccessKey: "random" },
  region: "us-east-1",
  profiles: [],
};
const FILES = { config: "/tmp/x/config", credentials: "/tmp/x/credentials" };

Deno.test("nothing of the person's own keys, profiles and addresses is left", () => {
  const environment = doorEnvironment(DOOR, {
    PATH: "/bin",
    AWS_ACCESS_KEY_ID: "real",
    AWS_SECRET_ACCESS_KEY: "real-secret",
    AWS_SESSION_TOKEN: "real-token",
    AWS_PROFILE: "lab",
    AWS_CONFIG_FILE: "/home/x/.aws/config",
    AWS_ENDPOINT_URL_S3: "https://s3.example.org",
    AWS_S3_ENDPOINT: "s3.example.org",
    AWS_NO_SIGN_REQUEST: "YES",
    RCLONE_S3_PROFILE: "lab",
  }, FILES);
  assert.deepEqual(
    Object.entries(environment).filter(([, value]) => /real|lab|example|home|YES/.test(value)),
    [],
  );
  assert.equal(environment.PATH, "/bin");
  assert.ok(!("AWS_SESSION_TOKEN" in environment));
  assert.equal(environment.AWS_ENDPOINT_URL_S3, "http://127.0.0.1:9555");
  assert.equal(environment.AWS_S3_ENDPOINT, "127.0.0.1:9555");
  assert.equal(environment.AWS_CONFIG_FILE, "/tmp/x/config");
});

Deno.test("a proxy is never asked for the gateway", () => {
  const proxied = { no_proxy: "example.org, 127.0.0.1", HTTP_PROXY: "http://proxy" };
  const { NO_PROXY, no_proxy } = doorEnvironment(DOOR, proxied, FILES);
  assert.equal(NO_PROXY, "example.org,127.0.0.1,localhost");
  assert.equal(no_proxy, NO_PROXY);
});

Deno.test("lines for a shell say what the environment says", async () => {
  const key = { accessKeyId: "dipper", secretAccessKey: "it's $HOME" };
  const lines = shellLines(doorVariables({ ...DOOR, key }));
  const script =
    `${lines}printf '%s\\n' "$AWS_SECRET_ACCESS_KEY" "$AWS_ENDPOINT_URL" "$AWS_PROFILE"`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", script],
    env: { AWS_PROFILE: "lab" },
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "it's $HOME\nhttp://127.0.0.1:9555\n\n");
});
