import assert from "node:assert/strict";
import { serveCredentials } from "../../src/cli/credentials_server.ts";

Deno.test("credentials are given to who knows the token, and to nobody else", async () => {
  const expiration = new Date("2030-01-01T00:00:00Z");
  const credentials = {
    accessKeyId: "A",
    secretAccessKey: "served-secret-1",
    sessionToken: "T",
    expiration,
  };
  await using server = serveCredentials(() => Promise.resolve(credentials));
  const ask = (token?: string) =>
    fetch(server.url, { headers: token === undefined ? {} : { authorization: token } });
  for (const token of [undefined, "", "wrong", `${server.token}x`]) {
    const refused = await ask(token);
    assert.equal(refused.status, 403);
    assert.ok(!(await refused.text()).includes("served-secret"));
  }
  assert.deepEqual(await (await ask(server.token)).json(), {
    AccessKeyId: "A",
    SecretAccessKey: "served-secret-1",
    Token: "T",
    Expiration: expiration.toISOString(),
  });
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:/);
});
