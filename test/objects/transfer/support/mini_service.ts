/**
 * A small S3 service on 127.0.0.1 that fails on purpose while it is written to and read from: objects and
 * multipart uploads in memory, HTTP on bare connections.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { MessageReader, requestFraming } from "../../../support/http_wire.ts";
import { crc32Text } from "../../../../src/objects/transfer/checksum.ts";

/** Faults after which the transfer can still end well. */
export const RECOVERABLE = [
  /** Closes the connection when the head of the request is there. */
  "reset",
  /** Closes it in the middle of the request's body. */
  "resetBody",
  /** Does what was asked and closes it without an answer. */
  "lostAnswer",
  /** Does what was asked and answers nothing, for ever. */
  "silence",
  /** 500 InternalError. */
  "error500",
  /** 503 SlowDown. */
  "slowDown",
  /** 503 with Retry-After. */
  "slowDownAfter",
  /** 429. */
  "tooMany",
  /** 200 with an error document. */
  "errorBody",
  /** 403 ExpiredToken; other keys are good. */
  "expired",
  /** Breaks the answer's body off. */
  "truncate",
  /** Sends the answer's body in small pieces, slowly. */
  "slice",
  /** Alters a byte of what it stores or sends. */
  "alter",
  /** The whole object for a range. */
  "ignoreRange",
  /** A Content-Range of other bytes. */
  "wrongRange",
] as const;

/** Faults after which there must be a clear error, and nothing half-done. */
export const FATAL = [
  /** The object is another one from now on. */
  "replaced",
  /** The upload is gone. */
  "uploadGone",
  /** 403 AccessDenied. */
  "denied",
] as const;

export type ServiceFault = typeof RECOVERABLE[number] | typeof FATAL[number];

/** How the service behaves. */
export interface MiniOptions {
  /** Whether it stores CRC32 and says so, or has MD5 in ETags only. */
  readonly checksums: "crc32" | "md5";
  readonly fault: (index: number) => ServiceFault | undefined;
}

interface StoredBytes {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly crc32: string | undefined;
  /** Bytes, of an object that was uploaded in parts. */
  readonly firstPart?: number;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | string;
}

/** The service. */
export class MiniService implements AsyncDisposable {
  readonly fired: Partial<Record<ServiceFault, number>> = {};
  readonly objects = new Map<string, StoredBytes>();
  readonly uploads = new Map<string, { path: string; parts: Map<number, StoredBytes> }>();
  /** Bytes of parts that were taken, each time. */
  partBytes = 0;
  /** Set to undefined: no faults any more. */
  fault: MiniOptions["fault"] | undefined;
  readonly #checksums: MiniOptions["checksums"];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #serving: Promise<void>;
  readonly #expired = new Set<string>();
  #requests = 0;
  #nextUpload = 1;

  constructor({ checksums, fault }: MiniOptions) {
    this.#checksums = checksums;
    this.fault = fault;
    this.#serving = this.#accept();
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.#listener.addr.port}`);
  }

  get requests(): number {
    return this.#requests;
  }

