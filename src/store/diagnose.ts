/**
 * What really went wrong with a connection, and answers that only look like a service's.
 *
 * Deno's `node:https` says “connection error” or “socket hang up” for any failure of TLS (2.6, 2.7), and
 * “unable to verify” for an expired certificate (2.9): one handshake more, by hand, has the reason.
 *
 * @module
 */
import type { ErrorContext } from "../errors.ts";
import { type FailureFacts, kindOf } from "./facts.ts";
import { readCertificates } from "./tls.ts";
import { errorFromFacts, factsOf } from "./translate.ts";
import type { TransportSettings } from "./transport.ts";

/** Milliseconds for the handshake that finds out. */
const HANDSHAKE_TIMEOUT = 5_000;

interface Arguments {
  readonly input: { readonly Bucket?: string; readonly Key?: string };
}
type Next = (args: Arguments) => Promise<{ readonly response: unknown }>;
type Middleware = (next: Next, context: { readonly commandName?: string }) => Next;
interface Stack {
  add(
    middleware: Middleware,
    options: { step: string; priority: string; name: string; override: true },
  ): void;
}

/** Makes `client` say what is wrong with a TLS connection, and refuse a web page as an answer. */
export function diagnoseFailures(
  client: { readonly middlewareStack: unknown },
  settings: TransportSettings,
  about: ErrorContext,
): void {
  const stack = client.middlewareStack as Stack;
  const contextOf = (args: Arguments, operation: string): ErrorContext => ({
    ...about,
    operation,
    ...(args.input.Bucket === undefined ? {} : { bucket: args.input.Bucket }),
    ...(args.input.Key === undefined ? {} : { key: args.input.Key }),
  });
  stack.add(
    (next, { commandName }) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const facts = await tlsFacts(error, settings, about.endpoint);
        if (facts === undefined) throw error;
        throw errorFromFacts(facts, contextOf(args, nameOf(commandName)), error);
      }
    },
    { step: "initialize", priority: "normal", name: "dipperDiagnose", override: true },
  );
  stack.add(
    (next, { commandName }) => async (args) => {
      const result = await next(args);
      const facts = pageFacts(result.response, nameOf(commandName));
      if (facts !== undefined) throw errorFromFacts(facts, contextOf(args, nameOf(commandName)));
      return result;
    },
    { step: "deserialize", priority: "low", name: "dipperRefusePages", override: true },
  );
}

/**
 * The reason for which a handshake with `endpoint` fails now; undefined when it succeeds or `error` is
 * not about the connection. Not asked through a proxy.
 */
async function tlsFacts(
  error: unknown,
  settings: TransportSettings,
  endpoint: string | undefined,
): Promise<FailureFacts | undefined> {
  if (settings.proxy !== undefined || !endpoint?.startsWith("https:")) return undefined;
  const facts = factsOf(error);
  const isOpaque = (error as Error).name === "Http" ||
    ["tls", "endpoint", "broken"].includes(kindOf(facts));
  if (facts.status !== undefined || !isOpaque) return undefined;
  const message = await handshakeFailure(new URL(endpoint), settings.caBundle);
  if (message === undefined) return undefined;
  const seen = { message };
  return ["tls", "endpoint"].includes(kindOf(seen)) ? seen : undefined;
}

/** What Deno says of a TLS handshake with `address`; undefined when it succeeds. */
export async function handshakeFailure(
  address: URL,
  caBundle: string | undefined,
): Promise<string | undefined> {
  const timer = Promise.withResolvers<undefined>();
  const timeout = setTimeout(() => timer.resolve(undefined), HANDSHAKE_TIMEOUT);
  const attempt = async () => {
    const connection = await Deno.connectTls({
      hostname: address.hostname.replace(/^\[|\]$/g, ""),
      port: Number(address.port || 443),
      caCerts: readCertificates(caBundle),
    });
    try {
      await connection.handshake();
    } finally {
      connection.close();
    }
  };
  try {
    await Promise.race([attempt(), timer.promise]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timeout);
  }
}

/** A page of a web server with a good status: its XML would be read as an empty answer. */
function pageFacts(response: unknown, operation: string): FailureFacts | undefined {
  const { statusCode: status = 0, headers = {} } = response as {
    statusCode?: number;
    headers?: Record<string, string>;
  };
  const contentType = headers["content-type"] ?? "";
  if (status < 200 || status >= 300 || !/^text\/html/i.test(contentType)) return undefined;
  if (operation === "GetObject" || operation === "HeadObject") return undefined;
  return { status, contentType, message: "a web page" };
}

function nameOf(command: string | undefined): string {
  return command?.replace(/Command$/, "") ?? "request";
}
