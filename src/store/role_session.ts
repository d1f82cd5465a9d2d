/**
 * Temporary credentials of a role, narrowed and renewed.
 *
 * @module
 */
import { type DipperError, UnsupportedError, UsageError } from "../errors.ts";
import { translateCredentialsError } from "./credentials_error.ts";
import { describeEndpoint, isAws } from "./endpoint.ts";
import type { Credentials, Store } from "./store.ts";
import { assumeRole } from "./sts.ts";

/** Which role, for how long, with what rights. */
export interface RoleSessionOptions {
  readonly roleArn: string;
  /** Seconds; services take 15 minutes to 12 hours. An hour when absent. */
  readonly duration?: number;
  /** JSON of a policy that takes rights away; the session never has more than its role. */
  readonly policy?: string;
  /** Seen in the service's logs. */
  readonly sessionName?: string;
  /** Address of STS, where it is not the store's own. */
  readonly stsEndpoint?: URL;
  readonly signal?: AbortSignal;
}

/** Credentials with this much left are renewed, in milliseconds. */
const RENEW_BEFORE = 5 * 60_000;

/**
 * Temporary credentials of a role.
 *
 * @throws {PermissionError} when the role's trust policy does not let you
 * @throws {UnsupportedError} where the service gives no temporary credentials
 * @throws {CredentialsError} without credentials to ask with
 */
export async function roleCredentials(
  store: Store,
  options: RoleSessionOptions,
): Promise<Credentials> {
  const { roleArn, duration = 3600, policy, sessionName = "dipper", stsEndpoint, signal } = options;
  if (!/^arn:[^:]+:iam:[^:]*:[^:]*:role\/.+/.test(roleArn)) {
    throw new UsageError(`${roleArn} is no ARN of a role`, {
      hint: "Such as arn:aws:iam::123456789012:role/reader, or on Ceph arn:aws:iam:::role/reader.",
    });
  }
  const source = await store.credentials(signal);
  if (source === undefined) throw new UsageError("a role is assumed with credentials of your own");
  const endpoint = stsEndpoint ?? (isAws(store.endpoint) ? undefined : store.endpoint);
  const { region, caBundle, proxy } = store;
  try {
    return await assumeRole(source, {
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      DurationSeconds: duration,
      ...(policy === undefined ? {} : { Policy: policy }),
    }, { endpoint, region, caBundle, proxy });
  } catch (error) {
    throw explained(error, store, { roleArn, endpoint });
  }
}

/** Gives credentials that are good for a while, asking for others when they are not. */
export function renewedRole(
  store: Store,
  options: RoleSessionOptions,
): () => Promise<Credentials> {
  let held: Promise<Credentials> | undefined;
  let renewAt = 0;
  return async () => {
    if (held !== undefined && Date.now() < renewAt) return await held;
    const asked = roleCredentials(store, options);
    held = asked;
    renewAt = Infinity; // one request, however many ask meanwhile
    try {
      const { expiration } = await asked;
      const left = (expiration?.getTime() ?? Infinity) - Date.now();
      renewAt = Date.now() + left - Math.min(RENEW_BEFORE, left / 2);
    } catch (error) {
      held = undefined;
      throw error;
    }
    return await asked;
  };
}

function explained(
  error: unknown,
  store: Store,
  { roleArn, endpoint }: { readonly roleArn: string; readonly endpoint: URL | undefined },
): DipperError {
  const { name, $metadata } = (error ?? {}) as {
    name?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  const absent = status === 404 || status === 405 || status === 501 || name === "InvalidAction" ||
    name === "MethodNotAllowed" || name === "NotImplemented";
  if (absent && endpoint !== undefined && name !== "NoSuchEntity") {
    return new UnsupportedError(
      `${describeEndpoint(endpoint, store.region)} gives no temporary credentials (no STS)`,
      {
        operation: "AssumeRole",
        status,
        code: name,
        cause: error,
        hint: "Ask for keys of your own with fewer rights, or share single objects by presign.",
      },
    );
  }
  return translateCredentialsError(error, {
    what: `role ${roleArn}`,
    profile: store.profile,
    sts: endpoint,
  });
}
