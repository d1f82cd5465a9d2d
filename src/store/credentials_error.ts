/**
 * What a person can do when a profile's, a role's or a token's credentials cannot be had.
 *
 * @module
 */
import {
  CredentialsError,
  DipperError,
  type ErrorInit,
  PermissionError,
  UnsupportedError,
} from "../errors.ts";
import { type FailureFacts, kindOf } from "./facts.ts";
import { factsOf, translateS3Error } from "./translate.ts";

/** What credentials were asked of. */
export interface CredentialsAsked {
  /** The source, such as `profile lab` or `role arn:…`. */
  readonly what: string;
  /** The profile's name, for the commands in hints. */
  readonly profile: string | undefined;
  /** Address of STS; undefined for AWS's own. */
  readonly sts: URL | undefined;
}

/** Turns what a provider of the SDK or STS throws into a tagged error. */
export function translateCredentialsError(error: unknown, asked: CredentialsAsked): DipperError {
  if (error instanceof DipperError) return error;
  const facts = factsOf(error);
  const { message = "" } = facts;
  const profile = asked.profile ?? "default";
  const firstLine = message.split("\n")[0];
  const isLocal = facts.status === undefined && kindOf(facts) === "other";
  if (facts.code === "UnauthorizedException" || (isLocal && isExpired(message))) {
    return new CredentialsError("expired_token", `the login of ${asked.what} has expired`, {
      cause: error,
      hint: hintFor(`sso ${message}`, profile),
    });
  }
  if (!isLocal) return stsError(error, facts, asked);
  return new CredentialsError(
    "no_credentials",
    `no credentials from ${asked.what}: ${firstLine}`,
    { cause: error, hint: hintFor(message, profile) },
  );
}

/** Services with an STS of their own answer in their own ways: Ceph 404 for an unknown role. */
function stsError(error: unknown, facts: FailureFacts, asked: CredentialsAsked): DipperError {
  const endpoint = asked.sts?.origin ?? "STS of AWS";
  const context = { endpoint, operation: "AssumeRole" };
  const init = (hint: string): ErrorInit => ({
    ...context,
    ...(facts.status === undefined ? {} : { status: facts.status }),
    ...(facts.code === undefined ? {} : { code: facts.code }),
    hint,
    cause: error,
  });
  switch (kindOf(facts)) {
    case "denied":
      return new PermissionError(
        `${endpoint} does not give credentials for ${asked.what}`,
        init(
          "The role's trust policy must allow these keys (sts:AssumeRole). Some services say the " +
            "same for a wrong secret key, an unknown access key or an unknown role: check them first.",
        ),
      );
    case "method":
    case "unsupported":
      return new UnsupportedError(
        `${endpoint} has no STS: it cannot assume roles`,
        init("Use keys without a role there, or name the STS in AWS_ENDPOINT_URL_STS."),
      );
    case "other":
      if (facts.status === 404) {
        return new CredentialsError(
          "no_credentials",
          `${endpoint} does not know ${asked.what}`,
          init("Check the role's ARN, and that STS is at that address (AWS_ENDPOINT_URL_STS)."),
        );
      }
  }
  return translateS3Error(error, context);
}

function isExpired(message: string): boolean {
  return /expired|(refresh|token) .*(invalid|not found)|sso login/i.test(message);
}

function hintFor(message: string, profile: string): string {
  if (/multi-factor|MFA/i.test(message)) {
    return "Run it in a terminal, where the code can be asked for, or give mfaCode to connect().";
  }
  if (/sso/i.test(message)) return `Run \`aws sso login --profile ${profile}\`.`;
  if (/login/i.test(message)) return `Run \`aws login --profile ${profile}\`.`;
  if (/process|command/i.test(message)) {
    return `Run the credential_process of profile ${profile} by hand: it must print JSON with ` +
      "Version 1, AccessKeyId and SecretAccessKey.";
  }
  if (/cycle/i.test(message)) {
    return `Follow source_profile from profile ${profile}: it is a circle.`;
  }
  return `Check profile ${profile} in the AWS files; \`dipper stores\` shows what was read.`;
}
