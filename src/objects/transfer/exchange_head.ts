/**
 * One HTTP request without a body and one answer, whole, over the reading core's connections: where no body
 * is sent, `node:http` and its agents are not loaded (20 of 140 ms of `dipper cp` of one object to a file).
 *
 * @module
 */
import type { Answer } from "../../range/http/answer.ts";
import type { Method } from "../../range/http/head.ts";
import type { HttpClients } from "../../range/http_client.ts";
import type { Store } from "../../store/store.ts";
import type { Exchanged } from "./exchange.ts";

/** What to send. */
export interface HeadRequest {
  readonly url: string;
  readonly method: Method;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until the answer must be there. */
  readonly timeout: number;
  /** Milliseconds in which a piece of it must come in then. */
  readonly idleTimeout: number;
}

/** Bytes of an answer that are kept; a listing of a thousand parts has fewer. */
const LARGEST_ANSWER = 4 * 2 ** 20;

/** Sends it; rejects with the connection's error when there is no whole answer. */
export async function exchangeHead(
  clients: HttpClients,
  store: Store,
  { url, method, headers, timeout, idleTimeout }: HeadRequest,
  signal: AbortSignal,
): Promise<Exchanged> {
  const attempt = new AbortController();
  const abort = () => attempt.abort(signal.reason);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expect = (milliseconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => attempt.abort(new Broken("ETIMEDOUT", "timed out")), milliseconds);
  };
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    const { origin, host } = new URL(url);
    const hasLength = method === "PUT" || method === "POST";
    expect(timeout);
    const answer = await clients.send(store, {
      method,
      origin,
      host,
      target: url.slice(origin.length) || "/",
      headers: hasLength ? { ...headers, "content-length": "0" } : headers,
    }, attempt.signal);
    const text = await textOf(answer, attempt.signal, () => expect(idleTimeout));
    return { status: answer.status, headers: new Headers([...answer.headers]), text };
  } catch (error) {
    if (attempt.signal.aborted) throw attempt.signal.reason;
    throw error instanceof TypeError ? new Broken("ECONNRESET", error.message) : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** What a connection came to. */
class Broken extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

async function textOf(
  { body }: Answer,
  signal: AbortSignal,
  onPiece: () => void,
): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const abort = () => reader.cancel();
  signal.addEventListener("abort", abort, { once: true });
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let next; !(next = await reader.read()).done;) {
      signal.throwIfAborted();
      onPiece();
      if (text.length < LARGEST_ANSWER) text += decoder.decode(next.value, { stream: true });
    }
    signal.throwIfAborted();
    return text + decoder.decode();
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
