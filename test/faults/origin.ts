/**
 * An S3 service on 127.0.0.1 that fails on purpose: GET, HEAD and LIST over patterns, HTTP by hand, so
 * that every rule of it can be broken. `/seen` says how many requests came, itself included.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import type { Fault, FaultCounts, FaultPlan } from "./fault.ts";
import { type BareRequest, HttpConnection } from "./http_connection.ts";
import { Pattern } from "./pattern.ts";
import { BUFFERS } from "../../src/range/buffers.ts";

// Whoever looks at bytes that were given back sees others.
BUFFERS.wipes = true;

/** An object: bytes of a pattern. */
export interface OriginObject {
  readonly size: number;
  readonly seed: number;
  /** Without the quotes. */
  readonly etag: string;
  readonly lastModified?: Date;
  readonly contentType?: string;
  readonly contentEncoding?: string;
}

/** How an origin behaves. */
export interface OriginOptions {
  /** By `bucket/key`. */
  readonly objects: Record<string, OriginObject>;
  readonly faults?: FaultPlan;
  /** Milliseconds until an answer begins; of the request's index. */
  readonly delay?: (index: number) => number;
  /** Bytes a second over one connection. */
  readonly bandwidth?: number;
}

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  /** `bucket/key`. */
  readonly path: string;
  readonly range: string | undefined;
  readonly ifMatch: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  fault: Fault | undefined;
  status: number;
}

/** Pieces of a body that are written at once, in bytes. */
const STEP = 256 * 1024;

/** A service with faults. */
export class FaultOrigin implements AsyncDisposable {
  /** Every request so far. */
  readonly seen: SeenRequest[] = [];
  readonly fired: FaultCounts = {};
  /** Most requests that were being answered at once. */
  mostAtOnce = 0;
  readonly #options: OriginOptions;
  readonly #objects: Map<string, OriginObject>;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<HttpConnection>();
  readonly #expiredKeys = new Set<string>();
  readonly #closing = new AbortController();
  readonly #serving: Promise<void>;
  #answering = 0;
  #ignoresIfMatch = false;

  constructor(options: OriginOptions) {
    this.#options = options;
    this.#objects = new Map(Object.entries(options.objects));
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#serving = this.#accept();
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.#listener.addr.port}`);
  }

  /** Connections that clients hold open now. */
  get openConnections(): number {
    return this.#connections.size;
  }

  /** Requests that are being answered now. */
  get answering(): number {
    return this.#answering;
  }

  pattern(seed: number): Pattern {
    return Pattern.of(seed);
  }

  /** Replaces or, with undefined, deletes an object. */
  put(path: string, object: OriginObject | undefined): void {
    if (object === undefined) this.#objects.delete(path);
    else this.#objects.set(path, object);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    await this.#serving;
  }

  async #accept(): Promise<void> {
    const open = new Set<Promise<void>>();
    try {
      for await (const connection of this.#listener) {
        connection.setNoDelay(true);
        const serving = this.#serve(new HttpConnection(connection));
        open.add(serving);
        serving.finally(() => open.delete(serving));
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error;
    }
    await Promise.all(open);
  }

  async #serve(connection: HttpConnection): Promise<void> {
    this.#connections.add(connection);
    try {
      for (let request; (request = await connection.next()) !== undefined;) {
        this.#answering++;
        this.mostAtOnce = Math.max(this.mostAtOnce, this.#answering);
        try {
          if (!await this.#answer(connection, request)) break;
        } finally {
          this.#answering--;
        }
      }
    } catch {
      // The client has gone in the middle of an answer.
    } finally {
      connection.close();
      this.#connections.delete(connection);
    }
  }

  /** Whether the connection can take another request. */
  async #answer(connection: HttpConnection, request: BareRequest): Promise<boolean> {
    const index = this.seen.length;
    const [path, query] = request.target.slice(1).split("?");
    const seen: SeenRequest = {
      method: request.method,
      path: decodeURIComponent(path),
      range: request.headers.get("range"),
      ifMatch: request.headers.get("if-match"),
      headers: request.headers,
      fault: undefined,
      status: 0,
    };
    this.seen.push(seen);
    if (path === "seen") return await this.#text(connection, `${this.seen.length}`);
    const delay = this.#options.delay?.(index) ?? 0;
    if (delay > 0) await this.#wait(delay);
    if (query?.includes("list-type=2")) return await this.#list(connection, seen, query);
    const fault = this.#options.faults?.(index);
    return await new Answer(this, connection, seen, fault, {
      object: this.#objects.get(seen.path),
      isExpired: this.#expiredKeys.has(keyOf(request)),
      ignoresIfMatch: this.#ignoresIfMatch,
      bandwidth: this.#options.bandwidth,
    }).send();
  }

