/**
 * What a listing says about its objects, read off its XML.
 *
 * @module
 */
import { decodePart } from "./uri_text.ts";
import { element, elements, textOf } from "./xml.ts";

/** An object in a listing. */
export interface ListedFacts {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
}

/** The objects of a page of ListObjects or ListObjectsV2. */
export function listedFacts(xml: string): ListedFacts[] {
  const isEncoded = /<EncodingType>\s*url\s*<\/EncodingType>/.test(xml);
  return elements(xml, "Contents").flatMap((entry) => {
    const key = textOf(entry, "Key");
    const size = Number(textOf(entry, "Size") ?? NaN);
    if (key === undefined || !Number.isSafeInteger(size)) return [];
    const time = Date.parse(textOf(entry, "LastModified") ?? "");
    return [{
      key: isEncoded ? decodePart(key.replaceAll("+", " ")) : key,
      size,
      etag: textOf(entry, "ETag")?.replace(/^"|"$/g, "") || undefined,
      lastModified: Number.isNaN(time) ? undefined : new Date(time),
    }];
  });
}

/** The page with the bucket's name as it was asked for. */
export function renamed(xml: string, bucket: string): string {
  return xml.replace(/<Name>[^<]*<\/Name>/, element("Name", bucket));
}
