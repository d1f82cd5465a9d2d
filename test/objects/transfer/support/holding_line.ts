/**
 * A line to a service that counts what comes back, and lets nothing more through after so many bytes.
 *
 * @module
 */

const STEP = 16 * 1024;

/** The line. */
export class HoldingLine implements AsyncDisposable {
  readonly #port: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #serving: Promise<void>;
  #most = Infinity;
  #hold = Promise.withResolvers<void>();
  #over = Promise.withResolvers<void>();
  #carried = 0;
  /** Those that are on their way as well. */
  #promised = 0;

  /** To a service on `port`. */
  constructor(port: number) {
    this.#port = port;
    this.#serving = this.#accept();
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.#listener.addr.port}`);
  }

  /**
   * Counts anew; what was held is let go of.
   *
   * @param most bytes of answers, heads among them
   * @returns what resolves when it has carried all that it may
   */
  allow(most: number): Promise<void> {
    this.#over.resolve();
    this.#over = Promise.withResolvers();
    this.#hold = Promise.withResolvers();
    this.#most = Math.floor(most);
    this.#carried = this.#promised = 0;
    return this.#hold.promise;
  }

  /** Bytes of answers that went through. */
  get carried(): number {
    return this.#carried;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.resolve();
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await this.#serving;
  }

  async #accept(): Promise<void> {
    const all: Promise<void>[] = [];
    try {
      for await (const client of this.#listener) {
        const service = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
        for (const each of [client, service]) this.#connections.add(each);
        all.push(this.#forth(client, service), this.#back(service, client));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    await Promise.all(all);
  }

  async #forth(client: Deno.Conn, service: Deno.Conn): Promise<void> {
    await carry(client, service, new Uint8Array(STEP));
    close(client);
    close(service);
  }

  async #back(service: Deno.Conn, client: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(STEP);
    while (true) {
      const room = Math.min(STEP, this.#most - this.#promised);
      if (room === 0) {
        this.#hold.resolve();
        await this.#over.promise;
        break;
      }
      this.#promised += room;
      const count = await carry(service, client, buffer.subarray(0, room), "once");
      this.#promised -= room - count;
      this.#carried += count;
      if (count === 0) break;
    }
    close(client);
    close(service);
  }
}

/** Hands bytes on until the end, or once; how many. */
async function carry(
  from: Deno.Conn,
  to: Deno.Conn,
  buffer: Uint8Array,
  times: "always" | "once" = "always",
): Promise<number> {
  let carried = 0;
  try {
    for (let count; (count = await from.read(buffer)) !== null;) {
      for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      carried += count;
      if (times === "once") break;
    }
  } catch {
    // One end has gone: so does the other.
  }
  return carried;
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
