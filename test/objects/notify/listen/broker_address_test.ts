import assert from "node:assert/strict";
import fc from "fast-check";
import { parseBrokerAddress } from "../../../../src/objects/notify/listen/broker_address.ts";
import { redact } from "../../../../src/redaction.ts";

Deno.test("an address names host, port, virtual host and user", () => {
  assert.deepEqual(parseBrokerAddress("amqp://mq.example.org"), {
    protocol: "amqp",
    hostname: "mq.example.org",
    port: 5672,
    vhost: "/",
    username: "guest",
    password: "guest",
    shown: "amqp://mq.example.org:5672/",
  });
  assert.deepEqual(parseBrokerAddress("amqps://ann:s%40cret-0@[::1]:1234/a%2Fb"), {
    protocol: "amqps",
    hostname: "::1",
    port: 1234,
    vhost: "a/b",
    username: "ann",
    password: "s@cret-0",
    shown: "amqps://[::1]:1234/a%2Fb",
  });
  assert.equal(parseBrokerAddress("amqps://h/lab").port, 5671);
  assert.equal(parseBrokerAddress("amqp://h/%2F").vhost, "/");
});

Deno.test("a password may come from elsewhere, for a user without one", () => {
  assert.equal(parseBrokerAddress("amqp://ann@h/", "from-outside").password, "from-outside");
  assert.equal(parseBrokerAddress("amqp://ann:own-password@h/", "x").password, "own-password");
  assert.equal(parseBrokerAddress("amqp://h/", "from-outside").password, "guest");
});

Deno.test("what is no address is refused without showing any of it", () => {
  const wrong = [
    "",
    "mq:5672",
    "http://h/",
    "amqp:///v",
    "amqp://u:canary-of-a-test@:x/",
    "amqp://u:canary-of-a-test%ZZ@h/",
    "amqp://u:canary-of-a-test@h/v?heartbeat=1",
    "amqp://h/%00",
  ];
  for (const text of wrong) {
    assert.throws(() => parseBrokerAddress(text), (error: Error & { tag?: string }) => {
      assert.equal(error.tag, "usage", text);
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /canary/);
      return true;
    });
  }
});

Deno.test("any user, password and virtual host can be written, and no password is shown", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((each) =>
    !each.includes("\0") && each.isWellFormed()
  );
  const long = fc.string({ unit: "grapheme-ascii", minLength: 12, maxLength: 20 });
  fc.assert(
    fc.property(text, long, text, (user, password, vhost) => {
      const [name, secret, path] = [user, password, vhost].map(encodeURIComponent);
      const address = parseBrokerAddress(`amqp://${name}:${secret}@h/${path}`);
      // A path of dots is a step, in every URL.
      if (vhost !== "." && vhost !== "..") assert.equal(address.vhost, vhost);
      assert.deepEqual([address.username, address.password], [user, password]);
      assert.ok(!redact(`refused: ${password}`).includes(password));
    }),
    { numRuns: 50 },
  );
});
