/**
 * The address of an AMQP broker, as people write it.
 *
 * @see https://www.rabbitmq.com/docs/uri-spec
 * @module
 */
import { UsageError } from "../../../errors.ts";
import { registerSecret } from "../../../redaction.ts";

/** Where a broker is, and as whom it is asked. */
export interface BrokerAddress {
  readonly protocol: "amqp" | "amqps";
  readonly hostname: string;
  readonly port: number;
  readonly vhost: string;
  readonly username: string;
  readonly password: string;
  /** The address without user and password. */
  readonly shown: string;
}

/** What brokers take from their own machine when nothing is said (RabbitMQ's `guest`). */
const DEFAULT_USER = "guest";

/**
 * Reads `amqp[s]://[USER[:PASSWORD]@]HOST[:PORT][/VHOST]`; the virtual host is `/` when none is named,
 * and the parts are percent-encoded.
 *
 * @param password for a user whose password the address leaves out
 * @throws {UsageError} that shows nothing of the address, which may hold a password
 */
export function parseBrokerAddress(text: string, password?: string): BrokerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = /^(amqps?):$/.exec(url?.protocol ?? "")?.[1] as "amqp" | "amqps" | undefined;
  if (url === undefined || protocol === undefined || url.hostname === "") throw notAnAddress();
  const [username, own] = [decoded(url.username), decoded(url.password)];
  registerSecret(own);
  registerSecret(password);
  const vhost = decoded(url.pathname.slice(1));
  if (url.search !== "" || url.hash !== "" || vhost.includes("\0")) throw notAnAddress();
  const isNobody = username === "" && own === "";
  const port = url.port === "" ? (protocol === "amqp" ? 5672 : 5671) : Number(url.port);
  return {
    protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    vhost: vhost === "" ? "/" : vhost,
    username: isNobody ? DEFAULT_USER : username,
    password: isNobody ? DEFAULT_USER : own || (password ?? ""),
    shown: `${protocol}://${url.hostname}:${port}/${vhost === "" ? "" : encodeURIComponent(vhost)}`,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notAnAddress();
  }
}

function notAnAddress(): UsageError {
  return new UsageError("the address is none of an AMQP broker", {
    hint: "Write amqp://USER:PASSWORD@HOST:5672/VHOST, or amqps://; %2F stands for a slash, %40 " +
      "for an at sign.",
  });
}
