/**
 * Objects that a person declares to be what they are for good: what is cached of them is then believed
 * without asking the service.
 *
 * The declaration is of objects, not of folders. That nothing is ever added to a folder is another claim,
 * and a kept listing would hide what is new without a word: listings, and whether there is an object at
 * all, are asked for as ever.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { isS3Uri, parseS3Uri, type S3Location } from "./uri.ts";

/** What is declared: `all`, or objects and folders. */
export type ImmutableObjects = "all" | readonly S3Location[];

/** `all` among addresses, as a command or the environment says it. */
const ALL = "all";

/**
 * Understands `true`, or addresses such as `s3://bucket`, `s3://bucket/year=2015/`; `undefined` for
 * nothing.
 *
 * @throws {UsageError} for what is no address
 */
export function parseImmutable(
  said: boolean | readonly string[] | undefined,
): ImmutableObjects | undefined {
  if (said === true) return "all";
  if (said === undefined || said === false || said.length === 0) return undefined;
  if (said.includes(ALL)) return "all";
  return said.map((uri) => {
    if (isS3Uri(uri)) return parseS3Uri(uri);
    throw new UsageError(`what is immutable is no address: ${uri}`, {
      uri,
      hint: "Write s3://BUCKET or s3://BUCKET/FOLDER/, or all.",
    });
  });
}

/** The addresses in a variable, which spaces separate; undefined when there are none. */
export function immutableIn(variable: string | undefined): readonly string[] | undefined {
  const said = variable?.split(/\s+/).filter((part) => part !== "") ?? [];
  return said.length === 0 ? undefined : said;
}

/** Whether the object is declared immutable: by its own name, or by that of a folder that it is in. */
export function isImmutable(
  declared: ImmutableObjects | undefined,
  { bucket, key }: S3Location,
): boolean {
  if (declared === undefined) return false;
  if (declared === "all") return true;
  return declared.some((each) =>
    each.bucket === bucket && (each.key === key || key.startsWith(folderOf(each.key)))
  );
}

/** `year=2015` is the folder `year=2015/`, and not what begins so. */
function folderOf(key: string): string {
  return key === "" || key.endsWith("/") ? key : `${key}/`;
}
