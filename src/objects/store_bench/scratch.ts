/**
 * The local end of a measurement: files of random bytes in a folder of their own.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { ResourceError, throwIfAborted } from "../../errors.ts";

const BLOCK = 2 ** 20;

/** `getRandomValues` gives no more at once. */
const RANDOM = 2 ** 16;

/** A folder that is gone when it is disposed of. */
export class Scratch implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  /**
   * Makes one with room for `bytes`.
   *
   * @throws {ResourceError} when there is not
   */
  static async make(bytes: number): Promise<Scratch> {
    const folder = await Deno.makeTempDir({ prefix: "dipper-bench-store-" });
    const scratch = new Scratch(folder);
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize >= bytes) return scratch;
    await scratch[Symbol.asyncDispose]();
    throw new ResourceError("disk_full", `the measurement needs ${bytes} bytes in ${folder}`, {
      uri: folder,
      hint: "Set TMPDIR to a folder with more room, or measure smaller sizes.",
    });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Writes `bytes` random bytes, which nothing on the way can make fewer; their SHA-256. */
  async fill(name: string, bytes: number, signal?: AbortSignal): Promise<string> {
    using file = await Deno.open(this.path(name), { write: true, create: true, truncate: true });
    const hash = createHash("sha256");
    const block = new Uint8Array(BLOCK);
    for (let left = bytes; left > 0; left -= BLOCK) {
      throwIfAborted(signal);
      const part = block.subarray(0, Math.min(left, BLOCK));
      for (let at = 0; at < part.length; at += RANDOM) {
        crypto.getRandomValues(part.subarray(at, at + RANDOM));
      }
      hash.update(part);
      for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
    }
    return hash.digest("hex");
  }

  /** SHA-256 of a file. */
  async digest(name: string, signal?: AbortSignal): Promise<string> {
    using file = await Deno.open(this.path(name), { read: true });
    const hash = createHash("sha256");
    const block = new Uint8Array(BLOCK);
    for (let count; (count = await file.read(block)) !== null;) {
      throwIfAborted(signal);
      hash.update(block.subarray(0, count));
    }
    return hash.digest("hex");
  }

  async remove(name: string): Promise<void> {
    await Deno.remove(this.path(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
