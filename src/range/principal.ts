/**
 * Who reads: the name under which cached bytes are kept.
 *
 * @module
 */
import type { Store } from "../store/store.ts";
import { isAws } from "../store/endpoint.ts";

/**
 * A name for the identity behind `store`'s credentials. Keys that were given are named by their id; keys
 * that a role, a process or SSO hands out change with every renewal and are named by where they come
 * from.
 *
 * @throws {CredentialsError} when no credentials can be had
 */
export async function principalOf(store: Store, signal?: AbortSignal): Promise<string> {
  if (store.anonymous) return "anonymous";
  const { credentials, roleArn } = store.origins;
  if (credentials !== undefined && !/^(temporary )?keys$/.test(credentials.value)) {
    return ["source", credentials.value, credentials.source, store.profile, roleArn?.value]
      .filter((part) => part !== undefined).join(" ");
  }
  const keys = await store.credentials(signal);
  return keys === undefined ? "anonymous" : `key ${keys.accessKeyId}`;
}

/** The service, the same for every AWS region and every spelling of its address. */
export function serviceOf(store: Store): string {
  return store.endpoint === undefined || isAws(store.endpoint) ? "aws" : store.endpoint.origin;
}
