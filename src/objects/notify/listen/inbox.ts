/**
 * An address that services send events to.
 *
 * @module
 */
import { isDipperError, UsageError } from "../../../errors.ts";
import { type ObjectEvent, parseEventBody } from "./event.ts";

/** Where to listen. */
export interface InboxOptions {
  readonly hostname: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Requests to another path are refused; any path when absent. */
  readonly path?: string;
  /** Takes the events of one request; the service sends them again when they are not taken. */
  readonly take: (events: readonly ObjectEvent[]) => "taken" | "too-many";
  /** Told when events could not be taken for another reason. */
  readonly onFailure?: (error: unknown) => void;
}

/** A listening address. */
export interface Inbox extends AsyncDisposable {
  readonly port: number;
}

/** An event has a kilobyte or two; a request may hold many. */
const LARGEST_BODY = 8 * 2 ** 20;

/**
 * Begins to listen.
 *
 * @throws {UsageError} when the address cannot be had
 */
export function openInbox(options: InboxOptions): Inbox {
  const { hostname, port, path, take, onFailure = () => {} } = options;
  const answer = async (request: Request): Promise<Response> => {
    if (path !== undefined && new URL(request.url).pathname !== path) return said(404);
    if (request.method !== "POST") return said(405);
    const text = await textOf(request);
    if (text === undefined) return said(413);
    try {
      return said(take(parseEventBody(text)) === "taken" ? 200 : 503);
    } catch (error) {
      if (isDipperError(error, "usage")) return said(400);
      throw error;
    }
  };
  try {
    const onError = (error: unknown) => {
      onFailure(error);
      return said(500);
    };
    const server = Deno.serve({ hostname, port, onListen: () => {}, onError }, answer);
    return {
      port: server.addr.port,
      [Symbol.asyncDispose]: () => server.shutdown(),
    };
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse
      ? "another program uses it"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new UsageError(`cannot listen on ${hostname}:${port}: ${why}`, {
      hint: "Choose another port, or an address of this machine.",
      cause: error,
    });
  }
}

function said(status: number): Response {
  return new Response(null, { status });
}

/** The body; undefined when it is too large to be events. */
async function textOf({ body, headers }: Request): Promise<string | undefined> {
  if (Number(headers.get("content-length") ?? 0) > LARGEST_BODY) return undefined;
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > LARGEST_BODY) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
