/**
 * Brings bytes into files: they are read into buffers that are used again, and go from there to the digest
 * and the file. CPU-seconds on this project's 2-core reference machine, start included, of a stream of new
 * chunks and of this: 1 GiB in one object 1.7 and 1.2, 2,000 objects of 256 KiB 2.2 and 1.7. A worker that
 * did half of it took a tenth to a third more CPU and no less time: the service needs the other core.
 *
 * @module
 */
import { Buffers } from "./buffers.ts";
import { type Digester, digester } from "./checksum.ts";
import {
  close,
  connect,
  Connections,
  Gone,
  type ReadHead,
  readHead,
  sendGet,
} from "./connections.ts";
import { type Expectation, expectationOf } from "./expectation.ts";
import type { Errand, FieldList, Outcome } from "./errand.ts";

/** Bytes that go to the file at once. */
const BLOCK = 512 * 1024;

/** Bytes of a head at most. */
const HEAD = 16 * 1024;

/** Bytes of the text of an answer that is none of use. */
const LONGEST_TEXT = 64 * 1024;

/** Milliseconds between two looks for what does not come. */
const PERIOD = 50;

/** Bytes of buffers that wait for use. */
const SPARE = 24 * 2 ** 20;

/** What is kept of the bytes between tries. */
interface Begun {
  digester: Digester | undefined;
  said: Expectation | undefined;
  isHeaded: boolean;
  isMade: boolean;
}

/** A try. */
interface Try {
  readonly errand: Errand;
  readonly begun: Begun;
  readonly onBytes: (bytes: Uint8Array) => void;
  /** Rejects when it is given up. */
  readonly givenUp: Promise<never>;
  readonly giveUp: () => void;
  connection: Deno.Conn | undefined;
  received: number;
  /** How often nothing had come since the last look. */
  quiet: number;
  where: "connection" | "body" | "idle" | "file";
}

/** Does errands, any number at once. */
export class Lane implements Disposable {
  readonly #connections = new Connections();
  readonly #buffers = new Buffers(SPARE);
  /** For heads; of the same size all. */
  readonly #heads: Uint8Array<ArrayBuffer>[] = [];
  readonly #begun = new Map<number, Begun>();
  readonly #tries = new Set<Try>();
  #sweep: ReturnType<typeof setInterval> | undefined;

  /** Never throws for what goes wrong on the way. `onBytes` is told of bytes that are in the file. */
  async run(
    errand: Errand,
    onBytes: (bytes: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const attempt = this.#begin(errand, onBytes);
    signal.addEventListener("abort", attempt.giveUp, { once: true });
    try {
      signal.throwIfAborted();
      return await this.#ask(attempt, new URL(errand.url));
    } catch (error) {
      return broken(attempt, error);
    } finally {
      signal.removeEventListener("abort", attempt.giveUp);
      this.#tries.delete(attempt);
    }
  }

  /** No more tries at these bytes. */
  drop(id: number): void {
    this.#begun.delete(id);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sweep);
    this.#connections[Symbol.dispose]();
  }

  #begin(errand: Errand, onBytes: (bytes: Uint8Array) => void): Try {
    const begun = this.#begun.get(errand.id) ??
      { digester: undefined, said: undefined, isHeaded: false, isMade: errand.file === "there" };
    this.#begun.set(errand.id, begun);
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {}); // told of by whoever waits then
    const attempt: Try = {
      errand,
      begun,
      onBytes,
      connection: undefined,
      givenUp: promise,
      giveUp: () => {
        reject(new Error("given up"));
        if (attempt.connection !== undefined) close(attempt.connection);
      },
      received: 0,
      quiet: 0,
      where: "connection",
    };
    this.#watch(attempt);
    return attempt;
  }

  async #ask(attempt: Try, url: URL): Promise<Outcome> {
    const reused = this.#connections.reuse(url.origin);
    if (reused !== undefined) {
      try {
        return await this.#askOn(attempt, url, reused);
      } catch (error) {
        // The service may have closed it while nobody looked.
        if (!(error instanceof Gone) || attempt.where !== "connection") throw error;
      }
    }
    const connecting = connect(url, attempt.errand.caBundle);
    try {
      await Promise.race([connecting, attempt.givenUp]);
    } catch (error) {
      connecting.then(close, () => {}); // nobody waits for it any more
      throw error;
    }
    return await this.#askOn(attempt, url, await connecting);
  }

  async #askOn(attempt: Try, url: URL, connection: Deno.Conn): Promise<Outcome> {
    const { errand } = attempt;
    const scratch = this.#heads.pop() ?? new Uint8Array(HEAD);
    attempt.connection = connection;
    let isReusable = false;
    try {
      await sendGet(connection, url, errand.url, errand.headers);
      const head = await headOf(attempt, connection, scratch);
      const outcome = await this.#take(attempt, connection, head);
      isReusable = outcome.kind === "arrived" &&
        !/close/i.test(valueOf(head.fields, "connection") ?? "");
      return outcome;
    } finally {
      attempt.connection = undefined;
      this.#heads.push(scratch);
      if (isReusable) this.#connections.keep(url.origin, connection);
      else close(connection);
    }
  }

  async #take(
    attempt: Try,
    connection: Deno.Conn,
    { status, fields, rest }: ReadHead,
  ): Promise<Outcome> {
    const length = Number(valueOf(fields, "content-length") ?? NaN);
    if (!Number.isSafeInteger(length) || valueOf(fields, "transfer-encoding") !== undefined) {
      return { kind: "unbounded" };
    }
    const { begun, errand } = attempt;
    if (!isExpected(errand.expected, status, fields, length)) {
      const text = await readText(attempt, connection, rest, length);
      return { kind: "answered", status, fields, text };
    }
    if (rest.length > length) throw new Error("more bytes than the answer's head says");
    attempt.where = "body";
    if (!begun.isHeaded) {
      begun.isHeaded = true;
      begun.said = expectationIn(fields);
      begun.digester = await digesterFor(errand, begun.said);
    }
    const buffer = this.#buffers.take(Math.min(length, BLOCK));
    try {
      buffer.set(rest);
      await takeBody(attempt, connection, buffer, rest.length);
    } finally {
      this.#buffers.give(buffer);
    }
    return {
      kind: "arrived",
      received: attempt.received,
      said: begun.said,
      digest: await begun.digester?.digest(),
    };
  }

  #watch(attempt: Try): void {
    this.#tries.add(attempt);
    if (this.#sweep !== undefined) return;
    // Looks are counted, not time: a thread that was busy has not read what came meanwhile.
    this.#sweep = setInterval(() => {
      for (const each of this.#tries) {
        if (each.where === "file" || ++each.quiet * PERIOD <= each.errand.idleTimeout) continue;
        each.where = "idle";
        each.giveUp();
      }
      if (this.#tries.size > 0) return;
      clearInterval(this.#sweep);
      this.#sweep = undefined;
    }, PERIOD);
  }
}

