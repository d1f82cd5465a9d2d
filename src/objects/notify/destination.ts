/**
 * Where events are sent: a topic, queue or function that exists, or an address that a topic of the
 * store's own pushes to.
 *
 * @see https://docs.ceph.com/en/latest/radosgw/notifications/
 * @module
 */
import { UsageError } from "../../errors.ts";
import { registerSecret } from "../../redaction.ts";
import type { Store } from "../../store/store.ts";
import type { DestinationKind } from "./configuration_xml.ts";

/** When an AMQP broker counts as having an event. */
export const ACK_LEVELS = ["none", "broker", "routable"] as const;

/** One of {@link ACK_LEVELS}. */
export type AckLevel = typeof ACK_LEVELS[number];

/** An address that a topic pushes to. */
export interface PushDestination {
  /** `http:`, `https:`, `amqp:` or `amqps:`. */
  readonly address: string;
  /** Exchange of an AMQP broker; it must exist. */
  readonly exchange?: string;
  readonly ackLevel?: AckLevel;
  /** Whether events wait at the service until the address takes them. */
  readonly delivery: "at-once" | "persistent";
}

/**
 * The kind of thing that an ARN names.
 *
 * @throws {UsageError} when events cannot go there
 */
export function kindOfArn(arn: string): DestinationKind {
  const service = /^arn:[^:]*:(sns|sqs|lambda):[^:]*:[^:]*:.+$/.exec(arn)?.[1] ??
    (/^arn:minio:sqs:[^:]*:[^:]*:.+$/.test(arn) ? "sqs" : undefined);
  switch (service) {
    case "sns":
      return "topic";
    case "sqs":
      return "queue";
    case "lambda":
      return "function";
    default:
      throw new UsageError(`${arn} is no ARN of a topic, a queue or a function`, {
        hint: "Write it as arn:aws:sns:REGION:ACCOUNT:NAME, or with sqs or lambda.",
      });
  }
}

/**
 * Checks an address before anything is asked.
 *
 * @throws {UsageError} when a topic of `store` cannot push there
 */
export function checkPush(store: Store, { address, exchange }: PushDestination): void {
  const scheme = /^([a-z]+):\/\/./i.exec(address)?.[1].toLowerCase() ?? "";
  const isAmqp = ["amqp", "amqps"].includes(scheme);
  if (!URL.canParse(address) || (!isAmqp && !["http", "https"].includes(scheme))) {
    throw new UsageError("the address is none of a webhook or an AMQP broker", {
      hint: "Write http://HOST:PORT/PATH, or amqp://HOST:PORT/VHOST.",
    });
  }
  if (isAmqp && !exchange) {
    throw new UsageError("an AMQP broker needs --exchange", {
      hint: "Name an exchange that exists at the broker, such as amq.topic.",
    });
  }
  const { username, password } = new URL(address);
  registerSecret(decodeURIComponent(password));
  if ((username !== "" || password !== "") && store.endpoint?.protocol === "http:") {
    throw new UsageError(
      "the address has a user and a password, and Ceph takes no secrets over plain HTTP",
      {
        hint: "Use the https address of the service, or a broker that asks this service for none.",
      },
    );
  }
}

/** The attributes of a topic that pushes there. */
export function topicAttributes(
  { address, exchange, ackLevel, delivery }: PushDestination,
): Readonly<Record<string, string>> {
  const isAmqp = /^amqps?:/i.test(address);
  return {
    "push-endpoint": address,
    ...(delivery === "persistent" ? { persistent: "true" } : {}),
    ...(isAmqp && exchange !== undefined ? { "amqp-exchange": exchange } : {}),
    ...(isAmqp ? { "amqp-ack-level": ackLevel ?? "broker" } : {}),
  };
}

/** An address as it may be shown: without its password. */
export function shownAddress(address: string): string {
  return address.replace(/^([a-z]+:\/\/[^:/@]*):[^@/]*@/i, "$1:…@");
}
