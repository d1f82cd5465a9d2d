/**
 * What is said of an object when it is written.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";

/** Properties and conditions of a write; what is absent is left to the service, or kept by a copy. */
export interface WriteOptions {
  /** Guessed by the name of the key when absent. */
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  /** User metadata: names without `x-amz-meta-`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Such as `STANDARD_IA`. */
  readonly storageClass?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Only where nothing is there: what exists stays and counts as skipped. */
  readonly noClobber?: boolean;
  /** Only over, or from, the object with this ETag. */
  readonly ifMatch?: string;
}

/** The headers that say so. */
export function writeHeaders(options: WriteOptions): Record<string, string> {
  const { metadata = {}, tags = {} } = options;
  const headers: Record<string, string | undefined> = {
    "content-type": options.contentType,
    "cache-control": options.cacheControl,
    "content-disposition": options.contentDisposition,
    "content-encoding": options.contentEncoding,
    "x-amz-storage-class": options.storageClass,
    ...(Object.keys(tags).length === 0 ? {} : { "x-amz-tagging": tagText(tags) }),
  };
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) {
      throw new UsageError(`metadata cannot be named ${JSON.stringify(name)}`, {
        hint: "Letters, digits and hyphens.",
      });
    }
    headers[`x-amz-meta-${name.toLowerCase()}`] = headerText(value);
  }
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The headers of its conditions, without the quotes that Ceph does not take; services that ignore them are held by a look before. */
export function conditionHeaders({ noClobber, ifMatch }: WriteOptions): Record<string, string> {
  return {
    ...(noClobber ? { "if-none-match": "*" } : {}),
    ...(ifMatch === undefined ? {} : { "if-match": ifMatch.replace(/^"|"$/g, "") }),
  };
}

/** Tags as the header takes them. */
export function tagText(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

/** Headers hold ASCII; anything else goes as RFC 2047 has it, which services give back as it came. */
function headerText(value: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what it looks for
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw new UsageError("metadata cannot hold control characters");
  }
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  const bytes = new TextEncoder().encode(value);
  return `=?UTF-8?B?${btoa(String.fromCharCode(...bytes))}?=`;
}
