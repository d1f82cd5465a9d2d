import assert from "node:assert/strict";
import { isDipperError } from "../../../src/errors.ts";
import { corsPreset } from "../../../src/objects/cors/cors.ts";
import { preflight } from "../../../src/objects/cors/preflight.ts";
import { fakeStore } from "../../range/support/fake_store.ts";
import { scriptedServer, thrownBy } from "../../store/scripted.ts";

const ORIGIN = "https://maps.example.org";

Deno.test("a preflight is judged as a browser judges it", async () => {
  let answer: Record<string, string> & { status?: string } = {};
  await using server = scriptedServer(() => {
    const { status = "200", ...headers } = answer;
    return new Response(null, { status: Number(status), headers });
  });
  const store = fakeStore(new URL(server.url));
  const ask = async (method: string, headers: string[] = []) => {
    const seen = await preflight(store, { bucket: "b", key: "é/k" }, {
      origin: ORIGIN,
      method,
      headers,
    });
    return seen.allowed ? "allowed" : seen.why;
  };
  const allow = (more: Record<string, string> = {}) => ({
    "access-control-allow-origin": ORIGIN,
    ...more,
  });
  answer = allow();
  assert.equal(await ask("GET"), "allowed");
  assert.equal(await ask("PUT"), "PUT is not allowed");
  assert.equal(await ask("GET", ["range"]), "the header range is not allowed");
  answer = allow({
    "access-control-allow-methods": "GET, PUT",
    "access-control-allow-headers": "Range",
  });
  assert.equal(await ask("PUT", ["range"]), "allowed");
  answer = { "access-control-allow-origin": "https://other.example" };
  assert.match((await ask("GET"))!, /it allows https:\/\/other\.example/);
  answer = {};
  assert.match((await ask("GET"))!, /no rule allows/);
  answer = { ...allow(), status: "403" };
  assert.match((await ask("GET"))!, /answered with 403/);
  const [first] = server.seen;
  assert.equal(first.method, "OPTIONS");
  assert.equal(first.headers.get("origin"), ORIGIN);
  assert.equal(first.headers.get("authorization"), null);
  assert.equal(first.path, "/b/%C3%A9/k");
});

Deno.test("a service that does not answer is an error, not a refusal", async () => {
  const store = fakeStore(new URL("http://127.0.0.1:1"));
  const request = { origin: ORIGIN, method: "GET" };
  const error = await thrownBy(() => preflight(store, { bucket: "b", key: "k" }, request));
  assert.ok(isDipperError(error, "network"));
});

Deno.test("the preset lets readers see ranges", () => {
  const [rule] = corsPreset("read-from-browser", [ORIGIN]);
  assert.deepEqual(rule.AllowedMethods, ["GET", "HEAD"]);
  assert.ok(rule.ExposeHeaders?.includes("Content-Range"));
});
