/**
 * A queue of a broker that services send events to, over AMQP 0-9-1.
 *
 * The queue is durable and stays when the listener ends, so what is sent meanwhile waits there. A
 * message is acknowledged when all that it holds has been told: the broker sends it again otherwise.
 *
 * @see https://www.rabbitmq.com/docs/confirms
 * @module
 */
import {
  type Channel,
  type ChannelModel,
  connect,
  type ConsumeMessage,
  IllegalOperationError,
} from "amqplib";
import { cancelled, type DipperError, isDipperError, throwIfAborted } from "../../../errors.ts";
import type { BrokerAddress } from "./broker_address.ts";
import { brokerError, isFinal } from "./broker_error.ts";
import { type ObjectEvent, parseEventBody } from "./event.ts";
import type { Arrival } from "./listener.ts";
import { pause } from "./pause.ts";
import { Recent } from "./recent.ts";

/** What to take from a broker. */
export interface BrokerInboxOptions {
  readonly address: BrokerAddress;
  readonly queue: string;
  /** The queue is made when it is not there, and bound to this exchange. */
  readonly exchange?: string;
  /** What of the exchange; `#`, everything, when absent. */
  readonly routingKey?: string;
  /** Most messages that are told of at a time; the others wait at the broker. */
  readonly prefetch: number;
  /** PEM certificates to trust besides the system's. */
  readonly ca?: readonly string[];
  readonly take: (events: readonly ObjectEvent[], arrival: Arrival) => "taken" | "too-many";
  /** Told when the broker is gone, and of messages that are no events. */
  readonly onNotice: (text: string) => void;
  /** Told when the broker is back: events may have been lost before they reached it. */
  readonly onReturn?: () => void;
  /** Told when the broker is gone for good. */
  readonly onEnd: (error: DipperError) => void;
  /** Milliseconds before the `attempt`th try, from 1. */
  readonly delay?: (attempt: number) => number;
  readonly signal?: AbortSignal;
}

/** Milliseconds until a connection stands. */
const CONNECTION_TIMEOUT = 10_000;

/** Milliseconds that a broker has to answer a farewell. */
const CLOSING_TIMEOUT = 5000;

/** Milliseconds between two looks whether there is room, or whether the queue is empty. */
const LOOK_EVERY = 100;

/** A connection with its channel, while it lasts. */
interface Session {
  readonly connection: ChannelModel;
  readonly channel: Channel;
  /** Resolves with the reason when it is over. */
  readonly over: Promise<unknown>;
}

/** A queue that is listened to. */
export class BrokerInbox implements AsyncDisposable {
  readonly #options: BrokerInboxOptions;
  readonly #stop = new AbortController();
  readonly #backlog: { session: Session; message: ConsumeMessage }[] = [];
  /** Ids of what was told, whose acknowledgement may have been lost on its way. */
  readonly #told: Recent<true>;
  #session: Session | undefined;
  #taking: Promise<void> | undefined;
  #staying: Promise<void> | undefined;

  private constructor(options: BrokerInboxOptions) {
    this.#options = options;
    this.#told = new Recent(options.prefetch * 2);
  }

  /**
   * Connects, makes and binds the queue when an exchange is named, and begins to take.
   *
   * @throws {ConnectionError} when the broker cannot be reached
   * @throws {CredentialsError | PermissionError | NotFoundError} when it refuses
   * @throws {UsageError} when another listener reads the queue
   */
  static async open(options: BrokerInboxOptions): Promise<BrokerInbox> {
    throwIfAborted(options.signal);
    const inbox = new BrokerInbox(options);
    const session = await inbox.#connect();
    if (options.signal?.aborted) {
      await end(session);
      throw cancelled(options.signal);
    }
    inbox.#staying = inbox.#stay(session);
    return inbox;
  }

