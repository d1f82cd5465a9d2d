/**
 * A gateway for other programs, as a command opens it.
 *
 * @module
 */
import type { Activity } from "../../gateway/activity.ts";
import { startGateway } from "../../gateway/gateway.ts";
import type { IssuedKey } from "../../gateway/keys.ts";
import type { StoreOptions } from "../../store/store.ts";
import { StoreSet } from "../../store/store_set.ts";
import type { Invocation } from "../invocation.ts";
import { DOOR_CACHE, DOOR_READING } from "./door_memory.ts";

/** How to open it. */
export interface DoorOptions {
  /** Whether programs may change what is in the buckets. */
  readonly access: "read-only" | "read-write";
  /** Buckets and patterns; undefined: all. */
  readonly buckets?: readonly string[];
  readonly port?: number;
  /** Objects that never change; by default what the environment says. */
  readonly immutable?: StoreOptions["immutable"];
}

/** What another program has to know. */
export interface DoorAddress {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Random, and worth nothing once the gateway has ended. */
  readonly key: IssuedKey;
  /** Any is right; this is the store's own. */
  readonly region: string;
  /** Profiles of the AWS files that the stores behind it come from. */
  readonly profiles: readonly string[];
}

/** An open gateway. */
export interface Door extends DoorAddress, AsyncDisposable {
  /** Ends it and says what passed through it. */
  end(): Promise<Activity>;
}

/** The access key under which other programs come. */
export const DOOR_NAME = "dipper";

/**
 * Starts a gateway to the stores of `invocation`.
 *
 * @throws {ConfigurationError} when the port is taken
 */
export async function openDoor(invocation: Invocation, options: DoorOptions): Promise<Door> {
  const { signal, host } = invocation;
  const immutable = options.immutable === undefined ? {} : { immutable: options.immutable };
  const stores = await StoreSet.resolve({ ...invocation.storeOptions(), ...immutable });
  try {
    const gateway = await startGateway({
      stores,
      mode: options.access,
      buckets: options.buckets,
      port: options.port,
      cache: DOOR_CACHE,
      cacheSettings: host.settings,
      settings: DOOR_READING,
      notice: invocation.notice,
      signal,
    });
    const key = await gateway.issueKey(DOOR_NAME);
    let ending: Promise<Activity> | undefined;
    const end = () =>
      ending ??= (async () => {
        try {
          const activity = await gateway.counts(DOOR_NAME);
          await gateway.close();
          return activity;
        } finally {
          stores.close();
        }
      })();
    return {
      endpoint: gateway.endpoint,
      key,
      region: (stores.default ?? stores.all[0]).region,
      profiles: stores.all.flatMap(({ profile }) => profile ?? []),
      end,
      [Symbol.asyncDispose]: async () => void await end(),
    };
  } catch (error) {
    stores.close();
    throw error;
  }
}
