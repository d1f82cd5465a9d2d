/**
 * The sending of a body while it comes.
 *
 * It is no `pipeline`: that ends a request with a write of no bytes, and in Deno 2.9 such a write on a TLS
 * socket may never be told to be done. The socket then sends nothing more, and the request that takes it
 * next waits for ever. So the last bytes and the end go out together.
 *
 * @module
 */
import { once } from "node:events";
import type { ClientRequest } from "node:http";
import type { StreamedBody } from "./upstream_request.ts";

/**
 * Sends all of `body` as `sending` takes it, and destroys `sending` when the body fails.
 *
 * @throws what the body, or the connection, fails with
 */
export async function sendBody(
  sending: ClientRequest,
  body: StreamedBody,
  signal: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  const stop = () => gone.abort();
  sending.once("close", stop);
  signal.addEventListener("abort", stop, { once: true });
  try {
    let left = body.length;
    if (left === 0) sending.end();
    for await (const piece of body.bytes) {
      gone.signal.throwIfAborted();
      if (piece.length === 0) continue;
      left -= piece.length;
      if (left === 0) sending.end(piece);
      else if (!sending.write(piece)) await once(sending, "drain", { signal: gone.signal });
    }
    if (left !== 0) throw new Error(`the body is ${left} bytes shorter than it says`);
  } catch (error) {
    sending.destroy();
    throw error;
  } finally {
    sending.off("close", stop);
    signal.removeEventListener("abort", stop);
  }
}
