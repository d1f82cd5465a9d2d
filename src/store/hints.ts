/**
 * What a person can do about each failure of a request, in a sentence or two.
 *
 * @module
 */
import type { ErrorContext } from "../errors.ts";
import type { FailureFacts } from "./facts.ts";

const profileOf = (context: ErrorContext) =>
  context.store === undefined || context.store === "default"
    ? ""
    : ` of the store ${context.store}`;

const WHERE = "`dipper stores` shows where each value comes from.";

export function bucket(context: ErrorContext): string {
  const near = context.nearest?.length ? `Did you mean ${context.nearest.join(", ")}? ` : "";
  return `${near}Check the name and the endpoint${profileOf(context)}; \`dipper ls\` lists the ` +
    "buckets of these credentials.";
}

export function key(context: ErrorContext): string {
  const near = context.nearest?.length ? `Did you mean ${context.nearest.join(", ")}? ` : "";
  const folder = context.key?.includes("/") ? context.key.replace(/[^/]*$/, "") : "";
  return `${near}\`dipper ls s3://${context.bucket ?? "BUCKET"}/${folder}\` lists what is there.`;
}

export function version(): string {
  return "It was removed, or the version id is of another object.";
}

export function badKey(context: ErrorContext): string {
  return `Check AWS_ACCESS_KEY_ID or the profile${
    profileOf(context)
  }, and that the key is one of ` +
    `this service. ${WHERE}`;
}

export function badSecret(context: ErrorContext): string {
  return `Check AWS_SECRET_ACCESS_KEY or the profile${profileOf(context)}: copied whole, without ` +
    `quotes or spaces? ${WHERE}`;
}

/** Ceph does not say which of them it is. */
export function badKeyOrSecret(context: ErrorContext): string {
  return "The access key is not known there, or the secret key is wrong (this service does not say " +
    `which): check both in the environment or the profile${profileOf(context)}. ${WHERE}`;
}

export function expired(context: ErrorContext): string {
  return `Get new ones${
    profileOf(context)
  } (\`aws sso login\`, or the program that made them), or ` +
    "remove AWS_SESSION_TOKEN if the keys are long-lived ones.";
}

export function noCredentials(context: ErrorContext): string {
  return `Give keys${
    profileOf(context)
  }: \`dipper configure\`, AWS_PROFILE, or AWS_ACCESS_KEY_ID ` +
    "and AWS_SECRET_ACCESS_KEY. If it should be public, its policy does not say so.";
}

/**
 * Ceph with STS, and others, answer AccessDenied without a message for a wrong secret and an unknown
 * key as well.
 */
export function denied(facts: FailureFacts, context: ErrorContext): string {
  const right = context.operation === undefined ? "" : ` (${rightFor(context.operation)})`;
  const owner = `Ask the owner of ${context.bucket ?? "the bucket"} for the right${right}`;
  if (context.endpoint === undefined) {
    return `${owner}, or use another profile. AWS also says this for a bucket or key that does not ` +
      "exist when listing is not allowed.";
  }
  if (facts.message === undefined || facts.code === undefined) {
    return `${owner}. Some services (Ceph) say the same for a wrong secret key and for an unknown ` +
      `access key: check both first. ${WHERE}`;
  }
  return `${owner}, or use another profile; if nothing at all works, check key and secret. ${WHERE}`;
}

function rightFor(operation: string): string {
  const known: Record<string, string> = {
    ListObjectsV2: "s3:ListBucket",
    ListObjectVersions: "s3:ListBucketVersions",
    ListBuckets: "s3:ListAllMyBuckets",
    HeadBucket: "s3:ListBucket",
    HeadObject: "s3:GetObject",
    DeleteObjects: "s3:DeleteObject",
    CreateMultipartUpload: "s3:PutObject",
    UploadPart: "s3:PutObject",
    CompleteMultipartUpload: "s3:PutObject",
    AssumeRole: "sts:AssumeRole, in the role's trust policy",
  };
  return known[operation] ?? `s3:${operation}`;
}

export function region(named: string | undefined, context: ErrorContext): string {
  return named === undefined
    ? `Name the bucket's region: --region, AWS_REGION or the profile${profileOf(context)}.`
    : `Use --region ${named}, AWS_REGION=${named} or region = ${named} in the profile.`;
}

export function badRequest(context: ErrorContext): string {
  return `The region or the credentials are not right for this bucket: check --region (now ` +
    `${context.region ?? "not known"}), and the session token if there is one.`;
}

