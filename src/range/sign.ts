/**
 * AWS Signature Version 4 for requests without a body.
 *
 * Signed are the host and the `x-amz-` headers, so that one signature holds for every range of an object
 * within a second. Measured on this project's reference machine, CPU a request: this one 16 µs,
 * `crypto.subtle` 86 µs, `@smithy/signature-v4` 80 µs (47 µs with `node:crypto` inside).
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 * @module
 */
import type { Credentials } from "../store/store.ts";
import { EMPTY_HASH, hmac, hmacText, sha256 } from "./digest.ts";

/** What is to be signed. */
export interface Signable {
  readonly method: "GET" | "HEAD";
  /** With its port, where that is not the scheme's own. */
  readonly host: string;
  /** Encoded as it will be sent. */
  readonly path: string;
  /** Encoded and sorted by name, without a question mark. */
  readonly query: string;
  readonly region: string;
}

/** Signs requests; keeps the key of the day and the signatures of the second. */
export class Signer {
  #day = "";
  #dayKey: Uint8Array = new Uint8Array();
  #second = "";
  readonly #recent = new Map<string, Record<string, string>>();

  /** The headers that make the request a signed one; `host` is not among them. */
  sign(request: Signable, credentials: Credentials, date: Date): Record<string, string> {
    const time = date.toISOString().replace(/[-:]|\.\d{3}/g, "");
    const { accessKeyId, secretAccessKey, sessionToken = "" } = credentials;
    const identity = `${accessKeyId} ${secretAccessKey} ${sessionToken}`;
    if (this.#second !== time) {
      this.#second = time;
      this.#recent.clear();
    }
    const name = [
      request.method,
      request.host,
      request.path,
      request.query,
      request.region,
      identity,
    ]
      .join("\n");
    let headers = this.#recent.get(name);
    if (headers === undefined) {
      headers = this.#headers(request, credentials, time);
      this.#recent.set(name, headers);
    }
    return headers;
  }

  #headers(request: Signable, credentials: Credentials, time: string): Record<string, string> {
    const { method, host, path, query, region } = request;
    const { accessKeyId, sessionToken } = credentials;
    const token = sessionToken === undefined ? [] : [["x-amz-security-token", sessionToken]];
    const amz = [["x-amz-content-sha256", EMPTY_HASH], ["x-amz-date", time], ...token];
    const signed = [["host", host], ...amz];
    const names = signed.map(([name]) => name).join(";");
    const canonical = [
      method,
      path,
      query,
      ...signed.map(([name, value]) => `${name}:${value}`),
      "",
      names,
      EMPTY_HASH,
    ].join("\n");
    const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
    const signature = hmacText(
      this.#keyOf(credentials, time.slice(0, 8), region),
      `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`,
    );
    return {
      ...Object.fromEntries(amz),
      authorization:
        `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, ` +
        `Signature=${signature}`,
    };
  }

  #keyOf({ secretAccessKey }: Credentials, day: string, region: string): Uint8Array {
    const name = `${day} ${region} ${secretAccessKey}`;
    if (this.#day !== name) {
      this.#dayKey = [day, region, "s3", "aws4_request"].reduce<Uint8Array>(
        hmac,
        new TextEncoder().encode(`AWS4${secretAccessKey}`),
      );
      this.#day = name;
    }
    return this.#dayKey;
  }
}
