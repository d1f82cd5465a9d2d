/**
 * The SDK's client for a store.
 *
 * @module
 */
import { S3Client } from "@aws-sdk/client-s3";
import { diagnoseFailures } from "./diagnose.ts";
import { isAws } from "./endpoint.ts";
import { keepAlive } from "./keep_alive.ts";
import { clients } from "./open_clients.ts";
import { correctRegions } from "./region.ts";
import { countSends } from "./request_counts.ts";
import type { Store } from "./store.ts";
import { failureContext } from "./translate.ts";
import { requestHandler } from "./transport.ts";

export { closeClients } from "./open_clients.ts";

/**
 * The client for `store`, made once. A request for a bucket of another region is sent again to the
 * right one, and the person is told once a bucket.
 *
 * @param region to sign for, when it is not the store's
 * @throws {ConfigurationError} when the CA bundle cannot be read
 */
export function s3Client(store: Store, region: string = store.region): S3Client {
  const byRegion = clients.get(store) ?? new Map<string, S3Client>();
  clients.set(store, byRegion);
  const client = byRegion.get(region) ?? makeClient(store, region);
  byRegion.set(region, client);
  return client;
}

function makeClient(store: Store, region: string): S3Client {
  const client = new S3Client({
    ...(store.endpoint === undefined || isOfOwnRegion(store, region)
      ? {}
      : { endpoint: store.endpoint.origin }),
    region,
    forcePathStyle: store.addressing === "path",
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: 4,
    expectContinueHeader: false,
    requestHandler: requestHandler(store),
    ...identity(store),
  });
  keepAlive(client);
  countSends(client);
  diagnoseFailures(client, store, failureContext(store));
  correctRegions(client, store, region, s3Client);
  return client;
}

/** An AWS address that names the store's own region does not serve another. */
function isOfOwnRegion(store: Store, region: string): boolean {
  return region !== store.region && isAws(store.endpoint);
}

function identity(store: Store) {
  if (store.anonymous) {
    return {
      credentials: { accessKeyId: "", secretAccessKey: "" },
      signer: { sign: <T>(request: T) => Promise.resolve(request) },
    };
  }
  return {
    credentials: async () => {
      const credentials = await store.credentials();
      return credentials ?? { accessKeyId: "", secretAccessKey: "" };
    },
  };
}
