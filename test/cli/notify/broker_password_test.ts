import assert from "node:assert/strict";
import fc from "fast-check";
import { withPassword } from "../../../src/cli/notify/broker_password.ts";
import { parseBrokerAddress } from "../../../src/objects/notify/listen/broker_address.ts";

Deno.test("a password is added for a user who has none in the address", () => {
  assert.equal(withPassword("amqps://ann@mq/lab", "p@ss/word"), "amqps://ann:p%40ss%2Fword@mq/lab");
  for (const address of ["amqps://ann:own@mq/lab", "amqp://mq/lab", "no address"]) {
    assert.equal(withPassword(address, "p@ss/word"), address);
  }
  assert.equal(withPassword("amqps://ann@mq/lab", undefined), "amqps://ann@mq/lab");
});

Deno.test("any password comes through", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((each) => each.isWellFormed());
  fc.assert(fc.property(text, (password) => {
    const address = withPassword("amqps://ann@mq/lab", password);
    assert.equal(parseBrokerAddress(address).password, password);
  }));
});
