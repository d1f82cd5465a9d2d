/**
 * What a statement names in its text or in its bound values.
 *
 * @module
 */
import type { Mentions } from "../transport/carrier.ts";
import { type Statement, wordsOf } from "./tokens.ts";

const S3_ADDRESS = /^s3[an]?:\/\/([^/*?[\]{}]+)(?:\/|$)/i;

/** Bucket of an `s3://`, `s3a://` or `s3n://` address; undefined for anything else. */
export function bucketOf(text: string): string | undefined {
  return S3_ADDRESS.exec(text)?.[1];
}

/** Addresses in S3 in string literals and quoted names of `statement` and in `values`, each once. */
export function referencedUris(statement: Statement, values: readonly unknown[] = []): string[] {
  return [...new Set(textsOf(statement, values).filter((text) => bucketOf(text) !== undefined))];
}

/** Addresses and kinds of secret that are no business of the session's stores. */
const ELSEWHERE = /^(https?|hf|gcs|gs|r2|azure|az|abfss):/i;

/** What `statement` and `values` name. */
export function mentionsOf(statement: Statement, values: readonly unknown[] = []): Mentions {
  const texts = textsOf(statement, values);
  const buckets = texts.map(bucketOf).filter((bucket) => bucket !== undefined);
  return {
    buckets: [...new Set(buckets)],
    mentionsS3: texts.some(isS3),
    mayBypass: texts.some((text) => ELSEWHERE.test(text)) ||
      wordsOf(statement).includes("SECRET"),
  };
}

/** What `statement` and `values` name in S3, patterns and parts of addresses among them. */
export function s3Texts(statement: Statement, values: readonly unknown[] = []): string[] {
  return textsOf(statement, values).filter(isS3);
}

function isS3(text: string): boolean {
  return /^s3[an]?:/i.test(text);
}

function textsOf(statement: Statement, values: readonly unknown[]): string[] {
  const texts = statement.tokens
    .filter((token) => token.kind === "string" || token.kind === "identifier")
    .map((token) => token.value);
  return [...texts, ...flatten(values)];
}

function flatten(values: readonly unknown[]): string[] {
  return values.flatMap((value) => {
    if (typeof value === "string") return [value];
    return Array.isArray(value) ? flatten(value) : [];
  });
}
