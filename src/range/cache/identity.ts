/**
 * Names of objects and of their states that say nothing and fit any file system.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { ObjectPlace, ObjectState } from "../block_cache.ts";

/** Length of {@link StateIdentity.place}: 128 bits in base 36. */
export const PLACE_LENGTH = 25;
/** Length of {@link StateIdentity.state}: 64 bits in base 36. */
export const STATE_LENGTH = 13;
/** Number of folders that files are spread over. */
export const SHARDS = 64;

/** One state of one object. */
export interface StateIdentity {
  /** Hash of store, principal, bucket, key and version. */
  readonly place: string;
  /** Hash of ETag and size; unique within a place. */
  readonly state: string;
  /** Both together: a key for maps. */
  readonly id: string;
}

const principals = new Map<string, string>();
const known = new WeakMap<ObjectState, StateIdentity>();

/**
 * The identity of `object`; undefined when bytes of it may not be kept, because nothing tells one state
 * from the next: no ETag, or a weak one.
 */
export function identify(object: ObjectState): StateIdentity | undefined {
  if (object.etag === undefined || object.etag === "" || object.etag.startsWith("W/")) {
    return undefined;
  }
  let identity = known.get(object);
  if (identity === undefined) {
    const place = placeOf(object);
    const state = stateHash(object);
    identity = { place, state, id: place + state };
    known.set(object, identity);
  }
  return identity;
}

/** The hash of a place. */
export function placeOf(place: ObjectPlace): string {
  return placeHash(place, principalHash(place.principal));
}

/** The hash of a place whose principal is hashed already. */
export function placeHash(place: Omit<ObjectPlace, "principal">, principal: string): string {
  const { store, bucket, key, versionId } = place;
  return hash([store, principal, bucket, key, versionId ?? null], 16, PLACE_LENGTH);
}

/** The hash of a state, which tells it from other states of the same place. */
export function stateHash({ etag, size }: Pick<ObjectState, "etag" | "size">): string {
  return hash([etag, size], 8, STATE_LENGTH);
}

/** A principal as it is written to disk. */
export function principalHash(principal: string): string {
  let hashed = principals.get(principal);
  if (hashed === undefined) {
    hashed = hash(["principal", principal], 16, PLACE_LENGTH);
    principals.set(principal, hashed);
  }
  return hashed;
}

/** The folder of a place's files. */
export function shardOf(place: string): string {
  return shardName(parseInt(place.slice(-4), 36) % SHARDS);
}

/** The name of folder `number`, from 0 on. */
export function shardName(number: number): string {
  return number.toString().padStart(2, "0");
}

function hash(value: unknown, bytes: number, length: number): string {
  const digest = createHash("sha256").update(JSON.stringify(value)).digest("hex");
  return BigInt(`0x${digest.slice(0, 2 * bytes)}`).toString(36).padStart(length, "0");
}