  /** Resolves when nothing waits at the broker and what came has been taken, or when it is `over`. */
  async caughtUp(over: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, over]);
    while (!signal.aborted) {
      try {
        const ready = await this.#session?.channel.checkQueue(this.#options.queue);
        if (ready?.messageCount === 0 && this.#taking === undefined) return;
      } catch {
        // The connection broke: it is made anew.
      }
      await pause(LOOK_EVERY, signal);
    }
  }

  /** Acknowledgements are at the broker when this resolves; what was not told stays there. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#staying;
    await this.#taking;
  }

  async #connect(): Promise<Session> {
    const { address, queue, exchange, routingKey = "#", prefetch, ca = [] } = this.#options;
    const { protocol, hostname, port, vhost, username, password } = address;
    let connection: ChannelModel | undefined;
    try {
      connection = await connect(
        { protocol, hostname, port, vhost: encodeURIComponent(vhost), username, password },
        {
          timeout: CONNECTION_TIMEOUT,
          noDelay: true,
          keepAlive: true,
          clientProperties: { connection_name: "dipper notify listen" },
          ...(ca.length === 0 ? {} : { ca: [...ca] }),
        },
      );
      const over = Promise.withResolvers<unknown>();
      connection.on("error", over.resolve);
      connection.on("close", over.resolve);
      if (exchange !== undefined) await this.#makeQueue(connection);
      const channel = await connection.createChannel();
      channel.on("error", over.resolve);
      channel.on("close", () => over.resolve(undefined));
      if (exchange !== undefined) await channel.bindQueue(queue, exchange, routingKey);
      await channel.prefetch(prefetch);
      const session = this.#session = { connection, channel, over: over.promise };
      await channel.consume(queue, (message) => {
        if (message === null) return over.resolve(new Error(`the queue ${queue} was removed`));
        this.#backlog.push({ session, message });
        this.#taking ??= this.#takeAll();
      }, { exclusive: true });
      return session;
    } catch (error) {
      this.#session = undefined;
      await connection?.close().catch(() => {}); // it is of no use any more
      throw brokerError(error, this.#options);
    }
  }

  /** A queue that is there is taken as it is: its kind is its maker's choice. */
  async #makeQueue(connection: ChannelModel): Promise<void> {
    const { queue } = this.#options;
    const channel = await connection.createChannel();
    channel.on("error", () => {}); // the call fails with it
    try {
      await channel.checkQueue(queue);
      await channel.close();
    } catch (error) {
      if ((error as { code?: unknown }).code !== 404) throw error;
      const other = await connection.createChannel();
      other.on("error", () => {});
      await other.assertQueue(queue, { durable: true });
      await other.close();
    }
  }

  /** Keeps a connection, until it is ended or the broker refuses for good. */
  async #stay(first: Session): Promise<void> {
    const { onEnd, onReturn = () => {}, onNotice, address } = this.#options;
    const { signal } = this.#stop;
    const stopped = new Promise<"stopped">((resolve) => {
      signal.addEventListener("abort", () => resolve("stopped"), { once: true });
    });
    for (let session: Session | undefined = first; session !== undefined;) {
      const reason = await Promise.race([session.over, stopped]);
      this.#session = undefined;
      await end(session);
      if (signal.aborted) return;
      const why = reason instanceof Error ? `: ${reason.message}` : "";
      onNotice(`the broker ${address.shown} has gone${why}; trying to reach it again`);
      try {
        session = await this.#connectAgain();
      } catch (error) {
        if (!signal.aborted) onEnd(brokerError(error, this.#options));
        return;
      }
      onNotice(`the broker ${address.shown} is back`);
      onReturn();
    }
  }

  async #connectAgain(): Promise<Session> {
    const { delay = backOff } = this.#options;
    for (let attempt = 1;; attempt++) {
      await pause(delay(attempt), this.#stop.signal);
      throwIfAborted(this.#stop.signal);
      try {
        return await this.#connect();
      } catch (error) {
        if (isDipperError(error) && isFinal(error)) throw error;
      }
    }
  }

  async #takeAll(): Promise<void> {
    try {
      for (let next = this.#backlog.shift(); next; next = this.#backlog.shift()) {
        await this.#takeOne(next.session, next.message);
      }
    } catch (error) {
      this.#stop.abort();
      this.#options.onEnd(brokerError(error, this.#options));
    } finally {
      this.#taking = undefined;
    }
  }

  async #takeOne(session: Session, message: ConsumeMessage): Promise<void> {
    const { take, onNotice, queue } = this.#options;
    const settle = (how: "ack" | "reject") => {
      if (session !== this.#session) return; // its connection is gone: the broker sends it again
      try {
        if (how === "ack") session.channel.ack(message);
        else session.channel.reject(message, false);
      } catch (error) {
        if (!(error instanceof IllegalOperationError)) throw error; // it is just being closed
      }
    };
    const { redelivered } = message.fields;
    let events: ObjectEvent[];
    try {
      events = parseEventBody(new TextDecoder().decode(message.content));
    } catch (error) {
      if (!isDipperError(error, "usage")) throw error;
      onNotice(`a message in the queue ${queue} holds no event of a bucket: it is passed over`);
      return settle("reject");
    }
    const mark = events.map(({ id }) => id).join();
    if (redelivered && this.#told.has(mark)) return settle("ack");
    const told = () => {
      this.#told.set(mark, true);
      settle("ack");
    };
    while (!this.#stop.signal.aborted && session === this.#session) {
      if (take(events, { told, again: redelivered ? "perhaps" : "no" }) === "taken") return;
      await pause(LOOK_EVERY, this.#stop.signal);
    }
  }
}

async function end({ connection, channel }: Session): Promise<void> {
  const closed = channel.close().then(() => connection.close()).catch(() => {}); // or it is already
  const late = new AbortController();
  await Promise.race([closed, pause(CLOSING_TIMEOUT, late.signal)]);
  late.abort();
}

/** A second, then twice as long each time up to half a minute, a fifth more or less. */
function backOff(attempt: number): number {
  return Math.min(30_000, 1000 * 2 ** (attempt - 1)) * (0.8 + 0.4 * Math.random());
}
