/**
 * CompleteMultipartUpload, whose answer may be lost after it was carried out.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 * @module
 */
import { createHash } from "node:crypto";
import type { Account } from "./activity.ts";
import type { Located } from "./exchange.ts";
import { S3Refusal } from "./refusal.ts";
import { EMPTY_HASH, sha256 } from "./sigv4.ts";
import type { Upstream } from "./upstream.ts";
import type { UpstreamMessage } from "./upstream_request.ts";
import { parseQuery } from "./uri_text.ts";
import { element, elements, textOf } from "./xml.ts";

/** An upload whose parts are to be put together. */
export interface Completion extends Located {
  readonly key: string;
  readonly uploadId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The message that names the parts. */
  readonly body: Uint8Array;
  /** Tags as a header has them: some services (Ceph 16) lose those that an upload is begun with. */
  readonly tagging?: string;
}

/**
 * Completes an upload. Where an attempt's answer was lost and the next finds no upload, the object that
 * is there tells by its ETag whether it is this one.
 *
 * @throws {S3Refusal} when the service refuses
 */
export async function completeUpload(
  upstream: Upstream,
  completion: Completion,
  account: Account,
  signal: AbortSignal,
): Promise<UpstreamMessage> {
  const answer = await complete(upstream, completion, account, signal);
  const { tagging, store, bucket, key } = completion;
  if (tagging !== undefined) {
    const body = new TextEncoder().encode(tagDocument(tagging));
    await upstream.ask(
      {
        store,
        bucket,
        key,
        method: "PUT",
        query: [["tagging", ""]],
        headers: {
          "content-type": "application/xml",
          "content-md5": createHash("md5").update(body).digest("base64"),
        },
        body,
        hash: sha256(body),
        kind: "put",
      },
      account,
      signal,
    );
  }
  return answer;
}

async function complete(
  upstream: Upstream,
  completion: Completion,
  account: Account,
  signal: AbortSignal,
): Promise<UpstreamMessage> {
  const { uploadId, headers, body, tagging: _, ...target } = completion;
  try {
    return await upstream.ask(
      {
        ...target,
        method: "POST",
        query: [["uploadId", uploadId]],
        headers: { "content-type": "application/xml", ...headers },
        body,
        hash: sha256(body),
        kind: "put",
      },
      account,
      signal,
    );
  } catch (error) {
    if (!(error instanceof S3Refusal) || error.code !== "NoSuchUpload") throw error;
    const standing = await findStanding(upstream, completion, account, signal);
    if (standing === undefined) throw error;
    return standing;
  }
}

/** What S3 calls an object of these parts: the hash of their hashes. */
export function multipartTag(body: string): string {
  const tags = elements(body, "Part").map((part) =>
    (textOf(part, "ETag") ?? "").replace(/^"|"$/g, "")
  );
  const hash = createHash("md5");
  for (const tag of tags) hash.update(tag, /^[0-9a-f]{32}$/i.test(tag) ? "hex" : "utf8");
  return `${hash.digest("hex")}-${tags.length}`;
}

function tagDocument(tagging: string): string {
  const tags = parseQuery(tagging).map(([name, value]) =>
    `<Tag>${element("Key", name)}${element("Value", value)}</Tag>`
  );
  return `<Tagging><TagSet>${tags.join("")}</TagSet></Tagging>`;
}

/** The object, when it is the one that these parts make. */
async function findStanding(
  upstream: Upstream,
  { uploadId: _, headers: __, tagging: ___, body, ...target }: Completion,
  account: Account,
  signal: AbortSignal,
): Promise<UpstreamMessage | undefined> {
  const tag = `"${multipartTag(new TextDecoder().decode(body))}"`;
  try {
    const head = await upstream.ask(
      { ...target, method: "HEAD", query: [], headers: {}, hash: EMPTY_HASH, kind: "head" },
      account,
      signal,
    );
    if (head.headers.etag !== tag) return undefined;
  } catch {
    signal.throwIfAborted();
    return undefined; // the service's word on the upload stands
  }
  const { bucket, key } = target;
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<CompleteMultipartUploadResult>` +
    element("Bucket", bucket) + element("Key", key) + element("ETag", tag) +
    "</CompleteMultipartUploadResult>";
  return { status: 200, headers: { "content-type": "application/xml" }, text };
}
