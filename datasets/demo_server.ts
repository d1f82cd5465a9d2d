/**
 * fauxqs, confined: S3 only, on the loopback interface only, for one access key only, silent.
 *
 * @module
 */
import { Server } from "node:http";
import { buildApp } from "fauxqs";

/** A server that listens. */
export interface DemoServer {
  /** Such as `http://127.0.0.1:40123`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Bytes that one request may carry; fauxqs' own limit of 11 MiB is below a part of DuckDB's. */
const BODY_LIMIT = 2 ** 30;

/** The part of a fastify request that the guard looks at. */
interface GuardedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly authorization?: string };
}

/**
 * Starts an empty store on a free port. `startFauxqs` would listen on every interface and take any
 * key, so the parts of it are put together here.
 */
export async function startServer(accessKeyId: string): Promise<DemoServer> {
  const app = silently(() => buildApp({ logger: false }));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "*",
    { parseAs: "buffer", bodyLimit: BODY_LIMIT },
    (_request, body, done) => done(null, body),
  );
  app.addHook("onRequest", (request, reply, done) => {
    if (isServed(request) && isSignedBy(request, accessKeyId)) return done();
    reply.code(403).type("application/xml").send(REFUSAL);
  });
  const address = await app.listen({ port: 0, host: "127.0.0.1" });
  return {
    address,
    stop: async () => {
      await app.close();
    },
  };
}

/** fauxqs' queues, topics and inspection pages stay shut. */
function isServed({ method, url }: GuardedRequest): boolean {
  const path = url.split("?")[0];
  return !(method === "POST" && path === "/") && path !== "/health" && !/^\/_fauxqs\b/.test(path);
}

/** By header, or by query in a presigned address. */
function isSignedBy({ url, headers }: GuardedRequest, accessKeyId: string): boolean {
  if (headers.authorization?.includes(`Credential=${accessKeyId}/`)) return true;
  const query = new URLSearchParams(url.split("?")[1] ?? "");
  return query.get("X-Amz-Credential")?.startsWith(`${accessKeyId}/`) ?? false;
}

const REFUSAL = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>InvalidAccessKeyId</Code><Message>The access key is not this server's.</Message></Error>`;

/** Deno 2.6 prints that it lacks `Server.setTimeout`, which fastify calls while it is built. */
function silently<T>(build: () => T): T {
  const original = Server.prototype.setTimeout;
  Server.prototype.setTimeout = function (this: Server) {
    return this;
  };
  try {
    return build();
  } finally {
    Server.prototype.setTimeout = original;
  }
}
