/**
 * ListObjectsV2 and V1 over the origin's keys.
 *
 * @module
 */
import type { Bucket } from "./objects.ts";

const MOST = 1000;

/** The body of the answer to a listing. */
export function listingXml(
  name: string,
  { keys, objects }: Bucket,
  query: URLSearchParams,
): string {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const isEncoded = query.get("encoding-type") === "url";
  const most = Math.min(Number(query.get("max-keys") ?? MOST), MOST);
  const token = query.get("continuation-token");
  const after = token === null
    ? query.get("start-after") ?? query.get("marker") ?? ""
    : atob64(token);
  const write = (key: string) =>
    isEncoded ? encodeURIComponent(key).replaceAll("%2F", "/") : escapeXml(key);
  const parts: string[] = [];
  const groups = new Set<string>();
  let last = "";
  let count = 0;
  let isTruncated = false;
  for (let at = firstAfter(keys, prefix, after); at < keys.length; at++) {
    const key = keys[at];
    if (!key.startsWith(prefix)) break;
    const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const group = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
    if (group !== undefined && (groups.has(group) || group <= after)) continue;
    if (count === most) {
      isTruncated = true;
      break;
    }
    count++;
    last = group === undefined ? key : `${group}\uffff`;
    if (group === undefined) {
      const { size, etag, lastModified } = objects.get(key)!;
      parts.push(
        `<Contents><Key>${
          write(key)
        }</Key><LastModified>${lastModified.toISOString()}</LastModified>` +
          `<ETag>${etag.replaceAll('"', "&quot;")}</ETag><Size>${size}</Size>` +
          `<StorageClass>STANDARD</StorageClass></Contents>`,
      );
    } else {
      groups.add(group);
      parts.push(`<CommonPrefixes><Prefix>${write(group)}</Prefix></CommonPrefixes>`);
    }
  }
  const next = isTruncated
    ? `<NextContinuationToken>${toB64(last)}</NextContinuationToken><NextMarker>${
      write(last)
    }</NextMarker>`
    : "";
  return `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${
      escapeXml(name)
    }</Name>` +
    `<Prefix>${write(prefix)}</Prefix><KeyCount>${count}</KeyCount><MaxKeys>${most}</MaxKeys>` +
    (isEncoded ? "<EncodingType>url</EncodingType>" : "") +
    `<IsTruncated>${isTruncated}</IsTruncated>${next}${parts.join("")}</ListBucketResult>`;
}

/** Index of the first key that has `prefix`, or would stand behind it, and comes after `after`. */
function firstAfter(keys: readonly string[], prefix: string, after: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle] < prefix || keys[middle] <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Text as XML holds it. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function toB64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function atob64(text: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(text));
}
