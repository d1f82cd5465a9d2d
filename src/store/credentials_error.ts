/**
 * What a person can do when a profile's, a role's or a token's credentials cannot be had.
 *
 * @module
 */
import { CredentialsError, DipperError } from "../errors.ts";
import { kindOf } from "./facts.ts";
import { factsOf, translateS3Error } from "./translate.ts";

/**
 * @param what the source, such as `profile lab`
 * @param profile its name, for the commands in hints
 */
export function translateCredentialsError(
  error: unknown,
  what: string,
  profile: string | undefined,
): DipperError {
  if (error instanceof DipperError) return error;
  const { status, message = "" } = factsOf(error);
  const context = { operation: "AssumeRole", endpoint: "STS" };
  if (status !== undefined || kindOf(factsOf(error)) !== "other") {
    return translateS3Error(error, context);
  }
  const name = profile ?? "default";
  const expired = /expired|refresh|token .*(invalid|not found)|sso login/i.test(message);
  return new CredentialsError(
    expired ? "expired_token" : "no_credentials",
    `no credentials from ${what}: ${message.split("\n")[0]}`,
    { cause: error, hint: hintFor(message, name) },
  );
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