  put(path: string, bytes: Uint8Array): void {
    this.objects.set(path, this.#stored(bytes));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await this.#serving;
  }

  async #accept(): Promise<void> {
    const all = new Set<Promise<void>>();
    try {
      for await (const connection of this.#listener) {
        this.#connections.add(connection);
        const serving = this.#serve(connection).finally(() => {
          close(connection);
          this.#connections.delete(connection);
          all.delete(serving);
        });
        all.add(serving);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    await Promise.all(all);
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    connection.setNoDelay(true);
    const reader = new MessageReader(connection);
    try {
      for (let head; (head = await reader.head()) !== undefined;) {
        const fault = this.fault?.(this.#requests++);
        if (fault === "reset") return this.#count(fault);
        const chunks: Uint8Array[] = [];
        const framing = requestFraming(head);
        const length = framing.kind === "length" ? framing.bytes : 0;
        let taken = 0;
        const cut = fault === "resetBody" && length > 1 ? Math.floor(length / 2) : Infinity;
        await reader.body(framing, (bytes, ofBody) => {
          taken += ofBody;
          if (taken >= cut) throw new Cut();
          if (ofBody > 0) chunks.push(bytes.slice());
          return Promise.resolve();
        });
        const [method, target] = head.startLine.split(" ");
        const [path, query = ""] = target.split("?");
        const request: Request = {
          method,
          path: decodeURIComponent(path.slice(1)),
          query: new URLSearchParams(query),
          headers: head.headers,
          body: Buffer.concat(chunks),
        };
        if (!await this.#answer(connection, request, fault)) return;
      }
    } catch (error) {
      // The client has gone, or was cut off.
      if (error instanceof Cut) this.#count("resetBody");
    }
  }

  #count(fault: ServiceFault): void {
    this.fired[fault] = (this.fired[fault] ?? 0) + 1;
  }

  /** Whether the connection can take another request. */
  async #answer(
    connection: Deno.Conn,
    request: Request,
    fault: ServiceFault | undefined,
  ): Promise<boolean> {
    const refused = this.#refusal(request, fault);
    const { status, headers = {}, body = "" } = refused ?? this.#do(request, fault);
    if (fault === "lostAnswer" || fault === "silence") {
      this.#count(fault);
      if (fault === "lostAnswer") return false;
      await new Promise<void>((resolve) => {
        connection.read(new Uint8Array(1)).catch(() => {}).finally(resolve);
      });
      return false;
    }
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const isEmpty = request.method === "HEAD";
    const lines = { "content-length": String(bytes.length), ...headers };
    const head = `HTTP/1.1 ${status} X\r\n` +
      Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`).join("") + "\r\n";
    await write(connection, new TextEncoder().encode(head));
    if (isEmpty) return true;
    if (fault === "truncate" && bytes.length > 0) {
      this.#count(fault);
      await write(connection, bytes.subarray(0, Math.floor(bytes.length / 2)));
      return false;
    }
    if (fault === "slice" && bytes.length > 0) {
      this.#count(fault);
      const step = Math.max(1, Math.ceil(bytes.length / 5));
      for (let at = 0; at < bytes.length; at += step) {
        await write(connection, bytes.subarray(at, at + step));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return true;
    }
    await write(connection, bytes);
    return true;
  }

  #refusal(request: Request, fault: ServiceFault | undefined): Answer | undefined {
    const key = /Credential=([^/]+)/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    const refuse = (status: number, code: string, headers = {}): Answer => {
      this.#count(fault!);
      return { status, headers, body: errorText(code) };
    };
    if (this.#expired.has(key)) return { status: 403, body: errorText("ExpiredToken") };
    switch (fault) {
      case "error500":
        return refuse(500, "InternalError");
      case "slowDown":
        return refuse(503, "SlowDown");
      case "slowDownAfter":
        return refuse(503, "SlowDown", { "retry-after": "0" });
      case "tooMany":
        return refuse(429, "TooManyRequests");
      case "denied":
        return refuse(403, "AccessDenied");
      case "expired":
        this.#expired.add(key);
        return refuse(403, "ExpiredToken");
      case "errorBody":
        if (request.method === "HEAD" || request.method === "DELETE") return undefined;
        if (request.method === "PUT" && !request.headers.has("x-amz-copy-source")) return undefined;
        if (request.method === "POST" && request.query.has("uploads")) return undefined;
        return refuse(200, "InternalError", { "content-type": "application/xml" });
      case "replaced": {
        const object = this.objects.get(request.path);
        if (object === undefined || request.method !== "GET") return undefined;
        this.#count(fault);
        this.put(request.path, object.bytes.map((byte) => byte ^ 1));
        return undefined;
      }
      case "uploadGone": {
        const id = request.query.get("uploadId");
        if (id === null || request.method === "DELETE") return undefined;
        this.#count(fault);
        this.uploads.delete(id);
        return undefined;
      }
      default:
        return undefined;
    }
  }

  #do(request: Request, fault: ServiceFault | undefined): Answer {
    const { method, path, query } = request;
    const id = query.get("uploadId");
    if (method === "POST" && query.has("uploads")) {
      const uploadId = `upload-${this.#nextUpload++}`;
      this.uploads.set(uploadId, { path, parts: new Map() });
      return { status: 200, body: `<R><UploadId>${uploadId}</UploadId></R>` };
    }
    if (id !== null) return this.#ofUpload(request, id, fault);
    if (method === "PUT") {
      return this.#put(request, fault, (stored) => this.objects.set(path, stored));
    }
    if (method === "DELETE") {
      this.objects.delete(path);
      return { status: 204 };
    }
    return this.#read(request, fault);
  }

