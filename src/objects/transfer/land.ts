/**
 * The bytes of an object, or of a part of it, to a place in a file: through the lane, whose answers are held
 * against what was asked for; where only `fetch` can ask, through that.
 *
 * @module
 */
import { crc32 as addCrc32 } from "node:zlib";
import { cancelled } from "../../errors.ts";
import { failureOf } from "../../range/attempt_failure.ts";
import { type Algorithm, type Digester, digester } from "./checksum.ts";
import { type Expectation, expectationOf } from "./expectation.ts";
import type { Errand, Outcome } from "./errand.ts";
import type { Mark, SetMark } from "./marks.ts";
import { type Begun, readBack } from "./read_back.ts";
import { checkHead, getRequest, rangeHeaders, type Reading, receive, timedOut } from "./receive.ts";
import type { Wire } from "./wire.ts";
import type { OnBytes } from "./work.ts";

/** What goes where. */
export interface Landing extends Omit<Reading, "onHead"> {
  readonly path: string;
  /** `new`: the file is not there yet. */
  readonly file: Errand["file"];
  /** What to compute of the bytes; `said`: what the answer's head promises. */
  readonly digest: Algorithm | "said" | undefined;
  /** What an earlier process brought of it: only the rest is asked for, if the file has that. */
  readonly mark?: Mark;
  /** Told how far it is; of use for a file that is there. */
  readonly onMark?: SetMark;
}

/** What has come. */
export interface Landed {
  readonly digest: Uint8Array | undefined;
  /** What the first answer's head says of the whole object. */
  readonly expected: Expectation | undefined;
  /** CRC-32 of the bytes, where marks were asked for. */
  readonly crc32: number | undefined;
}

/**
 * Brings the bytes: all of them, or it throws. They are in the file then, not yet on the disk.
 *
 * @throws {ObjectChangedError} when the object is not what it was
 */
