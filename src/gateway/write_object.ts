/**
 * What changes objects: PutObject, CopyObject, DeleteObject, DeleteObjects and multipart uploads.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { emptyResponse, xmlResponse } from "./answers.ts";
import { completeUpload, multipartTag } from "./completion.ts";
import { copyObject, copyPart } from "./copy_object.ts";
import { type CopySource, copySourceHeader, copySourceOf } from "./copy_source.ts";
import { type Exchange, type Located, parameter } from "./exchange.ts";
import { passOn, requestHeaders, upstreamRequest } from "./forward.ts";
import type { Destination, HeldWrites } from "./held_writes.ts";
import { type HttpAnswer, textAnswer } from "./http/answer.ts";
import { patientXml } from "./patient_answer.ts";
import { type Payload, payloadOf, readPayload } from "./payload.ts";
import { S3Refusal } from "./refusal.ts";
import { EMPTY_HASH, sha256 } from "./sigv4.ts";
import type { UpstreamMessage } from "./upstream_request.ts";
import { element, elements, textOf } from "./xml.ts";

/** A message: 10,000 parts or 1,000 keys of the longest kind. */
const LONGEST_MESSAGE = 8 * 1024 * 1024;
/** Bodies up to this size are kept until they are accepted, so that they can be sent again. */
const REPEATABLE = 256 * 1024;

/** Whether a request reads only. */
export function isRead({ method }: Pick<Exchange, "method">): boolean {
  return method === "GET" || method === "HEAD";
}

/** Answers a request that may change something. */
export async function write(exchange: Exchange): Promise<HttpAnswer> {
  const { parts, method, bucket, key, query, client, signal } = exchange;
  if (parts.mode === "read-only") {
    throw new S3Refusal("AccessDenied", "This gateway reads only: it was not started for writing.");
  }
  const located = await parts.stores.locate(bucket, signal);
  const target: Destination = { ...located, key };
  const { held } = client;
  const has = (name: string) => query.some(([each]) => each === name);
  const uploadId = parameter(exchange, "uploadId");
  if (key === "") {
    if (method === "POST" && has("delete")) return await removeMany(exchange, located);
    return await send(exchange, located);
  }
  const source = method === "PUT" ? await copySourceOf(exchange) : undefined;
  if (uploadId !== undefined) {
    if (method === "POST") return await complete(exchange, target, uploadId);
    if (source !== undefined && source.store !== target.store) {
      return await patientXml(exchange, "CopyPartResult", copyPart(exchange, target, source));
    }
    const answer = await send(exchange, located, source);
    if (method === "DELETE") held?.ended(uploadId);
    return answer;
  }
  if (method === "POST" && has("uploads")) return await begin(exchange, target);
  if (query.some(([name]) => name !== "versionId" && name !== "x-id")) {
    return await send(exchange, located);
  }
  if (method === "DELETE") {
    if (held !== undefined) {
      held.remove(target, query.filter(([name]) => name === "versionId"));
      return emptyResponse(exchange, 204);
    }
  } else if (method === "PUT" && held !== undefined) {
    if (source === undefined) return await holdPut(exchange, target, held);
  }
  if (source !== undefined && (held !== undefined || source.store !== target.store)) {
    const copy = copyObject(exchange, target, source)
      .finally(() => parts.changed(client, bucket, key));
    return await patientXml(exchange, "CopyObjectResult", copy);
  }
  try {
    return await send(exchange, located, source);
  } finally {
    parts.changed(client, bucket, key);
  }
}

/** Sends the request as it is, its body streamed; a copy's source goes by its bucket's own name. */
async function send(
  exchange: Exchange,
  located: Located,
  source?: CopySource,
): Promise<HttpAnswer> {
  const { parts, client, signal } = exchange;
  const payload = payloadOf(exchange.headers, exchange.body, exchange.authenticated);
  const request = upstreamRequest(
    exchange,
    located,
    payload.length === 0 ? EMPTY_HASH : payload.hash,
  );
  const headers = source === undefined
    ? request.headers
    : { ...request.headers, "x-amz-copy-source": copySourceHeader(source) };
  const body = payload.length <= REPEATABLE
    ? await readPayload(payload, REPEATABLE)
    : { length: payload.length, bytes: payload.bytes };
  const hasBody = payload.length > 0;
  const answer = await parts.upstream.send(
    { ...request, headers, ...(hasBody ? { body } : {}) },
    client.account,
    signal,
  );
  client.account.written(payload.length);
  return passOn(answer, exchange);
}

async function begin(exchange: Exchange, target: Destination): Promise<HttpAnswer> {
  const { client, parts, signal } = exchange;
  const request = upstreamRequest(exchange, target, EMPTY_HASH);
  const answer = await parts.upstream.ask(request, client.account, signal);
  const uploadId = textOf(answer.text, "UploadId");
  if (uploadId !== undefined) client.held?.begun(target, uploadId);
  return message(exchange, answer);
}