async function headOf(
  attempt: Try,
  connection: Deno.Conn,
  buffer: Uint8Array<ArrayBuffer>,
): Promise<ReadHead> {
  try {
    return await readHead(connection, buffer, () => attempt.quiet = 0);
  } catch (error) {
    // It was closed here.
    const isOurs = error instanceof Gone && error.cause !== undefined &&
      attempt.where !== "connection";
    throw isOurs ? error.cause : error;
  }
}

function isExpected(
  { length, range, etag }: Errand["expected"],
  status: number,
  fields: FieldList,
  said: number,
): boolean {
  const now = valueOf(fields, "etag");
  return said === length && status === (range === undefined ? 200 : 206) &&
    (range === undefined || valueOf(fields, "content-range") === range) &&
    (etag === undefined || now === undefined || now.replace(/^(W\/)?"|"$/g, "") === etag);
}

function expectationIn(fields: FieldList): Expectation | undefined {
  const map = new Map(fields);
  return expectationOf({ get: (name) => map.get(name) ?? null, has: (name) => map.has(name) });
}

async function digesterFor(
  { digest }: Errand,
  said: Expectation | undefined,
): Promise<Digester | undefined> {
  if (digest !== "said") return digest;
  return said?.of === "whole" ? await digester(said.algorithm) : undefined;
}

/**
 * Reads until the buffer is full or the body whole; then to the digest, and to the file. What has come of a
 * body that breaks off goes there as well: the next try goes on behind it.
 */
async function takeBody(
  attempt: Try,
  connection: Deno.Conn,
  buffer: Uint8Array<ArrayBuffer>,
  came: number,
): Promise<void> {
  const { errand } = attempt;
  const { length } = errand.expected;
  let file: Deno.FsFile | undefined;
  let filled = came;
  const flush = async () => {
    if (filled === 0) return;
    attempt.where = "file";
    file ??= await openFor(attempt);
    await writeOut(attempt, file, buffer.subarray(0, filled));
    attempt.where = "body";
    filled = 0;
  };
  try {
    while (true) {
      const left = length - attempt.received;
      if (filled === left || filled === buffer.length) await flush();
      if (attempt.received === length) return;
      const room = Math.min(buffer.length, length - attempt.received);
      const count = await connection.read(buffer.subarray(filled, room))
        .catch(async (error: unknown) => {
          if (attempt.where === "body") await flush();
          throw error;
        });
      if (count === null) {
        await flush();
        throw new Gone(`the answer ended after ${attempt.received} of ${length} bytes`);
      }
      attempt.quiet = 0;
      filled += count;
    }
  } finally {
    file?.close();
  }
}

/** Large blocks are copied by the system beside this thread, which makes the digest and reads for others. */
async function writeOut(attempt: Try, file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  const writing = bytes.length < BLOCK ? file.writeSync(bytes) : file.write(bytes);
  attempt.begun.digester?.update(bytes);
  for (let at = await writing; at < bytes.length;) at += await file.write(bytes.subarray(at));
  attempt.received += bytes.length;
  attempt.onBytes(bytes);
}

/** To make a file takes the system a millisecond or more when it is busy: others go on meanwhile. */
async function openFor({ errand, begun }: Try): Promise<Deno.FsFile> {
  if (begun.isMade) {
    const file = Deno.openSync(errand.path, { write: true });
    file.seekSync(errand.position, Deno.SeekMode.Start);
    return file;
  }
  const file = await Deno.open(errand.path, { write: true, createNew: true });
  begun.isMade = true;
  return file;
}

async function readText(
  attempt: Try,
  connection: Deno.Conn,
  rest: Uint8Array,
  length: number,
): Promise<string> {
  const bytes = new Uint8Array(Math.min(length, LONGEST_TEXT));
  let filled = Math.min(rest.length, bytes.length);
  bytes.set(rest.subarray(0, filled));
  try {
    while (filled < bytes.length) {
      const count = await connection.read(bytes.subarray(filled));
      if (count === null) break;
      attempt.quiet = 0;
      filled += count;
    }
  } catch {
    // The status says enough when the body breaks off.
  }
  return new TextDecoder().decode(bytes.subarray(0, filled));
}

function valueOf(fields: FieldList, name: string): string | undefined {
  return fields.find(([each]) => each === name)?.[1];
}

function broken(
  { received, where }: Pick<Try, "received" | "where">,
  error: unknown,
): Outcome {
  return { kind: "broken", received, where, error };
}
