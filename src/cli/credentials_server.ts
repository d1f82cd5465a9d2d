/**
 * Credentials for the AWS SDKs of other processes, by the protocol of containers: they ask again before
 * the end, so that a long command outlives one session.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import { registerSecret } from "../redaction.ts";
import type { Credentials } from "../store/store.ts";

/** The server, on the loopback interface, until it is disposed of. */
export interface CredentialsServer extends AsyncDisposable {
  readonly url: string;
  /** What a process must send as `Authorization` to be answered. */
  readonly token: string;
}

/** Serves what `renewed` gives to whoever knows the token. */
export function serveCredentials(renewed: () => Promise<Credentials>): CredentialsServer {
  const token = crypto.getRandomValues(new Uint8Array(32)).toHex();
  registerSecret(token);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      if (!isSame(request.headers.get("authorization") ?? "", token)) {
        return new Response("no", { status: 403 });
      }
      try {
        const { accessKeyId, secretAccessKey, sessionToken, expiration } = await renewed();
        return Response.json({
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          Token: sessionToken,
          Expiration: (expiration ?? new Date(Date.now() + HOUR)).toISOString(),
        });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return Response.json({ code: "AssumeRoleFailed", message }, { status: 500 });
      }
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/credentials`,
    token,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const HOUR = 3_600_000;

function isSame(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => new TextEncoder().encode(text));
  return x.length === y.length && timingSafeEqual(x, y);
}
