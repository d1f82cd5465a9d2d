/**
 * The two ends of a transfer, as a person writes them.
 *
 * @module
 */
import { basename } from "node:path";
import { UsageError } from "../../errors.ts";
import { isS3Uri, parseS3Uri, resolveS3Uri } from "../../store/uri.ts";
import type { LocatedBucket, StoreSet } from "../../store/store_set.ts";
import { isGlob } from "./filters.ts";

/** A place for bytes. */
export type Place =
  | { readonly kind: "local"; readonly path: string }
  | ({ readonly kind: "remote"; readonly key: string } & LocatedBucket)
  | { readonly kind: "stream" };

/**
 * Where `text` is: `-` is standard input or output, `s3://…` an object or a prefix, anything else a
 * local path; relative names are keys of the default bucket where `isKey` says so.
 *
 * @throws {UsageError} when it names nothing
 */
export async function placeOf(
  stores: StoreSet,
  text: string,
  isKey: "key" | "path",
  signal: AbortSignal,
): Promise<Place> {
  if (text === "-") return { kind: "stream" };
  if (!isS3Uri(text) && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && isKey === "path") {
    if (text === "") throw new UsageError("an empty name is no file");
    return { kind: "local", path: text };
  }
  const { bucket, key } = isS3Uri(text)
    ? parseS3Uri(text)
    : resolveS3Uri(text, stores.default?.bucket);
  return { kind: "remote", key, ...await stores.locate(bucket, signal) };
}

/**
 * The source and the target. A source without `s3://` is a file if there is one, else a key of the default
 * bucket; the target without `s3://` is a file when the source is remote, else a key.
 */
export async function placesOf(
  stores: StoreSet,
  from: string,
  to: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly source: Place; readonly target: Place }> {
  const hasDefault = stores.default?.bucket !== undefined;
  const isFile = from === "-" || !isS3Uri(from) && await existsLocally(from);
  const isRemote = isS3Uri(from) || hasDefault && !isFile;
  const source = await placeOf(stores, from, isRemote ? "key" : "path", signal);
  if (to !== undefined) {
    return {
      source,
      target: await placeOf(stores, to, isRemote || !hasDefault ? "path" : "key", signal),
    };
  }
  if (source.kind === "remote") return { source, target: { kind: "local", path: "." } };
  if (source.kind === "stream") {
    throw new UsageError("standard input needs the address of an object", {
      hint: "Such as dipper cp - s3://bucket/key.",
    });
  }
  if (!hasDefault) {
    throw new UsageError(`${from} goes nowhere: no target, and there is no default bucket`, {
      hint: "Write s3://bucket/key as well, or name a default bucket: DIPPER_BUCKET in the " +
        "environment, or dipper_bucket in the profile.",
    });
  }
  return { source, target: await placeOf(stores, "", "key", signal) };
}

async function existsLocally(path: string): Promise<boolean> {
  if (isGlob(path)) {
    return await existsLocally(path.slice(0, path.search(/[*?[{]/)).replace(/[^/]*$/, "") || ".");
  }
  return await Deno.lstat(path).then(() => true, () => false);
}

/** A place as a person writes it. */
export function placeText(place: Place): string {
  switch (place.kind) {
    case "local":
      return place.path;
    case "remote":
      return `s3://${place.bucket}/${place.key}`;
    case "stream":
      return "-";
  }
}

/** The key that a file gets at a target: into a folder under its own name, else that key. */
export function keyFor(targetKey: string, name: string): string {
  return targetKey === "" || targetKey.endsWith("/") ? targetKey + basename(name) : targetKey;
}