  /** What a fault does to the service itself; gives the object as it is then. */
  applyToService(fault: Fault, seen: SeenRequest): OriginObject | undefined {
    const object = this.#objects.get(seen.path);
    if (object === undefined) return undefined;
    const other = { ...object, seed: object.seed + 1, etag: `${object.etag}x` };
    switch (fault) {
      case "expired":
        this.#expiredKeys.add(keyOf(seen));
        break;
      case "replacedSilently":
        this.#ignoresIfMatch = true;
        this.put(seen.path, other);
        break;
      case "replaced":
        this.put(seen.path, other);
        break;
      case "shortened":
        this.put(seen.path, { ...other, size: Math.floor(object.size / 2) });
        break;
      case "deleted":
        this.put(seen.path, undefined);
        break;
    }
    return this.#objects.get(seen.path);
  }

  count(fault: Fault, seen: SeenRequest): void {
    seen.fault = fault;
    this.fired[fault] = (this.fired[fault] ?? 0) + 1;
  }

  async #wait(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    const stop = () => resolve();
    this.#closing.signal.addEventListener("abort", stop, { once: true });
    await promise;
    clearTimeout(timer);
    this.#closing.signal.removeEventListener("abort", stop);
  }

  /** Waits, or until the origin closes. */
  async pause(milliseconds: number): Promise<void> {
    await this.#wait(milliseconds);
  }

  async #text(connection: HttpConnection, text: string): Promise<boolean> {
    const body = new TextEncoder().encode(text);
    await connection.head(200, { "content-length": `${body.byteLength}` });
    await connection.write(body);
    return true;
  }

  async #list(connection: HttpConnection, seen: SeenRequest, query: string): Promise<boolean> {
    const prefix = new URLSearchParams(query).get("prefix") ?? "";
    const bucket = seen.path.split("/")[0];
    const entries = [...this.#objects]
      .filter(([path]) => path.startsWith(`${bucket}/${prefix}`))
      .sort(([a], [b]) => a < b ? -1 : 1)
      .map(([path, { size, etag, lastModified }]) =>
        `<Contents><Key>${path.slice(bucket.length + 1)}</Key><Size>${size}</Size>` +
        `<ETag>&quot;${etag}&quot;</ETag><LastModified>${
          (lastModified ?? EPOCH).toISOString()
        }</LastModified></Contents>`
      );
    const body = new TextEncoder().encode(
      `<?xml version="1.0"?><ListBucketResult><Name>${bucket}</Name><IsTruncated>false</IsTruncated>` +
        `<KeyCount>${entries.length}</KeyCount>${entries.join("")}</ListBucketResult>`,
    );
    seen.status = 200;
    await connection.head(200, {
      "content-type": "application/xml",
      "content-length": `${body.byteLength}`,
    });
    await connection.write(body);
    return true;
  }
}

const EPOCH = new Date("2026-01-01T00:00:00Z");

interface Situation {
  readonly object: OriginObject | undefined;
  readonly isExpired: boolean;
  readonly ignoresIfMatch: boolean;
  readonly bandwidth: number | undefined;
}

/** One answer, right or wrong. */
class Answer {
  readonly #origin: FaultOrigin;
  readonly #connection: HttpConnection;
  readonly #seen: SeenRequest;
  readonly #situation: Situation;
  #fault: Fault | undefined;

