/**
 * The test objects of a check: under one prefix of their own, removed to the last version.
 *
 * @module
 */
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { isDipperError } from "../../errors.ts";
import type { BucketFacts } from "./bucket.ts";
import { type Answer, answered, isMissing, send, type Target } from "./request.ts";

/** Something of ours in the bucket. */
export interface Trace {
  readonly key: string;
  /** Absent where the bucket keeps no versions. */
  readonly versionId?: string;
  /** Present for an upload that was begun. */
  readonly uploadId?: string;
}

/** Whether objects may be removed; `reason` is a clause. */
export type DeleteRight =
  | { readonly allowed: "yes" }
  | { readonly allowed: "no" | "unknown"; readonly reason: string };

/** Listing and removing rounds until nothing is left. */
const ROUNDS = 3;

/** Milliseconds before a further round, where something failed: a late write may show up. */
const PAUSE = 500;

/** The test objects in one bucket. */
export class Scratch {
  /** Every key begins with it. */
  readonly prefix: string;
  readonly #target: Target;
  readonly #facts: BucketFacts;
  readonly #seen = new Map<string, Trace>();
  #dirty = false;
  /** Whether a write ended without an answer: it may still happen. */
  #uncertain = false;

  constructor(target: Target, facts: BucketFacts, id: string) {
    this.#target = target;
    this.#facts = facts;
    this.prefix = `.dipper-check-${id}/`;
  }

  get bucket(): string {
    return this.#target.bucket;
  }

  /** Whether anything may have been written. */
  get isDirty(): boolean {
    return this.#dirty;
  }

