/**
 * A connection of a client: one request after the other.
 *
 * @module
 */
import { Incoming } from "../../range/http/incoming.ts";
import { type AnswerTo, cancelBody, type HttpAnswer, textAnswer } from "./answer.ts";
import { Outgoing } from "./outgoing.ts";
import {
  BadRequest,
  type HttpRequest,
  parseRequestHead,
  readRequestHead,
  type RequestHead,
} from "./request.ts";
import { RequestBody } from "./request_body.ts";

/** Answers a request. */
export type Handler = (request: HttpRequest) => Promise<HttpAnswer>;

/** Bytes of a body that nobody wanted which are read, so that the connection can go on. */
const MOST_SKIPPED = 1024 * 1024;
/** Milliseconds for which a client may go on sending what nobody wants, and between two bytes of it. */
const LINGER = 30_000;
const LINGER_IDLE = 5_000;
const LINGER_READ = 256 * 1024;

const TEXT = { "content-type": "text/plain" };
const FAILED = textAnswer("The server failed.\n", TEXT, 500);

/** A client's connection. */
export class ServedConnection {
  /** Resolves when it is closed, and what was done for it has ended. */
  readonly over: Promise<void>;
  readonly #conn: Deno.TcpConn;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  readonly #handle: Handler;
  /** What ends the request that is answered now; undefined between requests. */
  #stop: (() => void) | undefined;
  #isFinishing = false;
  #isClosed = false;

  constructor(conn: Deno.TcpConn, handle: Handler) {
    this.#conn = conn;
    this.#incoming = new Incoming(conn);
    this.#outgoing = new Outgoing(conn);
    this.#handle = handle;
    this.over = this.#serve();
  }

  /** Ends it after the answer under way; what still comes of the request does not come any more. */
  finish(): Promise<void> {
    this.#isFinishing = true;
    if (this.#stop === undefined) this.close();
    else this.#stop();
    return this.over;
  }

  /** Ends it at once. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#outgoing.stop();
    this.#conn.close();
  }

  async #serve(): Promise<void> {
    try {
      this.#conn.setNoDelay(true);
      while (!this.#isFinishing && await this.#next());
    } catch {
      // The client has gone, or what it was to be sent has failed: it sees that the connection ends.
    } finally {
      this.close();
    }
  }

  /** Answers the next request; whether another may follow. */
  async #next(): Promise<boolean> {
    let head: RequestHead;
    try {
      const text = await readRequestHead(this.#incoming);
      if (text === undefined) return false;
      head = parseRequestHead(text);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      const refusal = textAnswer(`${error.message}\n`, TEXT, error.status);
      const to = { method: "", keepsAlive: false, takesChunks: false };
      await this.#outgoing.answer(refusal, to);
      await this.#linger();
      return false;
    }
    return await this.#answer(head);
  }

  async #answer(head: RequestHead): Promise<boolean> {
    const { method, target, headers } = head;
    let isAwaited = head.waitsForSign;
    let isAnswered = false;
    const body = new RequestBody(this.#incoming, head, async () => {
      if (!isAwaited || isAnswered) return;
      isAwaited = false;
      await this.#outgoing.sign();
    });
    this.#stop = () => body.letGo(new Error("the server is closed"));
    try {
      const answer = await this.#handled({ method, target, headers, body: body.stream });
      isAnswered = true;
      body.letGo(new Error("the request is answered"));
      const { rest } = body;
      // Who waits for the sign may send the body now, or the next request: that cannot be told apart.
      const canGoOn = rest.kind === "none" ||
        rest.kind === "bytes" && rest.least <= MOST_SKIPPED && !isAwaited;
      const isOpen = await this.#send(answer, {
        method,
        keepsAlive: head.keepsAlive && canGoOn && !this.#isFinishing,
        takesChunks: head.takesChunks,
      }, rest.kind === "none");
      this.#stop = undefined;
      if (isOpen && !this.#isFinishing) {
        await body.skip(MOST_SKIPPED);
        if (body.rest.kind === "none") return true;
      }
      if (body.rest.kind !== "none" || !this.#incoming.isEmpty) await this.#linger();
      return false;
    } finally {
      this.#stop = undefined;
      body.letGo(new Error("the connection is closed"));
    }
  }

  /** What the handler answers; that it failed is an answer too. */
  async #handled(request: HttpRequest): Promise<HttpAnswer> {
    try {
      return await this.#handle(request);
    } catch {
      // It is to tell of its failures itself.
      return FAILED;
    }
  }

  /** @param isRequestWhole whether nothing more of the request is to come: then the end of the client is seen */
  async #send(answer: HttpAnswer, to: AnswerTo, isRequestWhole: boolean): Promise<boolean> {
    const incoming = this.#incoming;
    if (isRequestWhole && incoming.isEmpty) {
      incoming.watch((event) => {
        // A client that has only ended its own side cannot be told from one that is gone.
        if (event !== "end" || answer.body === null || answer.body instanceof Uint8Array) return;
        this.#outgoing.stop();
        cancelBody(answer);
      });
    }
    try {
      return await this.#outgoing.answer(answer, to);
    } catch (error) {
      if (this.#outgoing.hasBegun) throw error;
      return await this.#outgoing.answer(FAILED, to);
    } finally {
      incoming.unwatch();
      cancelBody(answer);
    }
  }

  /**
   * Lets the client read the answer: it would be lost when the connection were closed while the client
   * still sends.
   */
  async #linger(): Promise<void> {
    if (this.#isFinishing) return;
    await this.#conn.closeWrite();
    const begun = performance.now();
    let last = begun;
    const timer = setInterval(() => {
      const now = performance.now();
      if (now - begun > LINGER || now - last > LINGER_IDLE) this.close();
    }, 1000);
    try {
      const scratch = new Uint8Array(LINGER_READ);
      while (await this.#conn.read(scratch) !== null) last = performance.now();
    } finally {
      clearInterval(timer);
    }
  }
}
