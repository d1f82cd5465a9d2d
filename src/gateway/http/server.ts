/**
 * A server of HTTP/1.1 on the loopback interface.
 *
 * `Deno.serve` hands bodies through three streams, in small chunks: for a query's 61 requests of 0.7 MB
 * that were 100 ms of CPU, a third of what the gateway needed. Here chunks go as they come from where they
 * were received into the socket.
 *
 * @module
 */
import { Incoming, readHeadText } from "../../range/http/incoming.ts";
import { type HttpAnswer, textAnswer } from "./answer.ts";
import { Outgoing } from "./outgoing.ts";
import { BadRequest, type HttpRequest, parseRequestHead, RequestBody } from "./request.ts";

/** Answers a request; must not reject. */
export type Handler = (request: HttpRequest) => Promise<HttpAnswer>;

/** Bytes of a body that nobody wanted which are read, so that the connection can go on. */
const MOST_SKIPPED = 1024 * 1024;

/** A server. Closed by {@link HttpServer.shutdown}. */
export class HttpServer {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #handle: Handler;
  readonly #connections = new Set<ServedConnection>();
  readonly #accepting: Promise<void>;
  #isClosing = false;

  /** @param port 0: any free one */
  constructor(port: number, handle: Handler) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.port = this.#listener.addr.port;
    this.#handle = handle;
    this.#accepting = this.#accept();
  }

  /** Takes no more requests; resolves when those under way are answered. */
  async shutdown(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#listener.close();
    }
    await this.#accepting;
    await Promise.all([...this.#connections].map((each) => each.finish()));
  }

  async #accept(): Promise<void> {
    while (!this.#isClosing) {
      let conn: Deno.TcpConn;
      try {
        conn = await this.#listener.accept();
      } catch {
        if (this.#isClosing) return;
        // Too many open files, or a client that has gone again: the next may come.
        await new Promise((resolve) => setTimeout(resolve, 10));
        continue;
      }
      const connection = new ServedConnection(conn, this.#handle);
      this.#connections.add(connection);
      void connection.over.then(() => this.#connections.delete(connection));
    }
  }
}

/** A connection of a client: one request after the other. */
class ServedConnection {
  /** Resolves when it is closed. */
  readonly over: Promise<void>;
  readonly #conn: Deno.TcpConn;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  readonly #handle: Handler;
  #isAnswering = false;
  #isFinishing = false;
  #isClosed = false;

  constructor(conn: Deno.TcpConn, handle: Handler) {
    this.#conn = conn;
    this.#incoming = new Incoming(conn);
    this.#outgoing = new Outgoing(conn);
    this.#handle = handle;
    this.over = this.#serve();
  }

  /** Ends it after the answer under way. */
  finish(): Promise<void> {
    this.#isFinishing = true;
    if (!this.#isAnswering) this.#close();
    return this.over;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#conn.close();
  }

  async #serve(): Promise<void> {
    try {
      this.#conn.setNoDelay(true);
      while (!this.#isFinishing && await this.#next());
    } catch {
      // The client has gone, or what it was to be sent has failed: it sees that the connection ends.
    } finally {
      this.#close();
    }
  }

  /** Answers the next request; whether another may follow. */
  async #next(): Promise<boolean> {
    const text = await readHeadText(this.#incoming);
    if (text === undefined) return false;
    this.#isAnswering = true;
    try {
      return await this.#answer(text);
    } finally {
      this.#isAnswering = false;
    }
  }

  async #answer(text: string): Promise<boolean> {
    const outgoing = this.#outgoing;
    let head;
    try {
      head = parseRequestHead(text);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      const refusal = textAnswer(`${error.message}\n`, { "content-type": "text/plain" }, 400);
      return await outgoing.answer(refusal, { method: "", keepsAlive: false, takesChunks: false });
    }
    const { method, target, headers } = head;
    let isAwaited = head.waitsForSign;
    const body = new RequestBody(this.#incoming, head, async () => {
      if (!isAwaited) return;
      isAwaited = false;
      await outgoing.sign(100);
    });
    const answer = await this.#handle({ method, target, headers, body: body.stream });
    const incoming = this.#incoming;
    if (body.isWhole && incoming.isEmpty) {
      incoming.watch((event) => {
        if (event === "end") cancel(answer);
      });
    }
    try {
      const canGoOn = !this.#isFinishing && (body.isWhole || !isAwaited);
      const staysOpen = await outgoing.answer(answer, {
        method,
        keepsAlive: head.keepsAlive && canGoOn,
        takesChunks: head.takesChunks,
      });
      return staysOpen && await body.skip(MOST_SKIPPED);
    } finally {
      incoming.unwatch();
      cancel(answer);
    }
  }
}

function cancel({ body }: HttpAnswer): void {
  if (body !== null && !(body instanceof Uint8Array)) body.cancel();
}
