/**
 * What a service does with objects: written, read in part, written on a condition, in parts, copied,
 * verified. Every test object belongs to a {@link Scratch}.
 *
 * @module
 */
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { type DipperError, isDipperError } from "../../errors.ts";
import { answered, isMissing, send, supportOf, type Target } from "./request.ts";
import type { Scratch } from "./scratch.ts";
import type { Outcome, Support } from "./step.ts";

/** 64 bytes, each different. */
export const TEST_BODY: Uint8Array = Uint8Array.from({ length: 64 }, (_, index) => index + 32);

const OTHER_BODY = TEST_BODY.map((byte) => byte + 64);
const FIRST = "object";

/** Whether conditions on writes are kept. */
export interface ConditionalWrite {
  /** PutObject with `If-None-Match: *` refuses to overwrite. */
  readonly ifNoneMatch: Support;
  /** PutObject with `If-Match` refuses what has changed, and takes what has not. */
  readonly ifMatch: Support;
  /** How `If-Match` wants the ETag written; undefined when it is not kept. */
  readonly ifMatchEtag: "quoted" | "unquoted" | undefined;
  /** CompleteMultipartUpload with `If-None-Match: *` refuses to overwrite. */
  readonly completeMultipart: Support;
}

/** Whether a body that does not fit its checksum is refused. */
export interface Checksums {
  readonly md5: Support;
  readonly sha256: Support;
}

/** What writes are tried on. */
export interface Writing {
  readonly target: Target;
  readonly scratch: Scratch;
  readonly signal?: AbortSignal;
}

/** A small object can be written. */
export async function proveWrite({ scratch }: Writing): Promise<Outcome & { versionId?: string }> {
  const { VersionId } = await put(scratch, FIRST, TEST_BODY);
  return {
    status: "ok",
    detail: `${TEST_BODY.length} bytes were written to ${scratch.prefix}${FIRST}`,
    versionId: VersionId === "null" ? undefined : VersionId,
  };
}

/** A range of bytes is answered with those bytes and no others. */
export async function proveRange(
  { target, scratch, signal }: Writing,
  versionId?: string,
): Promise<{ outcome: Outcome; support: Support }> {
  const ranges = [
    { header: "bytes=10-19", from: 10, to: 20 },
    { header: "bytes=-8", from: 56, to: 64 },
  ];
  for (const { header, from, to } of ranges) {
    const answer = await send(
      target.store,
      { bucket: target.bucket, key: scratch.prefix + FIRST, operation: "GetObject", signal },
      async (client, options) => {
        const output = await client.send(
          new GetObjectCommand({
            Bucket: target.bucket,
            Key: scratch.prefix + FIRST,
            Range: header,
            VersionId: versionId,
          }),
          options,
        );
        return { output, bytes: await output.Body!.transformToByteArray() };
      },
    );
    const wrong = wrongRange(answer.output, answer.bytes, from, to);
    if (wrong === undefined) continue;
    return {
      support: "no",
      outcome: {
        status: "failed",
        detail: `asked for ${header}, the service ${wrong}`,
        hint: "Only whole objects can be read here. If a proxy stands before the service, let it " +
          "pass Range headers; else tell the service's administrator.",
      },
    };
  }
  return {
    support: "yes",
    outcome: {
      status: "ok",
      detail: "parts of an object are read, from the front and from the end",
    },
  };
}

function wrongRange(
  output: GetObjectCommandOutput,
  bytes: Uint8Array,
  from: number,
  to: number,
): string | undefined {
  const status = output.$metadata.httpStatusCode;
  if (status !== 206) return `answered ${status} with ${bytes.length} bytes`;
  const expected = `bytes ${from}-${to - 1}/${TEST_BODY.length}`;
  if (output.ContentRange !== expected) {
    return `answered Content-Range ${output.ContentRange ?? "nothing"} for ${expected}`;
  }
  const wanted = TEST_BODY.subarray(from, to);
  const same = bytes.length === wanted.length && bytes.every((byte, at) => byte === wanted[at]);
  return same ? undefined : "answered other bytes";
}

/** Conditions are tried for real: some services take the header and do not heed it. */
export async function proveConditions(
  { scratch }: Writing,
): Promise<{ outcome: Outcome; found: Omit<ConditionalWrite, "completeMultipart"> }> {
  const name = "condition";
  const { ETag } = await put(scratch, name, TEST_BODY);
  const again = await answered(put(scratch, name, OTHER_BODY, { IfNoneMatch: "*" }));
  const ifNoneMatch = "value" in again ? "no" : heeds(again.error);
  // When it was not heeded, the object is now the other one.
  const etag = ("value" in again ? again.value.ETag : ETag) ?? "";
  const { ifMatch, ifMatchEtag } = await proveIfMatch(scratch, name, etag);
  const fresh = ifNoneMatch === "yes"
    ? await answered(put(scratch, `${name}-new`, TEST_BODY, { IfNoneMatch: "*" }))
    : undefined;
  const usable: Support = fresh !== undefined && "error" in fresh ? "no" : ifNoneMatch;
  const found = { ifNoneMatch: usable, ifMatch, ifMatchEtag } as const;
  const words = { yes: "kept", no: "not kept", unknown: "unknown" };
  const how = ifMatchEtag === "unquoted" ? " (with an ETag without quotes)" : "";
  const detail = `If-None-Match: * is ${words[usable]}, If-Match is ${words[ifMatch]}${how}`;
  if (usable === "yes" && ifMatch === "yes") return { found, outcome: { status: "ok", detail } };
  return {
    found,
    outcome: {
      status: "warning",
      detail,
      hint: "Two programs that write the same object at once can overwrite each other here: let " +
        "only one write to a place.",
    },
  };
}

