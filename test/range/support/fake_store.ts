/**
 * A store without files and environment, whose credentials are renewed as often as it is asked.
 *
 * @module
 */
import type { Credentials, Store } from "../../../src/store/store.ts";

/** What to change of a fake store. */
export interface FakeStoreOptions {
  readonly anonymous?: boolean;
  readonly notice?: (notice: string) => void;
  readonly region?: string;
  /** Keys that never change. */
  readonly credentials?: Credentials;
  readonly addressing?: Store["addressing"];
}

/** A store at `endpoint`. */
export function fakeStore(endpoint: URL | undefined, options: FakeStoreOptions = {}): Store {
  let held = options.credentials ?? numbered(1);
  let count = 1;
  return {
    name: "default",
    endpoint,
    region: options.region ?? "us-east-1",
    addressing: options.addressing ?? "path",
    anonymous: options.anonymous ?? false,
    bucket: undefined,
    buckets: [],
    caBundle: undefined,
    proxy: undefined,
    profile: undefined,
    origins: { credentials: { value: "assumed role", source: "test" } },
    notice: options.notice ?? (() => {}),
    credentials: (_signal, refused) => {
      if (options.anonymous) return Promise.resolve(undefined);
      if (refused === held && options.credentials === undefined) held = numbered(++count);
      return Promise.resolve(held);
    },
  };
}

function numbered(number: number): Credentials {
  return { accessKeyId: `KEY${number}`, secretAccessKey: `fake-secret-of-key-${number}` };
}
