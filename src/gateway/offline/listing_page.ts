/**
 * A page of ListObjects or ListObjectsV2, made from a list of objects.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 * @module
 */
import type { PulledObject } from "../../range/cache/pulled.ts";
import { encodePath } from "../uri_text.ts";
import { element } from "../xml.ts";

/** What a page is asked for with. */
export interface PageRequest {
  readonly bucket: string;
  /** Values of the request's parameters. */
  readonly parameter: (name: string) => string | undefined;
}

/** Most entries of a page. */
const MOST = 1000;

/** The content of `ListBucketResult`; `objects` are those under the prefix, in the order of a listing. */
export function listingPage(
  objects: readonly PulledObject[],
  { bucket, parameter }: PageRequest,
): string {
  const isV2 = parameter("list-type") === "2";
  const prefix = parameter("prefix") ?? "";
  const delimiter = parameter("delimiter") ?? "";
  const start = Number(parameter("continuation-token") ?? 0) || 0;
  const after = parameter(isV2 ? "start-after" : "marker") ?? "";
  const most = Math.min(MOST, Number(parameter("max-keys") ?? MOST) || 0);
  const name = parameter("encoding-type") === "url" ? encodePath : (text: string) => text;
  const entries: string[] = [];
  let last = "";
  let next: number | undefined;
  let folder: string | undefined;
  let count = 0;
  for (let index = start; index < objects.length; index++) {
    const { key } = objects[index];
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const common = end < 0 ? undefined : key.slice(0, end + delimiter.length);
    const entry = common ?? key;
    if (!isAfter(entry, after) || (common !== undefined && common === folder)) continue;
    if (count === most) {
      next = index;
      break;
    }
    folder = common;
    count++;
    last = entry;
    entries.push(
      common === undefined
        ? contents(objects[index], name)
        : `<CommonPrefixes>${element("Prefix", name(common))}</CommonPrefixes>`,
    );
  }
  return [
    element("Name", bucket),
    element("Prefix", name(prefix)),
    ...(delimiter === "" ? [] : [element("Delimiter", name(delimiter))]),
    element("MaxKeys", String(most)),
    ...(parameter("encoding-type") === "url" ? [element("EncodingType", "url")] : []),
    ...(isV2 ? [element("KeyCount", String(count))] : [element("Marker", name(after))]),
    element("IsTruncated", String(next !== undefined)),
    ...(next !== undefined
      ? [
        isV2 ? element("NextContinuationToken", String(next)) : element("NextMarker", name(last)),
      ]
      : []),
    ...entries,
  ].join("");
}

/** In the order of listings, that of UTF-8, which is that of code points. */
function isAfter(text: string, other: string): boolean {
  if (text === other) return false;
  let at = 0;
  while (at < text.length && text[at] === other[at]) at++;
  const isSecondHalf = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;
  if (at > 0 && isSecondHalf(text.charCodeAt(at)) && isSecondHalf(other.charCodeAt(at))) at--;
  return (text.codePointAt(at) ?? -1) > (other.codePointAt(at) ?? -1);
}

function contents(
  { key, size, etag, lastModified }: PulledObject,
  name: (text: string) => string,
): string {
  const time = (lastModified ?? new Date(0)).toISOString();
  return `<Contents>${element("Key", name(key))}${element("LastModified", time)}` +
    `${element("ETag", `"${etag}"`)}${element("Size", String(size))}` +
    `<StorageClass>STANDARD</StorageClass></Contents>`;
}