async function proveIfMatch(
  scratch: Scratch,
  name: string,
  etag: string,
): Promise<Pick<ConditionalWrite, "ifMatch" | "ifMatchEtag">> {
  const none = (ifMatch: Support) => ({ ifMatch, ifMatchEtag: undefined });
  const wrong = '"00000000000000000000000000000000"';
  const refused = await answered(put(scratch, name, OTHER_BODY, { IfMatch: wrong }));
  if ("value" in refused) return none("no");
  if (heeds(refused.error) !== "yes") return none(heeds(refused.error));
  const bare = etag.replaceAll('"', "");
  for (const style of ["quoted", "unquoted"] as const) {
    const IfMatch = style === "quoted" ? `"${bare}"` : bare;
    const taken = await answered(put(scratch, name, OTHER_BODY, { IfMatch }));
    if ("value" in taken) return { ifMatch: "yes", ifMatchEtag: style };
  }
  return none("no");
}

/** An upload in parts, and whether its completion keeps `If-None-Match: *`. */
export async function proveMultipart(
  writing: Writing,
): Promise<{ outcome: Outcome; support: Support; condition: Support }> {
  await upload(writing.scratch, "parts", {});
  const again = await answered(upload(writing.scratch, "parts", { IfNoneMatch: "*" }));
  const condition = "value" in again ? "no" : heeds(again.error);
  const kept = { yes: "kept", no: "not kept", unknown: "unknown" }[condition];
  return {
    support: "yes",
    condition,
    outcome: {
      status: "ok",
      detail: `an upload in parts was completed; If-None-Match: * on completion is ${kept}`,
    },
  };
}

/** An object is copied inside the service. */
export async function proveCopy({ target, scratch }: Writing): Promise<Outcome> {
  const source = `${target.bucket}/${scratch.prefix}${FIRST}`.split("/").map(encodeURIComponent);
  await scratch.write(
    "copy",
    "CopyObject",
    (client, Key, options) =>
      client.send(
        new CopyObjectCommand({ Bucket: target.bucket, Key, CopySource: source.join("/") }),
        options,
      ),
  );
  return { status: "ok", detail: "an object was copied inside the service" };
}

/** A body that does not fit its checksum is refused. */
export async function proveChecksums(
  { scratch }: Writing,
): Promise<{ outcome: Outcome; found: Checksums }> {
  const md5 = await refuses(scratch, { ContentMD5: zeros(16) });
  const sha256 = await refuses(scratch, { ChecksumSHA256: zeros(32) });
  const words = { yes: "refused", no: "taken", unknown: "unknown" };
  const detail = `a body with a wrong MD5 is ${words[md5]}, with a wrong SHA-256 ${words[sha256]}`;
  const outcome: Outcome = md5 === "yes" || sha256 === "yes" ? { status: "ok", detail } : {
    status: "warning",
    detail,
    hint: "The service does not notice bytes damaged on the way: use https, and compare sizes.",
  };
  return { outcome, found: { md5, sha256 } };
}

async function refuses(scratch: Scratch, input: Partial<PutObjectCommandInput>): Promise<Support> {
  const tried = await answered(put(scratch, "checksum", TEST_BODY, input));
  if ("value" in tried) return "no";
  const { status } = tried.error.context;
  return status === 400 || status === 412 || status === 422 ? "yes" : supportOf(tried.error);
}

/** 412 is the refusal that the condition asks for, 409 the one for a write at the same time. */
function heeds(error: DipperError): Support {
  if (error.context.status === 412 || isDipperError(error, "object_changed")) return "yes";
  if (error.context.status === 409) return "yes";
  return isMissing(error) ? "no" : "unknown";
}

function put(
  scratch: Scratch,
  name: string,
  body: Uint8Array,
  input: Partial<PutObjectCommandInput> = {},
): Promise<PutObjectCommandOutput> {
  return scratch.write(name, "PutObject", (client, Key, options) =>
    client.send(
      new PutObjectCommand({ Bucket: scratch.bucket, Key, Body: body, ...input }),
      options,
    ));
}

async function upload(
  scratch: Scratch,
  name: string,
  condition: { IfNoneMatch?: string },
): Promise<void> {
  const { bucket: Bucket } = scratch;
  const { UploadId } = await scratch.write(
    name,
    "CreateMultipartUpload",
    async (client, Key, options) =>
      ({
        UploadId:
          (await client.send(new CreateMultipartUploadCommand({ Bucket, Key }), options)).UploadId,
      }) as { UploadId?: string; VersionId?: string },
  );
  scratch.note({ key: scratch.prefix + name, uploadId: UploadId });
  const { ETag } = await scratch.write(name, "UploadPart", async (client, Key, options) => {
    const part = { Bucket, Key, UploadId, PartNumber: 1, Body: TEST_BODY };
    const { ETag } = await client.send(new UploadPartCommand(part), options);
    return { ETag } as { ETag?: string; VersionId?: string };
  });
  await scratch.write(name, "CompleteMultipartUpload", (client, Key, options) =>
    client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
        ...condition,
      }),
      options,
    ));
  scratch.forget({ key: scratch.prefix + name, uploadId: UploadId });
}

function zeros(length: number): string {
  return btoa("\0".repeat(length));
}