async function complete(
  exchange: Exchange,
  target: Destination,
  uploadId: string,
): Promise<HttpAnswer> {
  const { client, parts, signal, bucket, key } = exchange;
  const payload = payloadOf(exchange.headers, exchange.body, exchange.authenticated);
  const body = await readPayload(payload, LONGEST_MESSAGE);
  const text = new TextDecoder().decode(body);
  const { "content-md5": _, ...headers } = requestHeaders(exchange.headers);
  if (client.held !== undefined) {
    if (elements(text, "Part").length === 0) {
      throw new S3Refusal("MalformedXML", "The completion names no parts.");
    }
    client.held.complete(target, uploadId, headers, body);
    return xmlResponse(
      exchange,
      "CompleteMultipartUploadResult",
      element("Bucket", bucket) + element("Key", key) + element("ETag", `"${multipartTag(text)}"`),
    );
  }
  try {
    const completion = { ...target, uploadId, headers, body };
    return message(
      exchange,
      await completeUpload(parts.upstream, completion, client.account, signal),
    );
  } finally {
    parts.changed(client, bucket, key);
  }
}

/** Keeps an object back: in memory when it is small, else as an upload of one part. */
async function holdPut(
  exchange: Exchange,
  target: Destination,
  held: HeldWrites,
): Promise<HttpAnswer> {
  const { client, parts, signal, authenticated } = exchange;
  const payload = payloadOf(exchange.headers, exchange.body, authenticated);
  const headers = requestHeaders(exchange.headers);
  if (held.fitsInMemory(payload.length)) {
    const bytes = await readPayload(payload, payload.length);
    held.put(target, headers, bytes);
    return emptyResponse(exchange, 200, { etag: `"${md5(bytes)}"` });
  }
  const { conditions, ofObject, ofBody } = sorted(headers);
  const shared = { ...target, kind: "put" as const };
  const { text } = await parts.upstream.ask(
    {
      ...shared,
      method: "POST",
      query: [["uploads", ""]],
      headers: ofObject,
      hash: EMPTY_HASH,
    },
    client.account,
    signal,
  );
  const uploadId = textOf(text, "UploadId");
  if (uploadId === undefined) throw new S3Refusal("InternalError", "An upload came without an id.");
  held.begun(target, uploadId);
  const { tag, bytes } = tagged(payload);
  const part = await parts.upstream.send(
    {
      ...shared,
      method: "PUT",
      query: [["partNumber", "1"], ["uploadId", uploadId]],
      headers: ofBody,
      body: { length: payload.length, bytes },
      hash: payload.hash,
    },
    client.account,
    signal,
  );
  part.drop();
  client.account.written(payload.length);
  const partTag = element("ETag", part.headers.etag ?? "");
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>${partTag}</Part>` +
    `</CompleteMultipartUpload>`;
  const completion = new TextEncoder().encode(body);
  held.complete(target, uploadId, conditions, completion, headers["x-amz-tagging"]);
  return emptyResponse(exchange, 200, { etag: `"${tag()}"` });
}

/** Which headers of a PUT go with which request of an upload. */
function sorted(headers: Readonly<Record<string, string>>) {
  const pick = (wanted: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => wanted(name)));
  const isCondition = (name: string) => name === "if-match" || name === "if-none-match";
  const isOfBody = (name: string) =>
    name === "content-md5" || name.startsWith("x-amz-checksum-") ||
    name.startsWith("x-amz-server-side-encryption-customer-");
  return {
    conditions: pick(isCondition),
    ofBody: pick(isOfBody),
    ofObject: pick((name) =>
      !isCondition(name) && name !== "content-md5" && !name.startsWith("x-amz-checksum-")
    ),
  };
}

function tagged(payload: Payload): { tag(): string; bytes: AsyncIterable<Uint8Array> } {
  const hash = createHash("md5");
  async function* bytes() {
    for await (const piece of payload.bytes) {
      hash.update(piece);
      yield piece;
    }
  }
  return { tag: () => hash.digest("hex"), bytes: bytes() };
}

async function removeMany(exchange: Exchange, located: Located): Promise<HttpAnswer> {
  const { client, parts, signal, bucket } = exchange;
  const payload = payloadOf(exchange.headers, exchange.body, exchange.authenticated);
  const body = await readPayload(payload, LONGEST_MESSAGE);
  const text = new TextDecoder().decode(body);
  const objects = elements(text, "Object").map((object) => ({
    key: textOf(object, "Key") ?? "",
    versionId: textOf(object, "VersionId"),
  }));
  const { held } = client;
  if (held !== undefined) {
    for (const { key, versionId } of objects) {
      held.remove({ ...located, key }, versionId === undefined ? [] : [["versionId", versionId]]);
    }
    const isQuiet = textOf(text, "Quiet") === "true";
    const deleted = objects.map(({ key }) => `<Deleted>${element("Key", key)}</Deleted>`);
    return xmlResponse(exchange, "DeleteResult", isQuiet ? "" : deleted.join(""));
  }
  const request = upstreamRequest(exchange, located, sha256(body));
  try {
    const headers = {
      ...request.headers,
      "content-md5": createHash("md5").update(body).digest("base64"),
    };
    return message(
      exchange,
      await parts.upstream.ask({ ...request, headers, body }, client.account, signal),
    );
  } finally {
    for (const { key } of objects) parts.changed(client, bucket, key);
  }
}

function message({ requestId }: Exchange, answer: UpstreamMessage): HttpAnswer {
  const headers = {
    "content-type": answer.headers["content-type"] ?? "application/xml",
    "x-amz-request-id": answer.headers["x-amz-request-id"] ?? requestId,
  };
  return textAnswer(answer.text, headers, answer.status);
}

function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