  constructor(
    origin: FaultOrigin,
    connection: HttpConnection,
    seen: SeenRequest,
    fault: Fault | undefined,
    situation: Situation,
  ) {
    this.#origin = origin;
    this.#connection = connection;
    this.#seen = seen;
    this.#fault = fault;
    this.#situation = situation;
  }

  /** Whether the connection can take another request. */
  async send(): Promise<boolean> {
    let { object, ignoresIfMatch } = this.#situation;
    const { isExpired } = this.#situation;
    const fault = this.#fault;
    if (fault !== undefined && isOfService(fault)) {
      if (object === undefined) this.#fault = undefined;
      else {
        this.#origin.count(fault, this.#seen);
        object = this.#origin.applyToService(fault, this.#seen);
        ignoresIfMatch ||= fault === "replacedSilently";
      }
    }
    if (isExpired || fault === "expired") return await this.#error(403, "ExpiredToken");
    const early = await this.#early();
    if (early !== undefined) return early;
    if (object === undefined) return await this.#error(404, "NoSuchKey");
    const { headers } = this.#seen;
    const tag = `"${object.etag}"`;
    if (this.#seen.ifMatch !== undefined && this.#seen.ifMatch !== tag && !ignoresIfMatch) {
      return await this.#error(412, "PreconditionFailed");
    }
    const common = {
      etag: this.#seen.ifMatch !== undefined && this.#fires("noEtag") ? undefined : tag,
      "last-modified": (object.lastModified ?? EPOCH).toUTCString(),
      "content-type": object.contentType ?? "application/octet-stream",
      "content-encoding": object.contentEncoding,
      "accept-ranges": "bytes",
    };
    if (headers.get("if-none-match") === tag) {
      this.#seen.status = 304;
      await this.#connection.head(304, { ...common });
      return true;
    }
    if (this.#seen.method === "HEAD") {
      this.#seen.status = 200;
      await this.#connection.head(200, { ...common, "content-length": `${object.size}` });
      return true;
    }
    const range = wanted(this.#seen.range, object.size);
    if (range === undefined) return await this.#error(416, "InvalidRange");
    return await this.#bytes(object, range, common);
  }

  /** Faults that come before the object is looked at. */
  async #early(): Promise<boolean | undefined> {
    if (this.#fires("reset")) return false;
    if (this.#fires("error500")) return await this.#error(500, "InternalError");
    if (this.#fires("slowDown")) return await this.#error(503, "SlowDown");
    if (this.#fires("slowDownAfter")) {
      return await this.#error(503, "SlowDown", { "retry-after": "0.03" });
    }
    if (this.#fires("tooMany")) return await this.#error(429, "TooManyRequests");
    if (this.#fires("errorBody")) return await this.#error(200, "InternalError");
    if (this.#fires("late")) await this.#origin.pause(60);
    return undefined;
  }

  async #bytes(
    object: OriginObject,
    { offset, length, isWhole }: { offset: number; length: number; isWhole: boolean },
    common: Record<string, string | undefined>,
  ): Promise<boolean> {
    const { size } = object;
    const whole = isWhole || length < size && this.#fires("ignoreRange");
    const from = whole
      ? 0
      : offset + length < size && this.#fires("otherRange")
      ? offset + 1
      : offset;
    const count = whole ? size : length;
    const shift = !whole && this.#fires("wrongContentRange") ? 7 : 0;
    const range = whole ? undefined : `bytes ${from + shift}-${from + shift + count - 1}/${size}`;
    this.#seen.status = whole ? 200 : 206;
    const head = { ...common, "content-range": range };
    if (count > 16 && this.#fires("gzip")) {
      const body = gzipSync(this.#origin.pattern(object.seed).slice(from, Math.min(count, 65536)));
      await this.#connection.head(this.#seen.status, {
        ...head,
        "content-encoding": "gzip",
        "content-length": `${body.byteLength}`,
      });
      await this.#connection.write(new Uint8Array(body));
      return true;
    }
    if (count > 1 && this.#fires("shortLength")) {
      const short = Math.floor(count / 2);
      await this.#connection.head(this.#seen.status, { ...head, "content-length": `${short}` });
      await this.#body(object, from, short);
      return true;
    }
    if (this.#fires("longBody")) return await this.#unframed(object, from, count, 5, head);
    if (count > 1 && this.#fires("shortBody")) {
      return await this.#unframed(object, from, count, -Math.ceil(count / 3), head);
    }
    await this.#connection.head(this.#seen.status, { ...head, "content-length": `${count}` });
    if (count > 1 && this.#fires("truncate")) {
      await this.#body(object, from, Math.floor(count / 2));
      return false;
    }
    if (count > 1 && this.#fires("stall")) {
      await this.#body(object, from, Math.floor(count / 3));
      await this.#connection.gone();
      return false;
    }
    const step = this.#fires("slice") ? Math.max(97, Math.floor(count / 300)) : STEP;
    await this.#body(object, from, count, step);
    return true;
  }

  /** A chunked body that has `extra` bytes more, or fewer, than it should. */
  async #unframed(
    object: OriginObject,
    from: number,
    count: number,
    extra: number,
    head: Record<string, string | undefined>,
  ): Promise<boolean> {
    await this.#connection.head(this.#seen.status, { ...head, "transfer-encoding": "chunked" });
    const pattern = this.#origin.pattern(object.seed);
    for (const piece of pattern.pieces(from, Math.max(1, count + extra), STEP)) {
      await this.#connection.write(
        new TextEncoder().encode(`${piece.byteLength.toString(16)}\r\n`),
      );
      await this.#connection.write(piece);
      await this.#connection.write(new TextEncoder().encode("\r\n"));
    }
    await this.#connection.write(new TextEncoder().encode("0\r\n\r\n"));
    return true;
  }

  async #body(object: OriginObject, offset: number, length: number, step = STEP): Promise<void> {
    const { bandwidth } = this.#situation;
    const began = performance.now();
    let sent = 0;
    for (const piece of this.#origin.pattern(object.seed).pieces(offset, length, step)) {
      await this.#connection.write(piece);
      sent += piece.byteLength;
      if (bandwidth === undefined) continue;
      const ahead = sent / bandwidth * 1000 - (performance.now() - began);
      if (ahead > 1) await this.#origin.pause(ahead);
    }
  }

  async #error(
    status: number,
    code: string,
    headers: Record<string, string> = {},
  ): Promise<boolean> {
    this.#seen.status = status;
    const text =
      `<?xml version="1.0"?><Error><Code>${code}</Code><Message>on purpose</Message></Error>`;
    const body = new TextEncoder().encode(this.#seen.method === "HEAD" ? "" : text);
    await this.#connection.head(status, {
      "content-type": "application/xml",
      "content-length": `${body.byteLength}`,
      ...headers,
    });
    await this.#connection.write(body);
    return true;
  }

  /** Whether the fault of this request is `fault`; it is then counted. */
  #fires(fault: Fault): boolean {
    if (this.#fault !== fault) return false;
    if (this.#seen.method === "HEAD" && !isOfHeads(fault)) return false;
    this.#origin.count(fault, this.#seen);
    return true;
  }
}

function isOfService(fault: Fault): boolean {
  return ["expired", "replaced", "replacedSilently", "shortened", "deleted"].includes(fault);
}

/** What can happen to an answer without a body. */
function isOfHeads(fault: Fault): boolean {
  return ["reset", "error500", "slowDown", "slowDownAfter", "tooMany", "late"].includes(fault);
}

function wanted(header: string | undefined, size: number) {
  if (header === undefined) return { offset: 0, length: size, isWhole: true };
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (first === undefined || size === 0) return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? undefined : { offset: size - length, length, isWhole: false };
  }
  const offset = Number(first);
  if (offset >= size) return undefined;
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  return { offset, length: end - offset, isWhole: false };
}

function keyOf({ headers }: { readonly headers: ReadonlyMap<string, string> }): string {
  return /Credential=([^/]+)/.exec(headers.get("authorization") ?? "")?.[1] ?? "";
}
