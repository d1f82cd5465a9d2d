import assert from "node:assert/strict";
import fc from "fast-check";
import { redact } from "../../src/redaction.ts";
import { environmentOf } from "../../src/store/environment.ts";
import { bypassesProxy, describeProxy, proxyFor } from "../../src/store/proxy.ts";

const https = new URL("https://s3.example.org");
const at = (address: string, variables: Record<string, string>) =>
  proxyFor(new URL(address), environmentOf(variables))?.url.href;

Deno.test("the scheme of the address chooses the variable, lower case first", () => {
  const both = { HTTP_PROXY: "http://a:1", HTTPS_PROXY: "http://b:2" };
  assert.equal(at("http://x", both), "http://a:1/");
  assert.equal(at("https://x", both), "http://b:2/");
  assert.equal(at("https://x", { ...both, https_proxy: "http://c:3" }), "http://c:3/");
  assert.equal(at("https://x", { ALL_PROXY: "d:4" }), "http://d:4/");
  assert.equal(at("https://x", { HTTP_PROXY: "http://a:1" }), undefined);
  assert.equal(at("http://x", { HTTP_PROXY: "http://a:1", REQUEST_METHOD: "GET" }), undefined);
});

Deno.test("NO_PROXY: hosts, what is under them, ports, addresses, blocks", () => {
  const table: [string, string, boolean][] = [
    ["https://s3.example.org", "example.org", true],
    ["https://s3.example.org", ".example.org", true],
    ["https://s3.example.org", "*.example.org", true],
    ["https://example.org", ".example.org", true],
    ["https://badexample.org", "example.org", false],
    ["https://example.org.evil", "example.org", false],
    ["https://S3.Example.ORG", "EXAMPLE.org", true],
    ["https://s3.example.org:8443", "example.org:8443", true],
    ["https://s3.example.org", "example.org:8443", false],
    ["https://s3.example.org", "example.org:443", true],
    ["http://s3.example.org", "example.org:80", true],
    ["http://127.0.0.1:9000", "127.0.0.1", true],
    ["http://127.0.0.1:9000", "localhost,127.0.0.1", true],
    ["http://10.1.2.3", "10.0.0.0/8", true],
    ["http://11.1.2.3", "10.0.0.0/8", false],
    ["http://10.1.2.3", "1.2.3", false],
    ["http://[::1]:9000", "::1", true],
    ["http://[::1]:9000", "[::1]:9000", true],
    ["http://[::1]:9000", "[::1]:9001", false],
    ["https://x", "*", true],
    ["https://x", "", false],
    ["https://x", " , ,", false],
    ["https://x", "a b,x", true],
    ["https://x.", "x", true],
  ];
  for (const [address, exceptions, expected] of table) {
    assert.equal(bypassesProxy(new URL(address), exceptions), expected, `${address} ${exceptions}`);
  }
});

Deno.test("a host is excepted by itself and its parents, and by no other suffix", () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
  fc.assert(fc.property(fc.array(label, { minLength: 2, maxLength: 4 }), label, (labels, extra) => {
    const host = labels.join(".");
    const address = new URL(`https://${host}`);
    for (let i = 0; i < labels.length; i++) {
      assert.equal(bypassesProxy(address, labels.slice(i).join(".")), true);
    }
    assert.equal(bypassesProxy(address, `${extra}x.${host}`), false);
    assert.equal(bypassesProxy(new URL(`https://z${host}`), host), false);
  }));
});

Deno.test("any NO_PROXY text is read without an error", () => {
  fc.assert(fc.property(fc.string(), (text) => typeof bypassesProxy(https, text) === "boolean"));
});

Deno.test("a proxy's password is a secret and never shown", () => {
  const url =
    proxyFor(https, environmentOf({ HTTPS_PROXY: "http://me:canary%40password1@p:3128" }))!
      .url;
  assert.equal(describeProxy(url), "http://me@p:3128");
  assert.equal(redact("canary@password1").includes("canary"), false);
  assert.equal(redact(url.href).includes("canary"), false);
});

Deno.test("a proxy that is no address is named by its variable, not its value", () => {
  assert.throws(
    () => proxyFor(https, environmentOf({ HTTPS_PROXY: "socks9://u:canarypassword2@x" })),
    (error: Error) => /HTTPS_PROXY/.test(error.message) && !/canary/.test(Deno.inspect(error)),
  );
});
