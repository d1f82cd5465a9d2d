/**
 * A small S3 service with versions, whose answers a test can replace. It checks no signatures.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** One version of an object, or a delete marker. */
export interface Version {
  readonly key: string;
  readonly id: string;
  /** Undefined for a delete marker. */
  readonly body: Uint8Array | undefined;
  readonly etag: string;
}

/** How the service behaves. */
export interface FakeS3Options {
  readonly versioning?: "Enabled" | "Suspended";
  /** Answers in the service's place, or does not. */
  readonly answer?: (request: FakeRequest, service: FakeS3) => Response | undefined;
  /** Features that it takes and does not heed. */
  readonly ignores?: readonly ("conditions" | "range")[];
}

/** A request, as a test sees it. */
export interface FakeRequest {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
}

/** The service, with the bucket `lab`. */
export class FakeS3 implements AsyncDisposable {
  readonly versions: Version[] = [];
  readonly uploads = new Map<string, { key: string; parts: Uint8Array[] }>();
  readonly requests: FakeRequest[] = [];
  readonly #options: FakeS3Options;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #count = 0;

  constructor(options: FakeS3Options = {}) {
    this.#options = options;
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => this.#serve(request),
    );
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #serve(raw: Request): Promise<Response> {
    const url = new URL(raw.url);
    const [, bucket, ...rest] = decodeURIComponent(url.pathname).split("/");
    const request: FakeRequest = {
      method: raw.method,
      bucket,
      key: rest.join("/"),
      query: url.searchParams,
      headers: raw.headers,
    };
    const body = new Uint8Array(await raw.arrayBuffer());
    this.requests.push(request);
    return this.#options.answer?.(request, this) ?? this.#answer(request, body);
  }

  #answer(request: FakeRequest, body: Uint8Array): Response {
    const { method, bucket, key, query } = request;
    if (bucket === "") {
      if (method === "HEAD") return new Response(null, { status: 405 });
      if (method === "POST") return failure(501, "NotImplemented");
      return xml(
        "<ListAllMyBucketsResult><Buckets><Bucket><Name>lab</Name></Bucket>" +
          "</Buckets></ListAllMyBucketsResult>",
      );
    }
    if (bucket !== "lab") return failure(404, "NoSuchBucket");
    if (key === "") return this.#answerBucket(query);
    if (query.has("uploads") || query.has("uploadId")) return this.#multipart(request, body);
    switch (method) {
      case "PUT":
        return this.#put(request, body);
      case "GET":
        return this.#get(request);
      case "DELETE":
        return this.#delete(key, query.get("versionId"));
    }
    return failure(405, "MethodNotAllowed");
  }

  #answerBucket(query: URLSearchParams): Response {
    const prefix = query.get("prefix") ?? "";
    const status = this.#options.versioning;
    if (query.has("versioning")) {
      return xml(
        `<VersioningConfiguration>${
          status === undefined ? "" : `<Status>${status}</Status>`
        }</VersioningConfiguration>`,
      );
    }
    if (query.has("versions")) {
      const found = this.versions.filter((one) => one.key.startsWith(prefix)).map((one) => {
        const tag = one.body === undefined ? "DeleteMarker" : "Version";
        return `<${tag}><Key>${one.key}</Key><VersionId>${one.id}</VersionId></${tag}>`;
      });
      return xml(`<ListVersionsResult>${found.join("")}</ListVersionsResult>`);
    }
    if (query.has("uploads")) {
      const found = [...this.uploads].map(([id, { key }]) =>
        `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`
      );
      return xml(`<ListMultipartUploadsResult>${found.join("")}</ListMultipartUploadsResult>`);
    }
    if (query.has("cors")) return failure(404, "NoSuchCORSConfiguration");
    if (query.has("policy")) return failure(403, "AccessDenied");
    if (query.has("lifecycle") || query.has("notification")) return failure(501, "NotImplemented");
    if (query.has("object-lock")) return failure(404, "ObjectLockConfigurationNotFoundError");
    const keys = [...new Set(this.versions.map((one) => one.key))]
      .filter((key) => key.startsWith(prefix) && this.#latest(key)?.body !== undefined);
    return xml(
      `<ListBucketResult><Name>lab</Name>${
        keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("")
      }</ListBucketResult>`,
    );
  }

  #put({ key, headers }: FakeRequest, body: Uint8Array): Response {
    const source = headers.get("x-amz-copy-source");
    if (source !== null) {
      const from = this.#latest(decodeURIComponent(source).replace(/^\/?lab\//, ""));
      return this.#store(key, from!.body!, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>");
    }
    const md5 = headers.get("content-md5");
    if (md5 !== null && md5 !== createHash("md5").update(body).digest("base64")) {
      return failure(400, "BadDigest");
    }
    return this.#conflict(key, headers) ?? this.#store(key, body);
  }

  #conflict(key: string, headers: Headers): Response | undefined {
    if (this.#options.ignores?.includes("conditions")) return undefined;
    const latest = this.#latest(key);
    const match = headers.get("if-match");
    const refused = (headers.get("if-none-match") === "*" && latest?.body !== undefined) ||
      (match !== null && match !== latest?.etag);
    return refused ? failure(412, "PreconditionFailed") : undefined;
  }

  #store(key: string, body: Uint8Array, answer = ""): Response {
    const kept = this.#options.versioning === "Enabled";
    const id = kept ? `v${++this.#count}` : "null";
    if (!kept) this.drop(key, "null");
    const etag = `"${createHash("md5").update(body).digest("hex")}"`;
    this.versions.push({ key, id, body, etag });
    return new Response(answer, {
      headers: { etag, ...(kept ? { "x-amz-version-id": id } : {}) },
    });
  }

  #get({ key, query, headers }: FakeRequest): Response {
    const id = query.get("versionId");
    const found = id === null
      ? this.#latest(key)
      : this.versions.find((one) => one.key === key && one.id === id);
    if (found?.body === undefined) return failure(404, "NoSuchKey");
    const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.get("range") ?? "") ?? [];
    if (first === undefined || this.#options.ignores?.includes("range")) {
      return new Response(found.body.slice());
    }
    const size = found.body.length;
    const from = first === "" ? size - Number(last) : Number(first);
    const to = first === "" || last === "" ? size - 1 : Number(last);
    return new Response(found.body.slice(from, to + 1), {
      status: 206,
      headers: { "content-range": `bytes ${from}-${to}/${size}` },
    });
  }

  #delete(key: string, id: string | null): Response {
    if (id !== null) {
      this.drop(key, id);
      return new Response(null, { status: 204 });
    }
    if (this.#options.versioning === undefined) {
      this.drop(key, "null");
      return new Response(null, { status: 204 });
    }
    const marker = this.#options.versioning === "Enabled" ? `m${++this.#count}` : "null";
    if (marker === "null") this.drop(key, "null");
    this.versions.push({ key, id: marker, body: undefined, etag: "" });
    return new Response(null, {
      status: 204,
      headers: { "x-amz-delete-marker": "true", "x-amz-version-id": marker },
    });
  }

  #multipart({ method, key, query, headers }: FakeRequest, body: Uint8Array): Response {
    const id = query.get("uploadId");
    if (id === null) {
      const made = `u${++this.#count}`;
      this.uploads.set(made, { key, parts: [] });
      return xml(
        `<InitiateMultipartUploadResult><UploadId>${made}</UploadId>` +
          "</InitiateMultipartUploadResult>",
      );
    }
    const upload = this.uploads.get(id);
    if (upload === undefined) return failure(404, "NoSuchUpload");
    if (method === "PUT") {
      upload.parts.push(body);
      return new Response(null, { headers: { etag: '"part"' } });
    }
    if (method === "POST") {
      const conflict = this.#conflict(key, headers);
      if (conflict !== undefined) return conflict;
      this.uploads.delete(id);
      return this.#store(
        key,
        upload.parts[0],
        "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>",
      );
    }
    this.uploads.delete(id);
    return new Response(null, { status: 204 });
  }

  /** Removes one version. */
  drop(key: string, id: string): void {
    const at = this.versions.findIndex((one) => one.key === key && one.id === id);
    if (at >= 0) this.versions.splice(at, 1);
  }

  #latest(key: string): Version | undefined {
    return this.versions.findLast((one) => one.key === key);
  }
}

/** An error as S3 gives it. */
export function failure(status: number, code: string, message = code): Response {
  return xml(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`, status);
}

function xml(text: string, status = 200): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>${text}`, {
    status,
    headers: { "content-type": "application/xml" },
  });
}