export async function land(
  wire: Wire,
  landing: Landing,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<Landed> {
  const { store } = landing.target;
  if (store.proxy !== undefined) return await landByFetch(wire, landing, onBytes, signal);
  let counted = 0;
  const counting: OnBytes = (bytes) => {
    counted += bytes;
    onBytes(bytes);
  };
  try {
    return await landBy(wire, landing, counting, signal);
  } catch (error) {
    if (!(error instanceof Unbounded)) throw error;
    if (counted !== 0) onBytes(-counted);
    return await landByFetch(wire, landing, onBytes, signal);
  }
}

/** The service does not say how long its answers are. */
class Unbounded extends Error {}

/** Errands' names. */
let ids = 0;

/** Origins whose answers do not say how long they are. */
const beyond = new Set<string>();

async function landBy(
  wire: Wire,
  landing: Landing,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<Landed> {
  const { target, size, etag, offset, length, path, file, digest } = landing;
  const begun = await begunOf(landing, onBytes);
  if (begun.bytes === length) return await wasThere(begun);
  const request = getRequest(landing);
  const id = ++ids;
  let received = begun.bytes;
  const noted = new Noted(landing, begun, onBytes);
  const landed = wire.attempt(
    request,
    signal,
    async ({ url, headers }) => {
      if (beyond.has(new URL(url).origin)) throw new Unbounded();
      const asked = rangeHeaders(landing, received);
      const outcome = await wire.lane.run(
        {
          id,
          url,
          headers: { ...headers, ...asked },
          caBundle: target.store.caBundle,
          path,
          file,
          position: offset + received,
          expected: {
            length: length - received,
            range: asked.range && `${asked.range.replace("=", " ")}/${size}`,
            etag,
          },
          digest: digest === "said" ? digest : begun.digester,
          idleTimeout: wire.settings.idleTimeout,
        },
        noted.take,
        signal,
      );
      if (outcome.kind === "arrived") {
        return { digest: outcome.digest, expected: outcome.said, crc32: noted.crc32 };
      }
      if (outcome.kind === "broken") received += outcome.received;
      throw failureIn(wire, landing, received, url, outcome, signal);
    },
    () => received,
  );
  return await landed.finally(() => wire.lane.drop(id));
}

async function begunOf(landing: Landing, onBytes: OnBytes): Promise<Begun> {
  const { path, offset, digest, mark } = landing;
  const begun = await readBack(path, offset, mark, digest === "said" ? undefined : digest);
  if (begun.bytes > 0) onBytes(begun.bytes);
  return begun;
}

async function wasThere({ digester, crc32 }: Begun): Promise<Landed> {
  return { digest: await digester?.digest(), expected: undefined, crc32 };
}

/** Takes note of bytes that have come to the file. */
class Noted {
  readonly #landing: Landing;
  readonly #onBytes: OnBytes;
  #bytes: number;
  #crc32: number;

  constructor(landing: Landing, { bytes, crc32 }: Mark, onBytes: OnBytes) {
    this.#landing = landing;
    this.#onBytes = onBytes;
    this.#bytes = bytes;
    this.#crc32 = crc32;
  }

  get crc32(): number | undefined {
    return this.#landing.onMark && this.#crc32;
  }

  readonly take = (bytes: Uint8Array): void => {
    const { onMark } = this.#landing;
    if (onMark !== undefined) {
      this.#bytes += bytes.byteLength;
      this.#crc32 = addCrc32(bytes, this.#crc32);
      onMark({ bytes: this.#bytes, crc32: this.#crc32 });
    }
    this.#onBytes(bytes.byteLength);
  };
}

/** Why it did not arrive. */
function failureIn(
  wire: Wire,
  landing: Landing,
  received: number,
  url: string,
  outcome: Exclude<Outcome, { kind: "arrived" }>,
  signal: AbortSignal,
): Error {
  const { target } = landing;
  if (outcome.kind === "unbounded") {
    beyond.add(new URL(url).origin);
    return new Unbounded();
  }
  if (outcome.kind === "answered") {
    const { status, text } = outcome;
    const headers = new Headers(outcome.fields.map(([name, value]) => [name, value]));
    if (status < 200 || status > 299) {
      return wire.refusal(getRequest(landing), status, headers, text);
    }
    checkHead(landing, received, { status, headers });
    return new Unbounded(); // an answer that is right in a way that the lane does not know
  }
  const { where, error } = outcome;
  if (where === "file") return error instanceof Error ? error : new Error(String(error));
  if (signal.aborted) return cancelled(signal);
  if (where === "idle") return timedOut(target);
  if (where === "connection") return wire.broken(getRequest(landing), error);
  return failureOf({ ...target, versionId: target.versionId }, {
    systemCode: "ECONNRESET",
    message: String(error),
  });
}

async function landByFetch(
  wire: Wire,
  landing: Landing,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<Landed> {
  const { path, offset, length, digest } = landing;
  const begun = await begunOf(landing, onBytes);
  if (begun.bytes === length) return await wasThere(begun);
  const noted = new Noted(landing, begun, onBytes);
  const isNew = landing.file === "new";
  if (isNew) await Deno.remove(path).catch(() => {}); // of a lane that came to nothing, if any
  using file = Deno.openSync(path, { write: true, createNew: isNew });
  if (!isNew) file.seekSync(offset + begun.bytes, Deno.SeekMode.Start);
  let state: Digester | undefined = begun.digester;
  let expected: Expectation | undefined;
  await receive(wire, {
    ...landing,
    offset: offset + begun.bytes,
    length: length - begun.bytes,
    onHead: async (headers) => {
      expected = expectationOf(headers);
      if (digest !== "said") return;
      state = expected?.of === "whole" ? await digester(expected.algorithm) : undefined;
    },
  }, (bytes) => {
    state?.update(bytes);
    for (let at = 0; at < bytes.byteLength;) at += file.writeSync(bytes.subarray(at));
    noted.take(bytes);
  }, signal);
  return { digest: await state?.digest(), expected, crc32: noted.crc32 };
}
