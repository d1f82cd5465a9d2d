/**
 * Policies that narrow temporary credentials to a place.
 *
 * @module
 */
import type { S3Location } from "../../store/uri.ts";
import { type Policy, POLICY_VERSION, type PolicyStatement } from "../policy/policy.ts";

/** What the credentials are to be good for; a session never has more rights than its role. */
export interface SessionScope {
  /** Buckets and prefixes; all when empty. */
  readonly places: readonly S3Location[];
  readonly access: "read-only" | "read-write";
}

const READ_OBJECT = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging"];
const WRITE_OBJECT = [
  "s3:PutObject",
  "s3:PutObjectTagging",
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:AbortMultipartUpload",
  "s3:ListMultipartUploadParts",
];
const READ_BUCKET = ["s3:ListBucket", "s3:ListBucketVersions"];

/** The session policy; undefined when nothing is narrowed. */
export function sessionPolicy({ places, access }: SessionScope): Policy | undefined {
  const objects = access === "read-only" ? READ_OBJECT : [...READ_OBJECT, ...WRITE_OBJECT];
  if (places.length === 0) {
    if (access === "read-write") return undefined;
    return policy([{
      Effect: "Allow",
      Action: ["s3:Get*", "s3:List*"],
      Resource: ["*"],
    }]);
  }
  return policy(places.flatMap(({ bucket, key }): PolicyStatement[] => [
    {
      Effect: "Allow",
      Action: READ_BUCKET,
      Resource: [`arn:aws:s3:::${bucket}`],
      ...(key === "" ? {} : { Condition: { StringLike: { "s3:prefix": [`${key}*`] } } }),
    },
    {
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
      Resource: [`arn:aws:s3:::${bucket}`],
    },
    { Effect: "Allow", Action: objects, Resource: [`arn:aws:s3:::${bucket}/${key}*`] },
  ]));
}

function policy(Statement: readonly PolicyStatement[]): Policy {
  return { Version: POLICY_VERSION, Statement };
}
