/**
 * A reverse proxy in front of an S3 server that counts what passes and can break it.
 *
 * Messages pass byte for byte, the client's `Host` header among them, so signatures stay valid.
 *
 * @module
 */
import {
  answerFraming,
  type Framing,
  type Head,
  MessageReader,
  requestFraming,
  type Sink,
} from "./http_wire.ts";

/** One request that came. */
export interface PassedRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly range: string | undefined;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** HTTP status of the answer; 0 when the connection was cut before one. */
  status: number;
  /** Bytes of the answer's body that went to the client. */
  bytesOut: number;
  /** Bytes of the request's body that came from the client. */
  bytesIn: number;
}

/** What to do with a request instead of passing it on unharmed. */
export type Fault =
  /** Answers in the server's place. */
  | {
    readonly kind: "answer";
    readonly status: number;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }
  /** Closes the connection without an answer. */
  | { readonly kind: "reset" }
  /** Passes the request on and closes the connection in the middle of the answer's body. */
  | { readonly kind: "truncate"; readonly afterBytes: number }
  /** Never answers. */
  | { readonly kind: "silence" };

/** Decides about a request; undefined passes it on. */
export type FaultPlan = (request: PassedRequest) => Fault | undefined;

export interface Proxy extends AsyncDisposable {
  readonly endpoint: string;
  /** Every request so far, in the order in which they came. */
  readonly requests: readonly PassedRequest[];
  /** Forgets what was counted. */
  clear(): void;
}

/** Starts it on a free port of the loopback interface. */
export function startProxy(upstream: string, fault: FaultPlan = () => undefined): Proxy {
  const target = new URL(upstream);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: PassedRequest[] = [];
  const open = new Set<Deno.TcpConn>();
  const serving = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const client of listener) {
      const done = serveConnection(client, target, fault, requests, open)
        .finally(() => serving.delete(done));
      serving.add(done);
    }
  })();
  return {
    endpoint: `http://127.0.0.1:${listener.addr.port}`,
    requests,
    clear: () => void requests.splice(0),
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of [...open]) close(connection, open);
      await Promise.all(serving);
    },
  };
}

async function serveConnection(
  client: Deno.TcpConn,
  target: URL,
  fault: FaultPlan,
  requests: PassedRequest[],
  open: Set<Deno.TcpConn>,
): Promise<void> {
  open.add(client);
  let server: Deno.TcpConn | undefined;
  try {
    server = await Deno.connect({ hostname: target.hostname, port: Number(target.port) });
    open.add(server);
    const fromClient = new MessageReader(client);
    const fromServer = new MessageReader(server);
    for (;;) {
      const head = await fromClient.head();
      if (head === undefined) return;
      const request = describe(head);
      requests.push(request);
      const harm = fault(request);
      if (harm?.kind === "reset") return;
      if (harm?.kind === "silence") return await fromClient.body({ kind: "close" }, ignore);
      if (harm?.kind === "answer") {
        await fromClient.body(requestFraming(head), countInto(request, "bytesIn", ignore));
        await writeAll(client, answerInPlace(harm, request));
        continue;
      }
      const sending = sendRequest(head, request, fromClient, server);
      const answering = passAnswer(request, fromServer, client, harm?.afterBytes ?? Infinity);
      await Promise.all([sending, answering]);
      if (await answering === "close") return;
    }
  } catch {
    // Either side cut its connection; the other one's is closed below, which is what a proxy does.
  } finally {
    close(client, open);
    if (server !== undefined) close(server, open);
  }
}

async function sendRequest(
  head: Head,
  request: PassedRequest,
  from: MessageReader,
  server: Deno.TcpConn,
): Promise<void> {
  await writeAll(server, head.bytes);
  await from.body(requestFraming(head), countInto(request, "bytesIn", (b) => writeAll(server, b)));
}

async function passAnswer(
  request: PassedRequest,
  from: MessageReader,
  client: Deno.TcpConn,
  truncateAfter: number,
): Promise<"keep" | "close"> {
  for (;;) {
    const head = await from.head();
    if (head === undefined) return "close";
    const status = Number(head.startLine.split(" ")[1]);
    await writeAll(client, head.bytes);
    if (status < 200) continue;
    request.status = status;
    const framing: Framing = answerFraming(head, request.method, status);
    const sink = countInto(request, "bytesOut", async (bytes) => {
      if (request.bytesOut > truncateAfter) throw new Error("truncated on purpose");
      await writeAll(client, bytes);
    });
    await from.body(framing, sink);
    const last = framing.kind === "close" || head.headers.get("connection") === "close";
    return last ? "close" : "keep";
  }
}

function describe(head: Head): PassedRequest {
  const [method, target] = head.startLine.split(" ");
  const mark = target.indexOf("?");
  return {
    method,
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
    range: head.headers.get("range"),
    headers: head.headers,
    status: 0,
    bytesOut: 0,
    bytesIn: 0,
  };
}

function answerInPlace(fault: Fault & { kind: "answer" }, request: PassedRequest): Uint8Array {
  const body = new TextEncoder().encode(fault.body ?? "");
  const headers = { ...fault.headers, "content-length": String(body.byteLength) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = new TextEncoder().encode(`HTTP/1.1 ${fault.status} Fault\r\n${lines}\r\n`);
  request.status = fault.status;
  if (request.method === "HEAD") return head;
  request.bytesOut = body.byteLength;
  const message = new Uint8Array(head.byteLength + body.byteLength);
  message.set(head);
  message.set(body, head.byteLength);
  return message;
}

function countInto(
  request: PassedRequest,
  field: "bytesIn" | "bytesOut",
  next: (bytes: Uint8Array) => Promise<void>,
): Sink {
  return async (bytes, ofBody) => {
    request[field] += ofBody;
    await next(bytes);
  };
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) done += await to.write(bytes.subarray(done));
}

function ignore(): Promise<void> {
  return Promise.resolve();
}

function close(connection: Deno.TcpConn, open: Set<Deno.TcpConn>): void {
  if (open.delete(connection)) connection.close();
}
