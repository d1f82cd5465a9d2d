/**
 * The buckets that a statement names in its text or in its bound values.
 *
 * @module
 */
import type { Statement } from "./tokens.ts";

const S3_ADDRESS = /^s3[an]?:\/\/([^/*?[\]{}]+)(?:\/|$)/i;

/** Bucket of an `s3://`, `s3a://` or `s3n://` address; undefined for anything else. */
export function bucketOf(text: string): string | undefined {
  return S3_ADDRESS.exec(text)?.[1];
}

/** Addresses in S3 in string literals and quoted names of `statement` and in `values`, each once. */
export function referencedUris(statement: Statement, values: readonly unknown[] = []): string[] {
  return [...new Set(textsOf(statement, values).filter((text) => bucketOf(text) !== undefined))];
}

/** Buckets in string literals and quoted names of `statement` and in `values`, each once. */
export function referencedBuckets(statement: Statement, values: readonly unknown[] = []): string[] {
  const buckets = textsOf(statement, values).map(bucketOf);
  return [...new Set(buckets.filter((bucket) => bucket !== undefined))];
}

/** Whether the statement or a value names S3 at all, be it by a part of an address. */
export function mentionsS3(statement: Statement, values: readonly unknown[] = []): boolean {
  return textsOf(statement, values).some((text) => /^s3[an]?:/i.test(text));
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
