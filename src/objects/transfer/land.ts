/**
 * The bytes of an object, or of a part of it, to a place in a file: through the lane, whose answers are held
 * against what was asked for; where only `fetch` can ask, through that.
 *
 * @module
 */
import { cancelled } from "../../errors.ts";
import { failureOf } from "../../range/attempt_failure.ts";
import { type Digester, digester } from "./checksum.ts";
import { type Expectation, expectationOf } from "./expectation.ts";
import type { Errand, Outcome } from "./errand.ts";
import { checkHead, getRequest, rangeHeaders, type Reading, receive, timedOut } from "./receive.ts";
import type { Wire } from "./wire.ts";
import type { OnBytes } from "./work.ts";

/** What goes where. */
export interface Landing extends Omit<Reading, "onHead"> {
  readonly path: string;
  /** `new`: the file is not there yet. */
  readonly file: Errand["file"];
  /** What to compute of the bytes; `said`: what the answer's head promises. */
  readonly digest: Errand["digest"];
}

/** What has come. */
export interface Landed {
  readonly digest: Uint8Array | undefined;
  /** What the first answer's head says of the whole object. */
  readonly expected: Expectation | undefined;
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
  const request = getRequest(landing);
  const id = ++ids;
  let received = 0;
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
          digest,
          idleTimeout: wire.settings.idleTimeout,
        },
        onBytes,
        signal,
      );
      if (outcome.kind === "arrived") {
        return { digest: outcome.digest, expected: outcome.said };
      }
      if (outcome.kind === "broken") received += outcome.received;
      throw failureIn(wire, landing, received, url, outcome, signal);
    },
    () => received,
  );
  return await landed.finally(() => wire.lane.drop(id));
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
  const { path, offset, digest } = landing;
  const isNew = landing.file === "new";
  if (isNew) await Deno.remove(path).catch(() => {}); // of a lane that came to nothing, if any
  using file = Deno.openSync(path, { write: true, createNew: isNew });
  if (!isNew) file.seekSync(offset, Deno.SeekMode.Start);
  let state: Digester | undefined = digest === undefined || digest === "said"
    ? undefined
    : digester(digest);
  let expected: Expectation | undefined;
  await receive(wire, {
    ...landing,
    onHead: (headers) => {
      expected = expectationOf(headers);
      if (digest !== "said") return;
      state = expected?.of === "whole" ? digester(expected.algorithm) : undefined;
    },
  }, (bytes) => {
    state?.update(bytes);
    for (let at = 0; at < bytes.byteLength;) at += file.writeSync(bytes.subarray(at));
    onBytes(bytes.byteLength);
  }, signal);
  return { digest: await state?.digest(), expected };
}
