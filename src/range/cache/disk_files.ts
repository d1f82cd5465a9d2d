/**
 * What the disk cache asks of a file system, and the local one.
 *
 * Relied on, and nothing else: a file is created exclusively; a rename within one folder is atomic, so
 * that a name appears with all its bytes or not at all; a listing names the files there are, if late. No
 * locks, no memory maps, no fsync: a file that lost bytes in a power cut fails its checksum.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { BUFFERS, LARGEST_POOLED, LEAST_POOLED } from "../buffers.ts";

/** A file that is being written. */
export interface NewFile {
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

/** A file that is being read, by one reader at a time. */
export interface OpenFile {
  /** The bytes from `position` on, held for the caller: `length`, or fewer at the end of the file. */
  read(position: number, length: number): Uint8Array | Promise<Uint8Array>;
  close(): void;
}

/** The file system under a disk cache; everything rejects with the system's error. */
export interface DiskFiles {
  /** Names in a folder; none when it does not exist. */
  list(folder: string): string[] | Promise<string[]>;
  open(path: string): OpenFile | Promise<OpenFile>;
  /** Creates a file that its owner alone can read; fails when there is one. */
  create(path: string): Promise<NewFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** When the file was last used or written, in milliseconds since 1970. */
  modified(path: string): Promise<number>;
  /** Sets what `modified` tells. */
  touch(path: string, time: number): Promise<void>;
  /** Creates a folder that its owner alone can enter, with all above it; fine when there is one. */
  makeFolder(path: string): Promise<void>;
}

/**
 * Reads up to so many bytes are made without leaving the thread: from the page cache 16 KiB then take
 * 9 µs instead of 31, 256 KiB 30 to 100 instead of 70 to 110.
 */
const SMALL = 256 * 1024;
/** The same for writes. */
const SMALL_WRITE = 64 * 1024;
/** A small operation that takes longer, in milliseconds, comes from a slow disk or over a network. */
const SLOW = 3;
/** So many small operations then leave the thread, before one is tried on it again. */
const PATIENCE = 200;

/** The local file system, or a network one mounted. */
export class LocalFiles implements DiskFiles {
  #patience = 0;

  list(folder: string): string[] | Promise<string[]> {
    return this.#quick(() => {
      try {
        return Array.from(Deno.readDirSync(folder), (entry) => entry.name);
      } catch (error) {
        return noneWhenMissing(error);
      }
    }, async () => {
      try {
        return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name);
      } catch (error) {
        return noneWhenMissing(error);
      }
    });
  }

  open(path: string): OpenFile | Promise<OpenFile> {
    const opened = (file: Deno.FsFile): OpenFile => ({
      read: (position, length) => this.#read(file, position, length),
      close: () => file.close(),
    });
    return this.#quick(
      () => opened(Deno.openSync(path)),
      async () => opened(await Deno.open(path)),
    );
  }

  async create(path: string): Promise<NewFile> {
    const how = { write: true, createNew: true, mode: 0o600 };
    const file = await this.#quick(() => Deno.openSync(path, how), () => Deno.open(path, how));
    const offThread = async (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.byteLength;) at += await file.write(bytes.subarray(at));
    };
    const onThread = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.byteLength;) at += file.writeSync(bytes.subarray(at));
    };
    return {
      write: async (bytes) => {
        if (bytes.byteLength > SMALL_WRITE) await offThread(bytes);
        else await this.#quick(() => onThread(bytes), () => offThread(bytes));
      },
      close: () => file.close(),
    };
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#quick(() => Deno.renameSync(from, to), () => Deno.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return Deno.remove(path);
  }

  async modified(path: string): Promise<number> {
    return (await Deno.stat(path)).mtime?.getTime() ?? 0;
  }

  touch(path: string, time: number): Promise<void> {
    return Deno.utime(path, new Date(time), new Date(time));
  }

  async makeFolder(path: string): Promise<void> {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  }

  #read(file: Deno.FsFile, position: number, length: number): Uint8Array | Promise<Uint8Array> {
    // Not zeroed, since what is not read over is not handed out: half of the CPU of a large read.
    const bytes = length >= LEAST_POOLED && length <= LARGEST_POOLED
      ? BUFFERS.take(length).subarray(0, length)
      : new Uint8Array(Buffer.allocUnsafeSlow(length).buffer, 0, length);
    const onThread = () => {
      file.seekSync(position, Deno.SeekMode.Start);
      let at = 0;
      while (at < length) {
        const count = file.readSync(bytes.subarray(at));
        if (count === null) break;
        at += count;
      }
      return bytes.subarray(0, at);
    };
    const offThread = async () => {
      file.seekSync(position, Deno.SeekMode.Start);
      let at = 0;
      while (at < length) {
        const count = await file.read(bytes.subarray(at));
        if (count === null) break;
        at += count;
      }
      return bytes.subarray(0, at);
    };
    return length <= SMALL ? this.#quick(onThread, offThread) : offThread();
  }

  #quick<T>(onThread: () => T, offThread: () => Promise<T>): T | Promise<T> {
    if (this.#patience > 0) {
      this.#patience--;
      return offThread();
    }
    const start = performance.now();
    const result = onThread();
    if (performance.now() - start > SLOW) this.#patience = PATIENCE;
    return result;
  }
}

/** The code of a system error, such as `ENOSPC`. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

function noneWhenMissing(error: unknown): string[] {
  if (error instanceof Deno.errors.NotFound) return [];
  throw error;
}
