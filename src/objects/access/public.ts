/**
 * ACLs, and whether strangers can read.
 *
 * @module
 */
import {
  GetBucketAclCommand,
  GetObjectAclCommand,
  type Grant,
  PutBucketAclCommand,
  PutObjectAclCommand,
} from "@aws-sdk/client-s3";
import type { Store } from "../../store/store.ts";
import type { S3Location } from "../../store/uri.ts";
import { listObjects } from "../list.ts";
import { plainRequest } from "../plain_request.ts";
import { sendTo } from "../send.ts";
import { explainLack, type Lack } from "../lacking.ts";

/** For services, and buckets, that take no access lists. */
const NO_ACLS: Lack = {
  what: "does not take ACLs here",
  hint: "Use a policy: dipper policy set --preset public-read.",
  isTold: ({ tag, context }) =>
    tag === "unsupported" || context.code === "AccessControlListNotSupported",
};

/** The ACLs that services know by name. */
export const CANNED_ACLS = ["private", "public-read", "authenticated-read"] as const;

/** Who has which right by an ACL. */
export interface AclGrant {
  /** `everybody`, `every user of the service`, or a user's id. */
  readonly to: string;
  /** `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`. */
  readonly right: string;
}

/** The ACL of a bucket, or of an object. */
export async function getAcl(
  store: Store,
  { bucket, key }: S3Location,
  signal?: AbortSignal,
): Promise<AclGrant[]> {
  try {
    const answer = await sendTo(
      store,
      { bucket, key, operation: key === "" ? "GetBucketAcl" : "GetObjectAcl" },
      signal,
      (client, sending): Promise<{ Grants?: Grant[] }> =>
        key === ""
          ? client.send(new GetBucketAclCommand({ Bucket: bucket }), sending)
          : client.send(new GetObjectAclCommand({ Bucket: bucket, Key: key }), sending),
    );
    return (answer.Grants ?? []).map(({ Grantee, Permission }) => ({
      to: granteeName(Grantee ?? {}),
      right: Permission ?? "",
    }));
  } catch (error) {
    throw await explainLack(store, error, NO_ACLS, signal);
  }
}

/**
 * Sets one of the named ACLs.
 *
 * @throws {UnsupportedError} where buckets have no ACLs: AWS for new ones, versitygw
 */
export async function setAcl(
  store: Store,
  { bucket, key }: S3Location,
  acl: typeof CANNED_ACLS[number],
  signal?: AbortSignal,
): Promise<void> {
  try {
    await sendTo(
      store,
      { bucket, key, operation: key === "" ? "PutBucketAcl" : "PutObjectAcl" },
      signal,
      async (client, sending) => {
        if (key === "") {
          await client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: acl }), sending);
        } else {
          await client.send(
            new PutObjectAclCommand({ Bucket: bucket, Key: key, ACL: acl }),
            sending,
          );
        }
      },
    );
  } catch (error) {
    throw await explainLack(store, error, NO_ACLS, signal);
  }
}

/** What a stranger gets. */
export interface PublicAccess {
  /** Whether the bucket can be listed. */
  readonly list: boolean;
  /** Whether an object can be read; undefined when there was none to try with. */
  readonly read: boolean | undefined;
  /** The object that was tried. */
  readonly triedKey: string | undefined;
}

/** Asks without a signature: lists the bucket, and reads a byte of `key` or of the first object. */
export async function publicAccess(
  store: Store,
  { bucket, key }: S3Location,
  signal?: AbortSignal,
): Promise<PublicAccess> {
  const listing = await plainRequest(store, { bucket, key: "" }, {
    method: "GET",
    query: "list-type=2&max-keys=1",
    signal,
  });
  const triedKey = key === "" || key.endsWith("/")
    ? await firstKey(store, bucket, key, signal)
    : key;
  const isGood = (status: number) => status >= 200 && status < 300;
  if (triedKey === undefined) return { list: isGood(listing.status), read: undefined, triedKey };
  const { status } = await plainRequest(store, { bucket, key: triedKey }, {
    method: "GET",
    headers: { range: "bytes=0-0" },
    signal,
  });
  return { list: isGood(listing.status), read: isGood(status) || status === 416, triedKey };
}

async function firstKey(
  store: Store,
  bucket: string,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  for await (const entry of listObjects(store, bucket, { prefix, limit: 10, signal })) {
    if (entry.kind === "object" && !entry.key.endsWith("/")) return entry.key;
  }
  return undefined;
}

function granteeName(
  { URI, DisplayName, ID }: { URI?: string; DisplayName?: string; ID?: string },
) {
  if (URI?.endsWith("/AllUsers")) return "everybody";
  if (URI?.endsWith("/AuthenticatedUsers")) return "every user of the service";
  return URI ?? ID ?? DisplayName ?? "?";
}
