/**
 * What a service can do, as a record for later work.
 *
 * @module
 */
import type { VersioningState } from "./bucket.ts";
import type { Checksums, ConditionalWrite } from "./objects.ts";
import type { Support } from "./step.ts";

/** What the service and the bucket were seen to do. */
export interface Capabilities {
  readonly listBuckets: Support;
  readonly list: Support;
  readonly write: Support;
  readonly delete: Support;
  readonly rangedRead: Support;
  /** A range of one version of an object. */
  readonly rangedVersionRead: Support;
  readonly conditionalWrite: ConditionalWrite;
  readonly versioning: VersioningState;
  readonly multipart: Support;
  readonly copy: Support;
  readonly checksums: Checksums;
  readonly cors: Support;
  readonly policy: Support;
  readonly lifecycle: Support;
  readonly notifications: Support;
  readonly sts: Support;
}

/** {@link Capabilities} while they are found out. */
export type Findings = { -readonly [K in keyof Capabilities]: Capabilities[K] };

/** Before anything was tried. */
export function nothingKnown(): Findings {
  return {
    listBuckets: "unknown",
    list: "unknown",
    write: "unknown",
    delete: "unknown",
    rangedRead: "unknown",
    rangedVersionRead: "unknown",
    conditionalWrite: {
      ifNoneMatch: "unknown",
      ifMatch: "unknown",
      ifMatchEtag: undefined,
      completeMultipart: "unknown",
    },
    versioning: "unknown",
    multipart: "unknown",
    copy: "unknown",
    checksums: { md5: "unknown", sha256: "unknown" },
    cors: "unknown",
    policy: "unknown",
    lifecycle: "unknown",
    notifications: "unknown",
    sts: "unknown",
  };
}
