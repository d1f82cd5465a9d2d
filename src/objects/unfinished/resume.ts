/**
 * Going on with uploads that were cut short, from what transfers on this machine have written down of them.
 *
 * @module
 */
import { cancelled, DipperError } from "../../errors.ts";
import type { StoreSet } from "../../store/store_set.ts";
import { formatS3Uri, parseS3Uri } from "../../store/uri.ts";
import { Tally, type TransferSummary } from "../transfer/events.ts";
import { firstLines, nameOf } from "../transfer/journal.ts";
import type { CommonOptions } from "../transfer/options.ts";
import { defaultStateFolder, isFatal, openMeans } from "../transfer/run.ts";
import { fileIdentity, resumeFile } from "../transfer/upload.ts";
import { type Begun, journalName } from "../transfer/upload_parts.ts";
import type { WireTarget } from "../transfer/wire.ts";
import { listUploads, type UploadEntry } from "../uploads.ts";

/** What is known here of an unfinished upload. */
export interface UploadRecord {
  /** The file that was being sent; or the address of the object. */
  readonly from: string;
  /** Why it cannot go on; undefined when it can. */
  readonly obstacle: string | undefined;
}

interface Known extends UploadRecord {
  readonly begun: Begun;
}

/** The uploads that were begun on this machine and did not end. */
export class UploadRecords {
  readonly #byUpload = new Map<string, { readonly name: string; readonly begun: Begun }>();

  /** Reads what is in `folder`. */
  constructor(folder: string = defaultStateFolder()) {
    for (const [name, line] of firstLines(folder)) {
      const { uploadId, source } = line as { uploadId?: string; source?: Begun };
      if (uploadId !== undefined && source !== undefined) {
        this.#byUpload.set(uploadId, { name, begun: source });
      }
    }
  }

  /** What is known of an upload to `target`; undefined when it was not begun on this machine. */
  of(target: WireTarget, { uploadId }: UploadEntry): UploadRecord | undefined {
    const known = this.known(target, uploadId);
    return known && { from: known.from, obstacle: known.obstacle };
  }

  /** The same with what it was begun with. */
  known(target: WireTarget, uploadId: string): Known | undefined {
    const record = this.#byUpload.get(uploadId);
    if (record === undefined) return undefined;
    const [identity] = record.begun;
    // The ids of two services may be the same.
    if (nameOf(journalName(target, identity)) !== record.name) return undefined;
    return { begun: record.begun, ...sourceOf(identity) };
  }
}

function sourceOf([first, ...state]: readonly unknown[]): UploadRecord {
  if (typeof first !== "string") {
    const [, bucket, key] = first as readonly string[];
    return {
      from: formatS3Uri({ bucket, key }),
      obstacle: "it comes from another service: copy it again, and it goes on",
    };
  }
  try {
    const now = fileIdentity(first, Deno.statSync(first));
    const isSame = JSON.stringify(now) === JSON.stringify([first, ...state]);
    return { from: first, obstacle: isSame ? undefined : "the file has changed" };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { from: first, obstacle: "the file is gone" };
  }
}

/** How to go on. */
export interface ResumeOptions extends CommonOptions {
  /** Only says what would be done. */
  readonly dryRun?: boolean;
}

/**
 * Goes on with the unfinished uploads under `uri` that this machine began and whose files are as they were,
 * with the properties they were begun with. The others are skipped.
 *
 * @throws {NotFoundError} when there is no such bucket
 */
export async function resumeUploads(
  stores: StoreSet,
  uri: string,
  options: ResumeOptions = {},
): Promise<TransferSummary> {
  const { signal, stateFolder, dryRun } = options;
  const { bucket: named, key: prefix } = parseS3Uri(uri);
  const { store, bucket } = await stores.locate(named, signal);
  const folder = stateFolder === undefined || stateFolder === "off"
    ? defaultStateFolder()
    : stateFolder;
  const records = new UploadRecords(folder);
  const tally = new Tally(options.onEvent);
  for await (const { key, uploadId } of listUploads(store, bucket, { prefix, signal })) {
    const target = { store, bucket, key };
    const to = formatS3Uri({ bucket: named, key });
    const known = records.known(target, uploadId);
    if (known === undefined || known.obstacle !== undefined) {
      const why = known?.obstacle ?? "it was not begun on this machine";
      tally.add({ kind: "skipped", from: known?.from ?? uploadId, to, size: 0, why });
      continue;
    }
    const { from, begun: [[, size], part, headers] } = known;
    const ends = { action: "upload", from, to } as const;
    tally.listed(Number(size));
    if (dryRun) {
      tally.add({ kind: "done", ...ends, size: Number(size), dryRun });
      continue;
    }
    try {
      using means = openMeans({ ...options, stateFolder: folder, sizes: { singleUpTo: 0, part } });
      const moved = await resumeFile(means, from, target, headers, tally.moved);
      tally.add({ kind: "done", ...ends, ...moved });
    } catch (error) {
      if (signal?.aborted) throw cancelled(signal);
      if (!(error instanceof DipperError) || isFatal(error)) throw error;
      tally.add({ kind: "failed", ...ends, error });
    }
  }
  tally.allListed();
  return tally.summary();
}
