/**
 * Bucket policies: who may do what, beside the owner.
 *
 * @module
 */
import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { isDipperError, UsageError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import { sendTo } from "../send.ts";
import { explainLack, type Lack } from "../lacking.ts";

/** For services without policies of buckets. */
const NO_POLICIES: Lack = {
  what: "has no bucket policies",
  hint: "Ask who runs the service to give the rights.",
};

/** One text or several. */
export type OneOrMore = string | readonly string[];

/** A statement of a policy; JSON as the services take it. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, OneOrMore>>;
  readonly Action: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;
}

/** A policy; JSON as the services take it. */
export interface Policy {
  readonly Version: string;
  readonly Id?: string;
  readonly Statement: readonly PolicyStatement[];
}

/** The version of the policy language that everything here is written in. */
export const POLICY_VERSION = "2012-10-17";

/** What a user or a role is to be given. */
export interface Grant {
  /** An ARN, an AWS account id, or a user's name as the service knows it. */
  readonly principal: string;
  readonly access: "read" | "write";
  /** Keys that begin so; all when empty. */
  readonly prefix: string;
}

const READ = ["s3:GetObject", "s3:GetObjectVersion"];
const WRITE = [
  "s3:PutObject",
  "s3:DeleteObject",
  "s3:AbortMultipartUpload",
  "s3:ListMultipartUploadParts",
];

/** Lets everybody read the objects under `prefix`; listing stays with the owner. */
export function publicRead(bucket: string, prefix = ""): PolicyStatement[] {
  return [{
    Sid: `PublicRead${sidOf(prefix)}`,
    Effect: "Allow",
    Principal: "*",
    Action: ["s3:GetObject"],
    Resource: [`arn:aws:s3:::${bucket}/${prefix}*`],
  }];
}

/**
 * Statements that let one user or role read, or read and write, under a prefix; listing only there.
 *
 * @param written how the principal is written; {@link principalArn} of it when absent
 */
export function accessStatements(
  bucket: string,
  { principal, access, prefix }: Grant,
  written: string = principalArn(principal),
): PolicyStatement[] {
  const Principal = { AWS: [written] };
  const name = sidOf(`${principal} ${access} ${prefix}`);
  return [
    {
      Sid: `List${name}`,
      Effect: "Allow",
      Principal,
      Action: ["s3:ListBucket"],
      Resource: [`arn:aws:s3:::${bucket}`],
      ...(prefix === "" ? {} : { Condition: { StringLike: { "s3:prefix": [`${prefix}*`] } } }),
    },
    {
      Sid: `Objects${name}`,
      Effect: "Allow",
      Principal,
      Action: access === "read" ? READ : [...READ, ...WRITE],
      Resource: [`arn:aws:s3:::${bucket}/${prefix}*`],
    },
  ];
}

/** `alice` as services without accounts name her (Ceph: `arn:aws:iam:::user/alice`). */
export function principalArn(principal: string): string {
  if (/^arn:/.test(principal) || principal === "*" || /^\d{12}$/.test(principal)) return principal;
  const [tenant, name] = principal.includes("$") ? principal.split("$") : ["", principal];
  return /^(user|role)\//.test(name)
    ? `arn:aws:iam::${tenant}:${name}`
    : `arn:aws:iam::${tenant}:user/${name}`;
}

/** `policy` with `statements` instead of those that have the same names. */
export function withStatements(
  policy: Policy | undefined,
  statements: readonly PolicyStatement[],
): Policy {
  const names = new Set(statements.map(({ Sid }) => Sid));
  const others = (policy?.Statement ?? []).filter(({ Sid }) => !names.has(Sid));
  return {
    Version: policy?.Version ?? POLICY_VERSION,
    ...(policy?.Id === undefined ? {} : { Id: policy.Id }),
    Statement: [...others, ...statements],
  };
}

/**
 * A policy in JSON.
 *
 * @throws {UsageError} when it is none
 */
export function readPolicy(text: string): Policy {
  let value: Policy & { Statement: PolicyStatement | readonly PolicyStatement[] };
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw new UsageError("the policy is no JSON", {
      cause: error,
      hint: error instanceof Error ? error.message : undefined,
    });
  }
  if (typeof value !== "object" || value === null || value.Statement === undefined) {
    throw new UsageError("the policy has no Statement", {
      hint: 'A policy is {"Version": "2012-10-17", "Statement": […]}.',
    });
  }
  const Statement = [value.Statement].flat() as PolicyStatement[];
  for (const [index, { Effect, Action }] of Statement.entries()) {
    if (Effect !== "Allow" && Effect !== "Deny") {
      throw new UsageError(`statement ${index + 1} has no Effect`, { hint: "Allow or Deny." });
    }
    if (Action === undefined && !("NotAction" in Statement[index])) {
      throw new UsageError(`statement ${index + 1} has no Action`);
    }
  }
  return { ...value, Version: value.Version ?? POLICY_VERSION, Statement };
}

