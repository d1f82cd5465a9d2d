/**
 * The text of a request's target, taken apart and encoded exactly: no URL parser, which would resolve
 * dots and change what a key is.
 *
 * @module
 */
import { S3Refusal } from "./refusal.ts";

/** A name and a value of a query, decoded. */
export type QueryPair = readonly [name: string, value: string];

/** Characters that are their own encoding, and slashes. */
const PLAIN = /^[A-Za-z0-9\-._~/]*$/;

/** Percent-encodes all but RFC 3986's unreserved characters, as SigV4 wants. */
export function encodePart(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The same, but for slashes. */
export function encodePath(path: string): string {
  if (PLAIN.test(path)) return path;
  return path.split("/").map(encodePart).join("/");
}

/**
 * Undoes percent-encoding once; a plus sign stays one.
 *
 * @throws {S3Refusal} 400 InvalidURI when it is no encoding of UTF-8 text
 */
export function decodePart(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Refusal("InvalidURI", "The address is no percent-encoded UTF-8.");
  }
}

/** Path and query of an absolute URL or of a request's target, as they were sent. */
export function targetOf(url: string): { readonly path: string; readonly query: string } {
  const start = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url.indexOf("/", url.indexOf("//") + 2) : 0;
  const hash = url.indexOf("#");
  const target = start < 0 ? "/" : url.slice(start, hash < 0 ? undefined : hash);
  const mark = target.indexOf("?");
  if (mark < 0) return { path: target, query: "" };
  return { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** The pairs of a query, in their order. */
export function parseQuery(query: string): QueryPair[] {
  if (query === "") return [];
  return query.split("&").filter((pair) => pair !== "").map((pair): QueryPair => {
    const equals = pair.indexOf("=");
    return equals < 0
      ? [decodePart(pair), ""]
      : [decodePart(pair.slice(0, equals)), decodePart(pair.slice(equals + 1))];
  });
}

/** The pairs encoded and in the order of their encoded names, as SigV4 wants. */
export function canonicalQuery(pairs: readonly QueryPair[]): string {
  if (pairs.length === 0) return "";
  const order = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;
  return pairs.map(([name, value]) => [encodePart(name), encodePart(value)])
    .sort(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map(([name, value]) => `${name}=${value}`).join("&");
}

/** Bucket and key of a path, decoded; empty where there is none. */
export function splitPath(path: string): { readonly bucket: string; readonly key: string } {
  const slash = path.indexOf("/", 1);
  if (slash < 0) return { bucket: decodePart(path.slice(1)), key: "" };
  return { bucket: decodePart(path.slice(1, slash)), key: decodePart(path.slice(slash + 1)) };
}
