/**
 * The SDK's clients that are open: known without loading the SDK.
 *
 * @module
 */
import type { S3Client } from "@aws-sdk/client-s3";
import type { Store } from "./store.ts";

/** By store and region. */
export const clients: WeakMap<Store, Map<string, S3Client>> = new WeakMap();

/** Closes the connections of `store`; a later `s3Client` opens new ones. */
export function closeClients(store: Store): void {
  for (const client of clients.get(store)?.values() ?? []) client.destroy();
  clients.delete(store);
}
