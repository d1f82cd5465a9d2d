/**
 * Where events come from: a webhook of this process, or a queue of a broker.
 *
 * @module
 */
import { type DipperError, UsageError } from "../../errors.ts";
import type { Listener } from "../../objects/notify/listen/listener.ts";
import type { Invocation } from "../invocation.ts";
import type { CommandTarget } from "../target.ts";
import { withPassword } from "./broker_password.ts";

/** Where a webhook is. */
export interface WebhookPlace {
  readonly hostname: string;
  readonly port: number;
}

/** Flags that say where events come from. */
export interface SourceFlags {
  readonly webhook?: WebhookPlace;
  readonly path?: string;
  readonly amqp?: string;
  readonly exchange?: string;
  readonly queue?: string;
  readonly routingKey?: string;
  readonly prefetch?: number;
  readonly register: boolean;
  readonly address?: string;
  readonly suffix: string;
}

/** What is told of the source while it lasts. */
export interface SourceEvents {
  readonly onFailure: (error: unknown) => void;
  /** It is gone for good. */
  readonly onEnd: (error: DipperError) => void;
  /** It is back after it had gone. */
  readonly onReturn: () => void;
}

/** A source of events. */
export interface Source extends AsyncDisposable {
  /** What a person should know of it. */
  readonly shown: string;
  /** Where a rule of the service sends events. */
  readonly push: { readonly address: string; readonly exchange?: string };
  /** Resolves when what waited there has been taken. */
  caughtUp(over: AbortSignal): Promise<void>;
}

/** Messages of a broker that are told of at a time when nothing is said. */
export const DEFAULT_PREFETCH = 100;

/** Addresses that mean every one of the machine, and none that a service could call. */
const ANY_ADDRESS = ["0.0.0.0", "::"];

/** Opens the source that the flags name; undefined for none. */
export async function openSource(
  invocation: Invocation,
  target: CommandTarget,
  listener: Listener,
  { flags, events }: { readonly flags: SourceFlags; readonly events: SourceEvents },
): Promise<Source | undefined> {
  if (flags.webhook !== undefined) return await openWebhook(listener, flags.webhook, flags, events);
  if (flags.amqp === undefined) return undefined;
  return await openBroker(invocation, target, listener, { flags, events, amqp: flags.amqp });
}

async function openWebhook(
  listener: Listener,
  place: WebhookPlace,
  flags: SourceFlags,
  { onFailure }: SourceEvents,
): Promise<Source> {
  const { openInbox } = await import("../../objects/notify/listen/inbox.ts");
  const path = flags.path ?? (flags.register ? `/dipper-${crypto.randomUUID()}` : undefined);
  const called = flags.register ? flags.address : "";
  if (called === undefined && ANY_ADDRESS.includes(place.hostname)) {
    throw new UsageError(`a service cannot call ${place.hostname}`, {
      hint: "Say what it can call: --address http://THIS-MACHINE:PORT/PATH, with the same --path.",
    });
  }
  const inbox = openInbox({ ...place, path, take: listener.take, onFailure });
  const host = place.hostname.includes(":") ? `[${place.hostname}]` : place.hostname;
  const here = `http://${host}:${inbox.port}${path ?? "/"}`;
  return {
    shown: here,
    push: { address: called || here },
    caughtUp: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => inbox[Symbol.asyncDispose](),
  };
}

async function openBroker(
  invocation: Invocation,
  target: CommandTarget,
  listener: Listener,
  { flags, events, amqp }: { flags: SourceFlags; events: SourceEvents; amqp: string },
): Promise<Source> {
  const { BrokerInbox } = await import("../../objects/notify/listen/broker_inbox.ts");
  const { parseBrokerAddress } = await import("../../objects/notify/listen/broker_address.ts");
  const { readCertificates } = await import("../../store/tls.ts");
  const { exchange, routingKey, prefetch = DEFAULT_PREFETCH } = flags;
  const password = invocation.host.settings.brokerPassword;
  const address = parseBrokerAddress(amqp, password);
  const queue = flags.queue ?? await ownQueue(target, flags.suffix);
  const inbox = await BrokerInbox.open({
    address,
    queue,
    exchange,
    routingKey,
    prefetch,
    ca: readCertificates(target.store.caBundle),
    take: listener.take,
    onNotice: invocation.notice,
    onEnd: events.onEnd,
    onReturn: events.onReturn,
    signal: invocation.signal,
  });
  return {
    shown: `the queue ${queue} of ${address.shown}`,
    push: { address: flags.address ?? withPassword(amqp, password), exchange },
    caughtUp: (over) => inbox.caughtUp(over),
    [Symbol.asyncDispose]: () => inbox[Symbol.asyncDispose](),
  };
}

/** The same at each start, and another one for each address: nothing is lost, nothing is shared. */
async function ownQueue({ store, bucket, key }: CommandTarget, suffix: string): Promise<string> {
  const { sha256 } = await import("../../range/digest.ts");
  const scope = sha256(JSON.stringify([store.endpoint?.origin, bucket, key, suffix])).slice(0, 8);
  return `dipper-${bucket}-${scope}`;
}
