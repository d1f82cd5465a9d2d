/**
 * What a broker refuses, in words.
 *
 * @see https://www.rabbitmq.com/amqp-0-9-1-reference#constants
 * @module
 */
import {
  ConnectionError,
  CredentialsError,
  type DipperError,
  isDipperError,
  NotFoundError,
  PermissionError,
  ServiceError,
  UsageError,
} from "../../../errors.ts";
import type { BrokerAddress } from "./broker_address.ts";

/** What was asked of the broker. */
export interface BrokerPlace {
  readonly address: BrokerAddress;
  readonly queue: string;
  readonly exchange?: string;
}

/** Codes of `node:tls` and OpenSSL for certificates that are not trusted or not of this host. */
const TLS_CODES = /CERT|TLS|SSL/;

/** A failure of the connection or of its channel, as an error of ours. */
export function brokerError(error: unknown, place: BrokerPlace): DipperError {
  if (isDipperError(error)) return error;
  const { address: { shown, username, vhost } } = place;
  const { code, message = String(error) } = error as { code?: string | number; message?: string };
  const context = { endpoint: shown, code: code === undefined ? undefined : String(code) };
  if (/Handshake terminated by server|ACCESS_REFUSED - Login/i.test(message)) {
    return new CredentialsError(
      "bad_credentials",
      `the broker ${shown} refuses the user ${username}`,
      { ...context, hint: "Check the user and the password in --amqp.", cause: error },
    );
  }
  if (code === 404) return missing(place, message, error);
  if (code === 403 && /in exclusive use/.test(message)) {
    return new UsageError(`another listener reads the queue ${place.queue}`, {
      ...context,
      hint: "One listener has a queue to itself, or each would miss events: name another --queue.",
      cause: error,
    });
  }
  if (code === 403) {
    return new PermissionError(
      `the broker ${shown} does not let ${username} use ${thingIn(message) ?? "the queue"}`,
      {
        ...context,
        hint:
          "The user needs rights in the virtual host: configure and write for a queue that is " +
          "made, read for the queue and the exchange.",
        cause: error,
      },
    );
  }
  if (/Expected ConnectionOpenOk/.test(message)) {
    return new NotFoundError(
      "key",
      `the broker ${shown} has no virtual host ${vhost}, or ${username} may not use it`,
      { ...context, hint: "The path of the address names it; none means /.", cause: error },
    );
  }
  if (/wrong version number|InvalidContentType/.test(message)) {
    return new ConnectionError("tls", `the broker ${shown} does not speak TLS at this port`, {
      ...context,
      hint: "Write amqp:// for a plain connection; 5671 is the usual port of amqps.",
      cause: error,
    });
  }
  if (typeof code === "string" && TLS_CODES.test(code)) {
    return new ConnectionError("tls", `the certificate of ${shown} is not trusted: ${message}`, {
      ...context,
      hint: "Name a file with the certificate of its authority in AWS_CA_BUNDLE.",
      cause: error,
    });
  }
  if (typeof code === "number") {
    return new ServiceError(`the broker ${shown} refuses: ${message}`, {
      ...context,
      cause: error,
    });
  }
  return new ConnectionError("network", `the broker ${shown} cannot be reached: ${message}`, {
    ...context,
    hint: "Check host and port; 5672 is the usual one, 5671 for amqps.",
    cause: error,
  });
}

/** Whether trying again later cannot help. */
export function isFinal(error: DipperError): boolean {
  return ["bad_credentials", "permission", "tls"].includes(error.tag);
}

function missing({ queue, exchange }: BrokerPlace, message: string, cause: unknown): NotFoundError {
  if (exchange !== undefined && /no exchange/.test(message)) {
    return new NotFoundError("key", `the broker has no exchange ${exchange}`, {
      hint: "It must exist; amq.topic always does.",
      cause,
    });
  }
  return new NotFoundError("key", `the broker has no queue ${queue}`, {
    hint: "With --exchange NAME it is made, durable, and gets what is sent there.",
    cause,
  });
}

function thingIn(message: string): string | undefined {
  return /access to ((?:queue|exchange) '[^']*')/.exec(message)?.[1];
}
