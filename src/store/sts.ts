/**
 * Roles: temporary credentials from the Security Token Service, at AWS or at the store itself.
 *
 * @module
 */
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  type Credentials as StsCredentials,
  STSClient,
} from "@aws-sdk/client-sts";
import { CredentialsError } from "../errors.ts";
import { registerSecret } from "../redaction.ts";
import { diagnoseFailures } from "./diagnose.ts";
import { keepAlive } from "./keep_alive.ts";
import type { Credentials } from "./store.ts";
import { requestHandler } from "./transport.ts";

/** Where STS is and how to reach it. */
export interface StsSettings {
  /** Undefined for AWS's own in `region`. */
  readonly endpoint: URL | undefined;
  readonly region: string;
  readonly caBundle: string | undefined;
  readonly proxy: URL | undefined;
}

/** Assumes a role with `source`. Throws what the SDK throws. */
export async function assumeRole(
  source: Credentials,
  input: AssumeRoleCommandInput,
  settings: StsSettings,
): Promise<Credentials> {
  registerSecret(source.secretAccessKey);
  registerSecret(source.sessionToken);
  const client = stsClient(settings, source);
  try {
    return held((await client.send(new AssumeRoleCommand(input))).Credentials);
  } finally {
    client.destroy();
  }
}

/** Assumes a role with a token of an identity provider; the request is not signed. */
export async function assumeRoleWithWebIdentity(
  input: AssumeRoleWithWebIdentityCommandInput,
  settings: StsSettings,
): Promise<Credentials> {
  registerSecret(input.WebIdentityToken);
  const client = stsClient(settings, { accessKeyId: "", secretAccessKey: "" });
  try {
    return held((await client.send(new AssumeRoleWithWebIdentityCommand(input))).Credentials);
  } finally {
    client.destroy();
  }
}

function stsClient(settings: StsSettings, credentials: Credentials): STSClient {
  const client = new STSClient({
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint.origin }),
    region: settings.region,
    credentials,
    maxAttempts: 3,
    requestHandler: requestHandler(settings),
  });
  keepAlive(client);
  diagnoseFailures(client, settings, { endpoint: settings.endpoint?.origin });
  return client;
}

function held(credentials: StsCredentials | undefined): Credentials {
  if (!credentials?.AccessKeyId || !credentials.SecretAccessKey) {
    throw new CredentialsError("no_credentials", "STS answered without credentials", {
      operation: "AssumeRole",
    });
  }
  registerSecret(credentials.SecretAccessKey);
  registerSecret(credentials.SessionToken);
  return {
    accessKeyId: credentials.AccessKeyId,
    secretAccessKey: credentials.SecretAccessKey,
    sessionToken: credentials.SessionToken,
    expiration: credentials.Expiration,
  };
}
