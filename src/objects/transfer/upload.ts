/**
 * A local file to an object.
 *
 * @module
 */
import { isDipperError, ObjectChangedError } from "../../errors.ts";
import { localFailure } from "./local_failure.ts";
import { type Part, partSizeFor } from "./part_size.ts";
import { put } from "./put.ts";
import { type PartSource, type UploadHeaders, uploadParts } from "./upload_parts.ts";
import type { Moved, OnBytes, Work } from "./work.ts";
import type { WireTarget } from "./wire.ts";
import { conditionHeaders, writeHeaders, type WriteOptions } from "./write_options.ts";

/** Uploads the file at `path`; the object appears whole or not at all. */
export async function uploadFile(
  work: Work,
  path: string,
  target: WireTarget,
  options: WriteOptions,
  onBytes: OnBytes,
): Promise<Moved> {
  try {
    using file = await Deno.open(path, { read: true });
    const state = file.statSync();
    if (!state.isFile) throw new Deno.errors.IsADirectory(path);
    if (state.size > work.sizes.singleUpTo) {
      const conditions = conditionHeaders(options);
      const headers = { create: writeHeaders(options), complete: conditions };
      const source = new FileSource(path, state, work.sizes.part);
      return await uploadParts(work, source, target, headers, onBytes);
    }
    return await work.budget.run(state.size, work.signal, async () => {
      const buffer = work.buffers.take(state.size);
      const bytes = buffer.subarray(0, state.size);
      await fill(file, bytes, path);
      checkState(path, state, file.statSync());
      const stored = await put(work.wire, {
        target,
        bytes,
        headers: { ...writeHeaders(options), ...conditionHeaders(options) },
      }, work.signal);
      work.buffers.give(buffer);
      onBytes(state.size);
      return { size: state.size, etag: stored.etag, checked: stored.checked };
    });
  } catch (error) {
    throw localFailure(error, "read", path);
  }
}

/** What a journal knows a file by: it goes on only with the same one. */
export function fileIdentity(path: string, state: Deno.FileInfo): readonly unknown[] {
  return [Deno.realPathSync(path), state.size, state.mtime?.getTime(), state.ino];
}

/** Goes on with an upload of a file in parts of `work.sizes.part`, with the headers that it was begun with. */
export async function resumeFile(
  work: Work,
  path: string,
  target: WireTarget,
  headers: UploadHeaders,
  onBytes: OnBytes,
): Promise<Moved> {
  try {
    const source = new FileSource(path, await Deno.stat(path), work.sizes.part);
    return await uploadParts(work, source, target, headers, onBytes);
  } catch (error) {
    throw localFailure(error, "read", path);
  }
}

/** A file whose parts are read side by side; each reading makes sure that it is still the same. */
class FileSource implements PartSource {
  readonly size: number;
  readonly partSize: number;
  readonly identity: readonly unknown[];
  readonly #path: string;
  readonly #state: Deno.FileInfo;

  constructor(path: string, state: Deno.FileInfo, usualPart: number) {
    this.#path = path;
    this.#state = state;
    this.size = state.size;
    this.partSize = partSizeFor(state.size, usualPart);
    this.identity = fileIdentity(path, state);
  }

  async read({ offset, length }: Part, buffer: Uint8Array) {
    using file = await Deno.open(this.#path, { read: true });
    checkState(this.#path, this.#state, file.statSync());
    file.seekSync(offset, Deno.SeekMode.Start);
    const bytes = buffer.subarray(0, length);
    await fill(file, bytes, this.#path);
    return { bytes };
  }

  async verify(): Promise<void> {
    checkState(this.#path, this.#state, await Deno.stat(this.#path));
  }
}

async function fill(file: Deno.FsFile, bytes: Uint8Array, path: string): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) throw sourceChanged(path, "it is shorter now");
    at += count;
  }
}

function checkState(path: string, before: Deno.FileInfo, now: Deno.FileInfo): void {
  if (now.ino !== before.ino) throw sourceChanged(path, "another file has its name");
  if (now.size !== before.size) {
    throw sourceChanged(path, `it had ${before.size} bytes and has ${now.size} now`);
  }
  if (now.mtime?.getTime() !== before.mtime?.getTime()) {
    throw sourceChanged(path, "it was written to");
  }
}

function sourceChanged(path: string, what: string): ObjectChangedError {
  return new ObjectChangedError(`${path} changed while it was read: ${what}`, {
    uri: path,
    hint: "Transfer it again when nothing writes to it. Nothing was left at the target.",
  });
}

/** Whether a failure came from the condition of the write: the target exists, or is another one. */
export function isConditionFailure(error: unknown, { noClobber }: WriteOptions): boolean {
  return noClobber === true && isDipperError(error, "object_changed") &&
    (error.context.status === 412 || error.context.status === 409);
}
