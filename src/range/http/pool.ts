/**
 * Connections to services, kept open between requests.
 *
 * @module
 */
import type { Answer } from "./answer.ts";
import { connectTo } from "./connect.ts";
import { Connection } from "./connection.ts";
import type { Method } from "./head.ts";

/** How connections are kept. */
export interface PoolOptions {
  /** Connections that rest, per service. */
  readonly most: number;
  /** Milliseconds for which they do. */
  readonly idle: number;
  /** PEM certificates to trust besides the system's. */
  readonly certificates: readonly string[];
}

/** A request without a body. */
export interface WireRequest {
  readonly method: Method;
  /** Scheme, host and port. */
  readonly origin: string;
  /** `Host`. */
  readonly host: string;
  /** Path and query, encoded; they are sent as they are. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Resting {
  readonly connection: Connection;
  readonly since: number;
}

/** What is kept of one service. */
interface Service {
  readonly origin: string;
  /** The one that was used last comes last. */
  readonly resting: Resting[];
  /** Requests without a connection. */
  readonly waiting: Set<PromiseWithResolvers<Connection>>;
  /** Connections on their way. */
  connecting: number;
  /** Connections that are there, in use or not. */
  open: number;
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const TARGET = /^\/[\x21-\x7e]*$/;
const encoder = new TextEncoder();

/**
 * Sends requests, each over the first connection that is free: one that rests, one that another request
 * has done with, or a new one.
 */
export class ConnectionPool {
  readonly #services = new Map<string, Service>();
  readonly #open = new Set<Connection>();
  readonly #options: PoolOptions;
  #sweep: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the head of the answer is there. Its body is to be read to its end, or cancelled.
   *
   * @throws {TypeError | Deno.errors.*} when it cannot be sent, or is answered with what is not HTTP/1
   */
  async send(request: WireRequest, signal: AbortSignal): Promise<Answer> {
    const { method, origin } = request;
    const bytes = requestBytes(request);
    const service = this.#serviceOf(origin);
    const connection = service.resting.pop()?.connection ?? await this.#free(service, signal);
    return await connection.send({ method, bytes }, signal);
  }

  /**
   * Opens `count` connections for requests that come soon, where none is open. Those that nobody uses are
   * closed as others are that rest; one that cannot be opened is told of by the request that needs it.
   */
  prepare(origin: string, count: number): void {
    const service = this.#serviceOf(origin);
    if (this.#isClosed || service.open + service.connecting > 0) return;
    for (let each = 0; each < count; each++) void this.#connect(service);
  }

  /** Closes all connections; requests under way fail. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#sweep);
    for (const connection of this.#open) connection.close();
    this.#open.clear();
    this.#services.clear();
  }

  #serviceOf(origin: string): Service {
    let service = this.#services.get(origin);
    if (service === undefined) {
      service = { origin, resting: [], waiting: new Set(), connecting: 0, open: 0 };
      this.#services.set(origin, service);
    }
    return service;
  }

  async #free(service: Service, signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    const waiter = Promise.withResolvers<Connection>();
    const abort = () => {
      if (service.waiting.delete(waiter)) waiter.reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    service.waiting.add(waiter);
    // A request that was given up may have left a connection on its way.
    if (service.connecting < service.waiting.size) void this.#connect(service);
    try {
      return await waiter.promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async #connect(service: Service): Promise<void> {
    service.connecting++;
    try {
      const conn = await connectTo(new URL(service.origin), this.#options.certificates)
        .finally(() => service.connecting--);
      const connection = new Connection(conn, (over, isUsable) => {
        if (isUsable && !this.#isClosed) this.#give(service, over);
        else this.#drop(service, over);
      });
      if (this.#isClosed) {
        conn.close();
        throw new TypeError("connection closed: so is its pool");
      }
      this.#open.add(connection);
      service.open++;
      this.#give(service, connection);
    } catch (error) {
      // As many are on their way as there are requests that wait: each gets one, or is told.
      if (service.connecting >= service.waiting.size) return;
      const [waiter] = service.waiting;
      service.waiting.delete(waiter);
      waiter.reject(error);
    }
  }

  /** To who waits first; to rest when nobody does. */
  #give(service: Service, connection: Connection): void {
    const { waiting, resting } = service;
    const [waiter] = waiting;
    if (waiter !== undefined) {
      waiting.delete(waiter);
      waiter.resolve(connection);
      return;
    }
    if (resting.length >= this.#options.most) return this.#drop(service, connection);
    const rest = { connection, since: performance.now() };
    resting.push(rest);
    connection.rest(() => {
      const at = resting.indexOf(rest);
      if (at >= 0) resting.splice(at, 1);
      this.#drop(service, connection);
    });
    this.#watchTime();
  }

  #drop(service: Service, connection: Connection): void {
    if (this.#open.delete(connection)) service.open--;
    connection.close();
  }

  #watchTime(): void {
    if (this.#sweep !== undefined) return;
    const { idle } = this.#options;
    this.#sweep = setInterval(() => {
      const limit = performance.now() - idle;
      for (const service of this.#services.values()) {
        const { resting } = service;
        while (resting.length > 0 && resting[0].since < limit) {
          this.#drop(service, resting.shift()!.connection);
        }
      }
      if (this.#open.size > 0) return;
      clearInterval(this.#sweep);
      this.#sweep = undefined;
    }, idle / 2);
    Deno.unrefTimer(this.#sweep as unknown as number);
  }
}

/** @throws {TypeError} for what would end its line and begin another */
function requestBytes({ method, host, target, headers }: WireRequest): Uint8Array {
  if (!TARGET.test(target)) throw new TypeError("the request has a target that is none");
  let text =
    `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\nuser-agent: dipper\r\naccept: */*\r\n`;
  for (const name in headers) {
    const value = headers[name];
    if (!NAME.test(name) || !VALUE.test(value)) throw new TypeError(`invalid header ${name}`);
    text += `${name}: ${value}\r\n`;
  }
  text += "\r\n";
  const bytes = encoder.encode(text);
  // Headers are Latin-1.
  return bytes.length === text.length ? bytes : Uint8Array.from(text, (char) => char.charCodeAt(0));
}
