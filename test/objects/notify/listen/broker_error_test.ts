import assert from "node:assert/strict";
import { parseBrokerAddress } from "../../../../src/objects/notify/listen/broker_address.ts";
import { brokerError, isFinal } from "../../../../src/objects/notify/listen/broker_error.ts";
import { ResourceError } from "../../../../src/errors.ts";

const PLACE = { address: parseBrokerAddress("amqp://ann@mq/lab"), queue: "q", exchange: "e" };

function failure(message: string, code?: string | number): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

Deno.test("a broker's refusals have tags; some of them end a listener", () => {
  // Messages of amqplib 2.3 and RabbitMQ 3.10.
  const cases: readonly (readonly [Error, string, RegExp, boolean])[] = [
    [
      failure(
        'Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login"',
      ),
      "bad_credentials",
      /amqp:\/\/mq:5672\/lab refuses the user ann/,
      true,
    ],
    [
      failure("Operation failed: …; 403 … access to queue 'q' in vhost 'lab' refused", 403),
      "permission",
      /does not let ann use queue 'q'/,
      true,
    ],
    [
      failure("Operation failed: …; 403 … queue 'q' in vhost 'lab' in exclusive use", 403),
      "usage",
      /another listener reads the queue q/,
      false,
    ],
    [
      failure("NOT_FOUND - no exchange 'e' in vhost 'lab'", 404),
      "key_not_found",
      /exchange e/,
      false,
    ],
    [failure("NOT_FOUND - no queue 'q' in vhost 'lab'", 404), "key_not_found", /no queue q/, false],
    [
      failure("Expected ConnectionOpenOk; got <ConnectionClose channel:0>"),
      "key_not_found",
      /no virtual host lab/,
      false,
    ],
    [failure("self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"), "tls", /not trusted/, true],
    [failure("(SSL routines:…:wrong version number)", "ERR_SSL"), "tls", /not speak TLS/, true],
    [failure("connect ECONNREFUSED", "ECONNREFUSED"), "network", /cannot be reached/, false],
    [failure("INTERNAL_ERROR - vhost 'lab' is down", 541), "service", /refuses: INTERNAL/, false],
  ];
  for (const [error, tag, message, ends] of cases) {
    const told = brokerError(error, PLACE);
    assert.equal(told.tag, tag, error.message);
    assert.match(told.message, message);
    assert.equal(isFinal(told), ends, tag);
  }
  const own = new ResourceError("disk_full", "no room");
  assert.equal(brokerError(own, PLACE), own);
});
