/**
 * What a store is: one S3 service with an address and an identity.
 *
 * @module
 */
import type { ImmutableObjects } from "./immutable.ts";

/** Long-lived or temporary keys. Held in memory only, registered for redaction when resolved. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When the service stops accepting them; absent for long-lived keys. */
  readonly expiration?: Date;
}

/** How a bucket's name goes into the address: `host/bucket/key` or `bucket.host/key`. */
export type Addressing = "path" | "virtual";

/** What a person may say of a store; all of it optional, resolved as every AWS tool does. */
export interface StoreOptions {
  /** Name of a profile in the AWS files. */
  readonly profile?: string;
  /**
   * Address of the service, with or without a scheme; absent: what the environment and the profile
   * say; `aws`: AWS itself, whatever they say.
   */
  readonly endpoint?: string;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /** `auto` (default): virtual host on AWS, path elsewhere. */
  readonly addressing?: Addressing | "auto";
  /** Sends unsigned requests: public buckets. */
  readonly anonymous?: boolean;
  /** File of PEM certificates to trust besides the system's. */
  readonly caBundle?: string;
  /** Role to assume with the credentials found. */
  readonly roleArn?: string;
  /** Bucket that relative keys are in. */
  readonly bucket?: string;
  /** Names or patterns (`climate-*`) of the buckets that this store owns. */
  readonly buckets?: readonly string[];
  /**
   * Objects that are never replaced or removed: `true`, or addresses of objects and folders such as
   * `s3://bucket/year=2015/`, by the bucket's own name. What the cache has of them is read without a
   * request. An object that is replaced all the same is read as it was, or refused with an
   * {@link ObjectChangedError} where some of it is not cached. Listings are asked for as ever.
   */
  readonly immutable?: boolean | readonly string[];
  /** Asked for the code of the MFA device `serial`, when a role wants one. */
  readonly mfaCode?: (serial: string) => Promise<string>;
  /** Told, in a sentence, what was done differently from what was said: a corrected region. */
  readonly notice?: (notice: string) => void;
}

/** Where a value came from, for `dipper stores`: never the value of a secret. */
export interface Origin {
  readonly value: string;
  /** Such as `option`, `AWS_REGION`, `profile lab in ~/.aws/config`, `default`. */
  readonly source: string;
}

/** A store, resolved. */
export interface Store {
  /** The name in `stores`, else `default`. */
  readonly name: string;
  /** Absolute address with scheme and port, no path; undefined for AWS itself. */
  readonly endpoint: URL | undefined;
  /** Region to sign for, such as `us-east-1`. */
  readonly region: string;
  readonly addressing: Addressing;
  readonly anonymous: boolean;
  /** Default bucket, for relative keys. */
  readonly bucket: string | undefined;
  /** Names or patterns of the buckets it owns; empty when nothing was said. */
  readonly buckets: readonly string[];
  /** File of PEM certificates. */
  readonly caBundle: string | undefined;
  /** Proxy for this store's endpoint after NO_PROXY, such as `http://proxy:3128`. */
  readonly proxy: URL | undefined;
  /** Objects that are never replaced. */
  readonly immutable?: ImmutableObjects;
  /** Profile that was used, if any. */
  readonly profile: string | undefined;
  /** Each setting with its source; the access key is shown shortened, a secret never. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** Tells the person a sentence; does nothing when nobody listens. */
  readonly notice: (notice: string) => void;
  /**
   * Credentials good for at least five more minutes, renewed when they are not; undefined when
   * anonymous.
   *
   * @param refused credentials that the service says have expired: others are fetched, if there are
   * @throws {CredentialsError} when none can be had
   */
  credentials(signal?: AbortSignal, refused?: Credentials): Promise<Credentials | undefined>;
}
