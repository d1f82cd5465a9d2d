/**
 * Pages of a folder of many files. DuckDB asks for the first page of all that begins with a pattern's
 * fixed part; where more follows it lists the folder anew, with a delimiter. Where no key of the first page
 * lies deeper, that page is the first one of the folder as well, and need not be asked for again.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 * @module
 */
import { Buffer } from "node:buffer";
import { listedFacts } from "./listing.ts";
import type { QueryPair } from "./uri_text.ts";
import { element, textOf } from "./xml.ts";

/** What continuation tokens of the gateway's own begin with; the key after which to go on follows. */
const TOKEN = "dipper-after-";

/** The same request without a delimiter; undefined when it is not for the first page of a folder. */
export function withoutDelimiter(query: readonly QueryPair[]): readonly QueryPair[] | undefined {
  const names = query.map(([name]) => name);
  const isFirst = !["continuation-token", "start-after", "marker"].some((each) =>
    names.includes(each)
  );
  const isOfFolder = query.some(([name, value]) => name === "delimiter" && value === "/") &&
    query.some(([name, value]) => name === "list-type" && value === "2");
  return isFirst && isOfFolder ? query.filter(([name]) => name !== "delimiter") : undefined;
}

/**
 * The first page of a folder, from that of all that begins with `prefix`; undefined when a key of it lies
 * deeper.
 */
export function asFolderPage(xml: string, prefix: string): string | undefined {
  const keys = listedFacts(xml).map(({ key }) => key);
  const last = keys.at(-1);
  if (last === undefined || /<CommonPrefixes>/.test(xml)) return undefined;
  if (keys.some((key) => !key.startsWith(prefix) || key.includes("/", prefix.length))) {
    return undefined;
  }
  if (textOf(xml, "IsTruncated") !== "true") return xml;
  const token = `${TOKEN}${Buffer.from(last).toString("base64url")}`;
  const told = /<NextContinuationToken>[^<]*<\/NextContinuationToken>/;
  return told.test(xml) ? xml.replace(told, element("NextContinuationToken", token)) : undefined;
}

/** What is asked of the service for a page after one of {@link asFolderPage}. */
export interface NextPage {
  readonly query: readonly QueryPair[];
  /** The request for the folder's first page: asked where the service does not heed `start-after`. */
  readonly first: readonly QueryPair[];
  /** Whether a page holds what comes after the first, and no key of that again. */
  readonly isNext: (xml: string) => boolean;
}

/** The page that a token of the gateway's own stands for; undefined for any other request. */
export function nextPage(query: readonly QueryPair[]): NextPage | undefined {
  const token = query.find(([name]) => name === "continuation-token")?.[1];
  if (!token?.startsWith(TOKEN)) return undefined;
  const after = Buffer.from(token.slice(TOKEN.length), "base64url");
  const first = query.filter(([name]) => name !== "continuation-token");
  return {
    query: [...first, ["start-after", after.toString()]],
    first,
    // Keys are in the order of their bytes in UTF-8.
    isNext: (xml) =>
      listedFacts(xml).every(({ key }) => Buffer.compare(Buffer.from(key), after) > 0),
  };
}
