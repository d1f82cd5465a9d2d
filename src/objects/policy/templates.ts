/**
 * Policies that a platform asks for, to be handed to whoever runs the accounts.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";
import { type Policy, POLICY_VERSION, principalArn } from "./policy.ts";

/** Names of the templates. */
export const POLICY_TEMPLATES = ["iam-user", "multipart-role", "trust"] as const;

/** What a template is filled with. */
export interface TemplateValues {
  readonly bucket?: string;
  /** Account id on AWS, tenant on Ceph. */
  readonly account?: string;
  readonly user?: string;
}

/**
 * - `iam-user`: rights of a user on one bucket: list, read, write, delete.
 * - `multipart-role`: rights of a role that uploads in parts, ends its uploads and can read them back.
 * - `trust`: who may assume a role.
 *
 * @throws {UsageError} naming a value that the template needs
 */
export function policyTemplate(
  name: typeof POLICY_TEMPLATES[number],
  { bucket, account = "", user }: TemplateValues,
): Policy {
  if (name === "trust") {
    if (user === undefined) throw needs(name, "--user");
    const principal = user.startsWith("arn:") || account === "" ? user : `${account}$${user}`;
    return {
      Version: POLICY_VERSION,
      Statement: [{
        Effect: "Allow",
        Principal: { AWS: [principalArn(principal)] },
        Action: ["sts:AssumeRole"],
      }],
    };
  }
  if (bucket === undefined) throw needs(name, "--bucket");
  const onBucket = [`arn:aws:s3:::${bucket}`];
  const onObjects = [`arn:aws:s3:::${bucket}/*`];
  const objects = name === "iam-user"
    ? ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"]
    : ["s3:GetObject", "s3:PutObject"];
  return {
    Version: POLICY_VERSION,
    Statement: [
      {
        Sid: "Bucket",
        Effect: "Allow",
        Action: [
          "s3:ListBucket",
          "s3:GetBucketLocation",
          "s3:ListBucketMultipartUploads",
          ...(name === "iam-user" ? ["s3:ListBucketVersions", "s3:GetBucketVersioning"] : []),
        ],
        Resource: onBucket,
      },
      {
        Sid: "Objects",
        Effect: "Allow",
        Action: [...objects, "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
        Resource: onObjects,
      },
    ],
  };
}

function needs(name: string, flag: string): UsageError {
  return new UsageError(`the template ${name} needs ${flag}`);
}