/** Every statement in words. */
export function policyWords({ Statement }: Policy): string[] {
  return Statement.map(({ Effect, Principal, Action, Resource, Condition }) => {
    const who = Principal === "*" || JSON.stringify(Principal) === '{"AWS":"*"}' ||
        JSON.stringify(Principal) === '{"AWS":["*"]}'
      ? "Everybody"
      : Principal === undefined
      ? "The holder"
      : Object.values(Principal).flat().join(", ");
    const may = Effect === "Allow" ? "may" : "may not";
    const what = [Action].flat().join(", ");
    const where = Resource === undefined
      ? ""
      : ` on ${[Resource].flat().map((arn) => arn.replace(/^arn:aws:s3:::/, "s3://")).join(", ")}`;
    const when = Condition === undefined ? "" : `, if ${JSON.stringify(Condition)}`;
    return `${who} ${may} ${what}${where}${when}.`;
  });
}

/** The policy of a bucket; undefined when none is set. */
export async function getPolicy(
  store: Store,
  bucket: string,
  signal?: AbortSignal,
): Promise<Policy | undefined> {
  try {
    const { Policy: text } = await sendTo(
      store,
      { bucket, operation: "GetBucketPolicy" },
      signal,
      (client, sending) => client.send(new GetBucketPolicyCommand({ Bucket: bucket }), sending),
    );
    return text === undefined || text.trim() === "" ? undefined : readPolicy(text);
  } catch (error) {
    if (isDipperError(error) && error.context.code === "NoSuchBucketPolicy") return undefined;
    throw await explainLack(store, error, NO_POLICIES, signal);
  }
}

/**
 * Adds such statements to the policy of a bucket, and returns them. Services that know no ARNs
 * (versitygw) get the bare name.
 */
export async function giveAccess(
  store: Store,
  bucket: string,
  grant: Grant,
  signal?: AbortSignal,
): Promise<PolicyStatement[]> {
  const before = await getPolicy(store, bucket, signal);
  const give = async (statements: PolicyStatement[]) => {
    await setPolicy(store, bucket, withStatements(before, statements), signal);
    return statements;
  };
  try {
    return await give(accessStatements(bucket, grant));
  } catch (error) {
    const isName = !grant.principal.startsWith("arn:");
    const unknown = isDipperError(error) && error.context.code === "MalformedPolicy";
    if (!isName || !unknown) throw error;
    try {
      return await give(accessStatements(bucket, grant, grant.principal));
    } catch {
      throw new UsageError(`${grant.principal} is no user that the service knows`, {
        ...error.context,
        cause: error,
        hint: "Write the user as its service does: an ARN, on versitygw the access key.",
      });
    }
  }
}

/** Sets the policy of a bucket; the one that was there is gone. Undefined, or no statements: removes it. */
export async function setPolicy(
  store: Store,
  bucket: string,
  policy: Policy | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const none = policy === undefined || policy.Statement.length === 0;
  const operation = none ? "DeleteBucketPolicy" : "PutBucketPolicy";
  try {
    await sendTo(store, { bucket, operation }, signal, async (client, sending) => {
      if (none) {
        await client.send(new DeleteBucketPolicyCommand({ Bucket: bucket }), sending);
        return;
      }
      await client.send(
        new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }),
        sending,
      );
    });
  } catch (error) {
    throw await explainLack(store, error, NO_POLICIES, signal);
  }
}

function sidOf(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string = "") => next.toUpperCase());
  return plain.slice(0, 64);
}