  #ofUpload(request: Request, id: string, fault: ServiceFault | undefined): Answer {
    const { method, query } = request;
    const upload = this.uploads.get(id);
    if (upload === undefined) return { status: 404, body: errorText("NoSuchUpload") };
    if (method === "DELETE") {
      this.uploads.delete(id);
      return { status: 204 };
    }
    if (method === "PUT") {
      this.partBytes += request.body.length;
      const number = Number(query.get("partNumber"));
      return this.#put(request, fault, (stored) => upload.parts.set(number, stored));
    }
    if (method === "GET") {
      const parts = [...upload.parts].map(([number, { etag, crc32 }]) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${etag}&quot;</ETag>` +
        `${crc32 === undefined ? "" : `<ChecksumCRC32>${crc32}</ChecksumCRC32>`}</Part>`
      );
      return { status: 200, body: `<R><IsTruncated>false</IsTruncated>${parts.join("")}</R>` };
    }
    const wanted = [
      ...new TextDecoder().decode(request.body).matchAll(
        /<PartNumber>(\d+)<\/PartNumber><ETag>&quot;([^&]*)&quot;/g,
      ),
    ];
    const parts = wanted.map(([, number, etag]) => {
      const part = upload.parts.get(Number(number));
      return part?.etag === etag ? part : undefined;
    });
    if (parts.length === 0 || parts.includes(undefined)) {
      return { status: 400, body: errorText("InvalidPart") };
    }
    const bytes = Buffer.concat(parts.map((part) => part!.bytes));
    const digests = Buffer.concat(parts.map((part) => Buffer.from(part!.etag, "hex")));
    const etag = `${createHash("md5").update(digests).digest("hex")}-${parts.length}`;
    const crc32 = this.#checksums === "crc32" ? crc32Text(bytes) : undefined;
    const said = request.headers.get("x-amz-checksum-crc32");
    if (crc32 !== undefined && said !== undefined && said !== crc32) {
      return { status: 400, body: errorText("BadDigest") };
    }
    this.objects.set(upload.path, {
      bytes,
      etag,
      crc32,
      firstPart: parts[0]!.bytes.length,
    });
    this.uploads.delete(id);
    const sum = crc32 === undefined ? "" : `<ChecksumCRC32>${crc32}</ChecksumCRC32>`;
    return { status: 200, body: `<R><ETag>&quot;${etag}&quot;</ETag>${sum}</R>` };
  }

  #put(
    { body, headers }: Request,
    fault: ServiceFault | undefined,
    store: (stored: StoredBytes) => void,
  ): Answer {
    const altered = fault === "alter" && body.length > 0 ? this.#altered(body) : body;
    const stored = this.#stored(altered);
    const crc32 = headers.get("x-amz-checksum-crc32");
    const md5 = headers.get("content-md5");
    const isBad = stored.crc32 !== undefined && crc32 !== undefined && crc32 !== stored.crc32 ||
      md5 !== undefined && Buffer.from(md5, "base64").toString("hex") !== stored.etag;
    if (isBad) return { status: 400, body: errorText("BadDigest") };
    store(stored);
    return { status: 200, headers: sums(stored) };
  }

  #read({ method, path, query, headers }: Request, fault: ServiceFault | undefined): Answer {
    const object = this.objects.get(path);
    if (object === undefined) return { status: 404, body: errorText("NoSuchKey") };
    const wanted = headers.get("if-match");
    if (wanted !== undefined && wanted !== `"${object.etag}"`) {
      return { status: 412, body: errorText("PreconditionFailed") };
    }
    const size = object.bytes.length;
    const facts = { ...sums(object), "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT" };
    if (method === "HEAD" && query.get("partNumber") === "1" && object.firstPart !== undefined) {
      const parts = { "x-amz-mp-parts-count": object.etag.split("-")[1] };
      return {
        status: 206,
        headers: { ...facts, ...parts, "content-length": `${object.firstPart}` },
      };
    }
    if (method === "HEAD") {
      return { status: 200, headers: { ...facts, "content-length": String(size) } };
    }
    const body = fault === "alter" && size > 0 ? this.#altered(object.bytes) : object.bytes;
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "");
    if (range === null || fault === "ignoreRange") {
      if (range !== null) this.#count("ignoreRange");
      return { status: 200, headers: facts, body };
    }
    const [first, last] = range.slice(1).map(Number);
    const isWrong = fault === "wrongRange" && first > 0;
    if (isWrong) this.#count("wrongRange");
    const start = isWrong ? first - 1 : first;
    return {
      status: 206,
      headers: { ...facts, "content-range": `bytes ${start}-${last}/${size}` },
      body: body.subarray(start, last + 1),
    };
  }

  #altered(bytes: Uint8Array): Uint8Array {
    this.#count("alter");
    const altered = new Uint8Array(bytes);
    altered[Math.floor(altered.length / 2)] ^= 0x40;
    return altered;
  }

  #stored(bytes: Uint8Array): StoredBytes {
    return {
      bytes,
      etag: createHash("md5").update(bytes).digest("hex"),
      crc32: this.#checksums === "crc32" ? crc32Text(bytes) : undefined,
    };
  }
}

class Cut extends Error {}

function sums({ etag, crc32 }: StoredBytes): Record<string, string> {
  return { etag: `"${etag}"`, ...(crc32 === undefined ? {} : { "x-amz-checksum-crc32": crc32 }) };
}

function errorText(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>on purpose</Message></Error>`;
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