  /**
   * Sends a request that writes `key`. The caller's signal does not stop it: what the service is
   * about to write must be known before it is removed.
   */
  async write<T extends { VersionId?: string }>(
    name: string,
    operation: string,
    request: (client: S3Client, key: string, options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    this.#dirty = true;
    const key = this.prefix + name;
    this.note({ key });
    const { store, bucket } = this.#target;
    const sent = await answered(send(
      store,
      { bucket, key, operation },
      (client, options) => request(client, key, options),
    ));
    if ("error" in sent) {
      this.#uncertain ||= sent.error.context.status === undefined ||
        sent.error.context.status >= 500;
      throw sent.error;
    }
    const answer = sent.value;
    if (answer.VersionId !== undefined) this.note({ key, versionId: answer.VersionId });
    return answer;
  }

  /** Remembers what has to be removed. */
  note(trace: Trace): void {
    this.#seen.set(nameOf(trace), trace);
  }

  /** Forgets what is not there any more. */
  forget(trace: Trace): void {
    this.#seen.delete(nameOf(trace));
  }

  /**
   * Finds out, without changing anything, whether test objects could be removed: removes one that
   * does not exist. Where versions may be kept that would leave a delete marker, so there the version
   * `null` of it is removed, which leaves nothing.
   */
  async deleteRight(signal?: AbortSignal): Promise<DeleteRight> {
    if (this.#facts.lock !== undefined) return { allowed: "no", reason: this.#facts.lock };
    const { store, bucket } = this.#target;
    const key = `${this.prefix}nothing`;
    const plain = this.#facts.versioning === "off" || this.#facts.versioning === "unsupported";
    const tried = await answered(send(
      store,
      { bucket, key, operation: "DeleteObject", signal },
      (client, options) =>
        client.send(
          new DeleteObjectCommand({
            Bucket: bucket,
            Key: key,
            ...(plain ? {} : { VersionId: "null" }),
          }),
          options,
        ),
    ));
    if ("error" in tried && !isDipperError(tried.error, "key_not_found")) {
      const allowed = isDipperError(tried.error, "permission") ? "no" : "unknown";
      return { allowed, reason: tried.error.message };
    }
    if ("value" in tried && tried.value.DeleteMarker === true) {
      const versionId = tried.value.VersionId;
      if (versionId !== undefined && versionId !== "null") this.note({ key, versionId });
      this.#dirty = true;
    }
    return { allowed: "yes" };
  }

  /** Removes everything and looks that nothing is left. Never throws; returns what is left. */
  async remove(): Promise<readonly Trace[]> {
    if (!this.#dirty) return [];
    let left: readonly Trace[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0 && (this.#uncertain || left.length > 0)) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
      const listed = await this.#list();
      const targets = merge(listed ?? [], round === 0 ? this.#known() : left);
      if (round > 0 && listed !== undefined && listed.length === 0) return [];
      const failed: Trace[] = [];
      for (const trace of targets) {
        if (!await this.#removeOne(trace)) failed.push(trace);
      }
      left = failed;
    }
    return await this.#list() ?? left;
  }

  /** What the answers named: versions where there are versions, else keys. */
  #known(): Trace[] {
    const traces = [...this.#seen.values()];
    const named = traces.filter(({ versionId, uploadId }) =>
      versionId !== undefined || uploadId !== undefined
    );
    // Without a version, a delete would add a marker where versions are kept: only where none are.
    return this.#facts.versioning === "off" || this.#facts.versioning === "unsupported"
      ? traces
      : this.#facts.versioning === "unknown" && !named.some(({ versionId }) => versionId)
      ? traces
      : named;
  }

  async #removeOne({ key, versionId, uploadId }: Trace): Promise<boolean> {
    const { store, bucket } = this.#target;
    const operation = uploadId === undefined ? "DeleteObject" : "AbortMultipartUpload";
    const keepsNone = this.#facts.versioning === "off";
    const gone = await answered(send(
      store,
      { bucket, key, operation },
      async (client, options) => {
        if (uploadId !== undefined) {
          const input = { Bucket: bucket, Key: key, UploadId: uploadId };
          await client.send(new AbortMultipartUploadCommand(input), options);
        } else {
          const VersionId = keepsNone && versionId === "null" ? undefined : versionId;
          await client.send(
            new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }),
            options,
          );
        }
      },
    ));
    return "value" in gone || isDipperError(gone.error, "key_not_found") ||
      gone.error.context.code === "NoSuchUpload";
  }

  /** Everything under the prefix; undefined when it cannot be listed. */
  async #list(): Promise<Trace[] | undefined> {
    const [objects, uploads] = [await this.#listObjects(), await this.#listUploads()];
    return objects === undefined ? undefined : [...objects, ...uploads];
  }

  async #listObjects(): Promise<Trace[] | undefined> {
    const { store, bucket } = this.#target;
    const context = { bucket, key: this.prefix, operation: "ListObjectVersions" };
    const input = { Bucket: bucket, Prefix: this.prefix };
    const versions: Answer<Trace[]> = await answered(send(
      store,
      context,
      async (client, options) => {
        const page = await client.send(new ListObjectVersionsCommand(input), options);
        return [...page.Versions ?? [], ...page.DeleteMarkers ?? []].map(({ Key, VersionId }) => ({
          key: Key ?? "",
          versionId: VersionId,
        }));
      },
    ));
    if ("value" in versions && versions.value.length > 0) return versions.value;
    if ("error" in versions && !isMissing(versions.error)) {
      if (this.#facts.versioning === "enabled" || this.#facts.versioning === "suspended") {
        return undefined;
      }
    }
    const objects = await answered(send(
      store,
      { ...context, operation: "ListObjectsV2" },
      async (client, options) => {
        const page = await client.send(new ListObjectsV2Command(input), options);
        return (page.Contents ?? []).map(({ Key }) => ({ key: Key ?? "" }));
      },
    ));
    return "value" in objects ? objects.value : undefined;
  }

  async #listUploads(): Promise<Trace[]> {
    const { store, bucket } = this.#target;
    const uploads = await answered(send(
      store,
      { bucket, key: this.prefix, operation: "ListMultipartUploads" },
      (client, options) =>
        client.send(
          new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: this.prefix }),
          options,
        ),
    ));
    if ("error" in uploads) return [];
    // Some services leave Prefix unheeded here.
    return (uploads.value.Uploads ?? []).flatMap(({ Key, UploadId }) =>
      Key?.startsWith(this.prefix) ? [{ key: Key, uploadId: UploadId }] : []
    );
  }
}

function merge(...lists: readonly (readonly Trace[])[]): Trace[] {
  const all = lists.flat();
  const named = new Set(all.filter((one) => one.versionId !== undefined).map((one) => one.key));
  const unique = new Map(
    all
      .filter((one) =>
        one.versionId !== undefined || one.uploadId !== undefined || !named.has(one.key)
      )
      .map((one) => [nameOf(one), one]),
  );
  return [...unique.values()];
}

function nameOf({ key, versionId, uploadId }: Trace): string {
  return JSON.stringify([key, versionId, uploadId]);
}