export function endpoint(facts: FailureFacts, context: ErrorContext): string {
  const address = context.endpoint;
  const text = facts.message ?? "";
  if (
    address !== undefined && /^(https:\/\/)?[^\s/]+$/.test(address) &&
    /InvalidContentType|wrong version|WRONG_VERSION/i.test(`${text} ${facts.systemCode}`)
  ) return `This port speaks http: write ${address.replace(/^(https:\/\/)?/, "http://")}.`;
  if (
    address?.startsWith("http:") &&
    /invalid HTTP version|Parse Error|HPE_|HTTP request to an HTTPS|plain HTTP/i.test(text)
  ) return `This port speaks https: write ${address.replace("http:", "https:")}.`;
  return "Check the endpoint: the address of the S3 API itself, not of a web page, a console or a " +
    `proxy's login. ${WHERE}`;
}

export function tlsReason(message = ""): string {
  if (/expired|HAS_EXPIRED/i.test(message)) return "its certificate has expired";
  if (/not valid yet|NotValidYet/i.test(message)) return "its certificate is not valid yet";
  if (/valid for name|altname|NotValidForName|hostname/i.test(message)) {
    return "its certificate is for another host name";
  }
  if (/UnknownIssuer|self.signed|UNABLE_TO_VERIFY|unable to (verify|get)|CaUsed/i.test(message)) {
    return "its certificate is not signed by an authority that this machine trusts";
  }
  return message.split("\n")[0].slice(0, 200) || "the handshake failed";
}

export function tls(message = "", context: ErrorContext = {}): string {
  const reason = tlsReason(message);
  if (/expired|not valid yet/.test(reason)) {
    return "Its administrator must renew it. Check this machine's clock, too.";
  }
  if (/another host name/.test(reason)) {
    return context.bucket === undefined
      ? "Write the endpoint with the name that the certificate has."
      : "Write the endpoint with the name that the certificate has, or use path addressing " +
        "(addressing_style = path).";
  }
  if (/not signed by/.test(reason)) {
    return "If the service has its own authority, put its certificate into a PEM file and name it in " +
      "AWS_CA_BUNDLE.";
  }
  return "Check that the endpoint speaks https on this port, and AWS_CA_BUNDLE.";
}

export function refused(context: ErrorContext): string {
  return `Is the service running, and is the port right? ${
    context.endpoint === undefined ? "A firewall may stand between." : WHERE
  }`;
}

export function dns(context: ErrorContext, anonymous = false): string {
  if (anonymous && context.endpoint === undefined) {
    return "Nothing says where your service is, so Amazon's was asked: `dipper configure`, " +
      "--endpoint or AWS_ENDPOINT_URL_S3 say it. If it is Amazon's, check region and network.";
  }
  return context.bucket !== undefined && context.endpoint !== undefined
    ? "Check the endpoint's spelling and the network. If the service has no host name per bucket, use " +
      "path addressing (addressing_style = path)."
    : "Check the endpoint's and the region's spelling, and the network (VPN?).";
}

export function broken(): string {
  return "Try again. If it goes on, a proxy or firewall may cut long transfers.";
}

/** @see https://fetch.spec.whatwg.org/#port-blocking */
export function blockedPort(): string {
  return "Check the endpoint's port. If it is right, let the service listen on another address as " +
    'well, or use direct transport (transport: "direct", --transport direct).';
}

export function unreachable(): string {
  return "Check the network: VPN, firewall, HTTPS_PROXY and NO_PROXY.";
}

export function timeout(context: ErrorContext): string {
  return `Try again; check the endpoint${
    context.endpoint === undefined ? "" : "'s port"
  } and the network: a firewall that drops packets looks like this.`;
}

/** How far this machine's clock is off, by the answer's `Date` header. */
export function skew(date: string | undefined, now: number = Date.now()): string {
  const theirs = date === undefined ? NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return "too far from";
  const seconds = Math.round(Math.abs(now - theirs) / 1000);
  const amount = seconds < 120
    ? `${seconds} s`
    : seconds < 7200
    ? `${Math.round(seconds / 60)} min`
    : `${Math.round(seconds / 3600)} h`;
  return `${amount} ${now > theirs ? "ahead of" : "behind"}`;
}

export function clock(): string {
  return "Set the clock (NTP): services refuse signatures more than 15 minutes off.";
}

export function conflict(facts: FailureFacts): string {
  if (facts.code === "BucketNotEmpty") return "Remove its objects first.";
  if (facts.code?.startsWith("BucketAlready")) return "Choose another name for the bucket.";
  return "Another request is changing the same thing. Try again.";
}

export function server(): string {
  return "Try again later; if it goes on, tell the service's administrator what it said.";
}
