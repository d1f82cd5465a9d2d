/**
 * Proves a connection step by step, finds out what the service supports, and leaves nothing behind.
 *
 * @module
 */
import { cancelled, isDipperError, PartialError } from "../errors.ts";
import {
  type BucketFacts,
  FEATURES,
  proveFeature,
  proveList,
  proveListBuckets,
  proveSts,
  readFacts,
} from "./check/bucket.ts";
import { type Capabilities, type Findings, nothingKnown } from "./check/capabilities.ts";
import { type Identity, proveClock, proveSign } from "./check/identity.ts";
import {
  type Network,
  proveReach,
  proveResolve,
  proveTls,
  systemNetwork,
  wayTo,
} from "./check/network.ts";
import {
  proveChecksums,
  proveConditions,
  proveCopy,
  proveMultipart,
  proveRange,
  proveWrite,
  type Writing,
} from "./check/objects.ts";
import type { Target } from "./check/request.ts";
import { Scratch, type Trace } from "./check/scratch.ts";
import {
  type CheckStep,
  type Outcome,
  type StepName,
  StepRecorder,
  type Support,
} from "./check/step.ts";
import type { Store } from "./store.ts";

export type { Capabilities } from "./check/capabilities.ts";
export type { CheckStep, StepName, StepStatus, Support } from "./check/step.ts";
export type { Trace } from "./check/scratch.ts";

/** How a check is made. */
export interface CheckOptions {
  /** Bucket to test in; else the store's, else no bucket is tested. */
  readonly bucket?: string;
  readonly signal?: AbortSignal;
  /**
   * Asked before something is written that may not be removable, with a question for the person.
   * Without it the answer is no.
   */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** Told of each step when it is over. */
  readonly onStep?: (step: CheckStep) => void;
  /** The system's network, clock (milliseconds) and randomness, so that tests decide them. */
  readonly network?: Network;
  readonly now?: () => number;
  readonly randomId?: () => string;
}

/** What came of a check. */
export interface CheckResult {
  /** Whether no step failed. */
  readonly ok: boolean;
  readonly store: string;
  /** `https://…`, or `AWS`. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string | undefined;
  readonly steps: readonly CheckStep[];
  readonly capabilities: Capabilities;
  /** What could not be removed; empty but for a service that refuses. */
  readonly left: readonly Trace[];
}

const BUCKET_STEPS: readonly StepName[] = [
  "list",
  "versioning",
  "cors",
  "policy",
  "lifecycle",
  "notifications",
];
const FURTHER_WRITES: readonly StepName[] = [
  "range-of-version",
  "conditional-write",
  "multipart",
  "copy",
  "checksums",
];
const WRITE_STEPS: readonly StepName[] = ["delete", "write", "range", ...FURTHER_WRITES, "remove"];

/**
 * Checks the connection to `store`, and what may be done in its bucket.
 *
 * Nothing of the check stays in the bucket, no version and no delete marker either, also when it is
 * aborted or fails half-way; should the service refuse the removal, `left` and the last step say
 * what is there.
 *
 * @throws {CancelledError} when the signal is aborted, after the removal
 * @throws {PartialError} when the signal is aborted and something could not be removed
 */
export async function checkConnection(
  store: Store,
  options: CheckOptions = {},
): Promise<CheckResult> {
  const { signal, now = Date.now } = options;
  const bucket = options.bucket ?? store.bucket;
  const recorder = new StepRecorder(signal, options.onStep ?? (() => {}), now);
  const found = nothingKnown();
  let left: readonly Trace[] = [];
  const identity = await proveIdentity(store, bucket, recorder, options);
  if (identity === undefined) {
    recorder.skip([...BUCKET_STEPS, "sts", ...WRITE_STEPS], "the service was not reached");
  } else {
    found.listBuckets = supportIn(identity.buckets);
    left = await checkBucket();
  }
  return {
    ok: recorder.steps.every(({ status }) => status !== "failed"),
    store: store.name,
    endpoint: store.endpoint?.origin ?? "AWS",
    region: store.region,
    bucket,
    steps: recorder.steps,
    capabilities: found,
    left,
  };

  async function checkBucket(): Promise<readonly Trace[]> {
    const buckets = identity?.buckets;
    if (bucket === undefined) {
      await recorder.run("list", () => Promise.resolve(proveListBuckets(buckets)));
      const hint = "dipper check s3://BUCKET tests what can be done in a bucket.";
      recorder.skip(BUCKET_STEPS.slice(1), "no bucket was named", hint);
      await checkSts();
      recorder.skip(WRITE_STEPS, "no bucket was named", hint);
      return [];
    }
    const target: Target = { store, bucket };
    const list = await recorder.run("list", () => proveList(target, buckets, signal));
    found.list = list.status === "ok" ? "yes" : "no";
    if (list.tag === "bucket_not_found") {
      recorder.skip(BUCKET_STEPS.slice(1), "there is no such bucket");
      await checkSts();
      recorder.skip(WRITE_STEPS, "there is no such bucket");
      return [];
    }
    const facts = await readBucket(target, recorder, found, signal);
    await checkSts();
    const id = (options.randomId ?? (() => crypto.randomUUID().slice(0, 13)))();
    return await checkWrites(target, new Scratch(target, facts, id));
  }

  async function checkSts(): Promise<void> {
    await recorder.run("sts", async () => {
      const { outcome, support } = await proveSts(store, signal);
      found.sts = support;
      return outcome;
    });
  }

  async function checkWrites(
    target: Target,
    scratch: Scratch,
  ): Promise<readonly Trace[]> {
    let stopped: unknown;
    try {
      await tryWrites({ target, scratch, signal }, recorder, found, options);
    } catch (error) {
      stopped = error;
    }
    const start = now();
    const left = await scratch.remove();
    const said = removalOutcome(target.bucket, scratch, left);
    if (scratch.isDirty) recorder.record("remove", said, (now() - start) / 1000);
    else recorder.skip(["remove"], "nothing was written");
    if (stopped === undefined) return left;
    if (left.length === 0) throw stopped;
    throw new PartialError(`stopped, and ${said.detail}`, {
      bucket: target.bucket,
      failed: left.map(({ key, versionId }) => versionId ? `${key} version ${versionId}` : key),
      hint: said.hint,
      cause: isDipperError(stopped) ? stopped : cancelled(signal),
    });
  }
}

async function proveIdentity(
  store: Store,
  bucket: string | undefined,
  recorder: StepRecorder,
  { signal, network = systemNetwork, now = Date.now }: CheckOptions,
): Promise<Identity | undefined> {
  const way = wayTo(store, bucket);
  const ways = [
    ["resolve", () => proveResolve(store, way, network, signal)],
    ["reach", () => proveReach(store, way, network, signal)],
    ["tls", () => proveTls(store, way, network, signal)],
  ] as const;
  for (const [index, [step, prove]] of ways.entries()) {
    if ((await recorder.run(step, prove)).status !== "failed") continue;
    const rest = ways.slice(index + 1).map(([name]) => name);
    recorder.skip([...rest, "sign", "clock"], "the service was not reached");
    return undefined;
  }
  let identity: Identity | undefined;
  await recorder.run("sign", async () => {
    identity = await proveSign(store, bucket, signal);
    return identity.outcome;
  });
  await recorder.run("clock", () => proveClock(store, now, signal));
  return identity;
}

async function readBucket(
  target: Target,
  recorder: StepRecorder,
  found: Findings,
  signal: AbortSignal | undefined,
): Promise<BucketFacts> {
  let facts: BucketFacts = { versioning: "unknown", lock: undefined };
  await recorder.run("versioning", async () => {
    const read = await readFacts(target, signal);
    facts = read.facts;
    return read.outcome;
  });
  found.versioning = facts.versioning;
  for (const feature of FEATURES) {
    await recorder.run(feature.step, async () => {
      const { outcome, support } = await proveFeature(target, feature, signal);
      found[feature.step as "cors" | "policy" | "lifecycle" | "notifications"] = support;
      return outcome;
    });
  }
  return facts;
}

async function tryWrites(
  writing: Writing,
  recorder: StepRecorder,
  found: Findings,
  { signal, confirm }: CheckOptions,
): Promise<void> {
  const { target, scratch } = writing;
  let goOn = false;
  await recorder.run("delete", async () => {
    const right = await scratch.deleteRight(signal);
    found.delete = right.allowed;
    goOn = right.allowed === "yes";
    if (right.allowed === "yes") {
      return { status: "ok", detail: `test objects can be removed from ${target.bucket}` };
    }
    const detail = right.allowed === "no"
      ? `test objects cannot be removed from ${target.bucket}: ${right.reason}`
      : `whether test objects can be removed from ${target.bucket} is not known: ${right.reason}`;
    const question = `${detail}. One small object, ${scratch.prefix}object, may stay there for ` +
      "good. Write it?";
    goOn = await confirm?.(question) ?? false;
    return {
      status: "warning",
      detail,
      hint: goOn
        ? "Written because you agreed."
        : "Writing was not tried. Ask for s3:DeleteObject and s3:DeleteObjectVersion, or agree to " +
          "one object that stays.",
    };
  });
  if (!goOn) {
    recorder.skip(
      ["write", "range", ...FURTHER_WRITES],
      "nothing is written that may have to stay",
    );
    return;
  }
  let versionId: string | undefined;
  const write = await recorder.run("write", async () => {
    const { versionId: written, ...outcome } = await proveWrite(writing);
    versionId = written;
    return outcome;
  });
  found.write = write.status === "ok" ? "yes" : "no";
  if (write.status !== "ok") {
    recorder.skip(["range", ...FURTHER_WRITES], "nothing could be written");
    return;
  }
  await recorder.run("range", async () => {
    const { outcome, support } = await proveRange(writing);
    found.rangedRead = support;
    return outcome;
  });
  if (found.delete !== "yes") {
    recorder.skip(FURTHER_WRITES, "they would leave more objects behind");
    return;
  }
  await tryFurtherWrites(writing, versionId, recorder, found);
}

async function tryFurtherWrites(
  writing: Writing,
  versionId: string | undefined,
  recorder: StepRecorder,
  found: Findings,
): Promise<void> {
  if (versionId === undefined) {
    recorder.skip(["range-of-version"], "the bucket keeps no versions");
  } else {
    await recorder.run("range-of-version", async () => {
      const { outcome, support } = await proveRange(writing, versionId);
      found.rangedVersionRead = support;
      return outcome;
    });
  }
  await recorder.run("conditional-write", async () => {
    const conditions = await proveConditions(writing);
    found.conditionalWrite = { ...found.conditionalWrite, ...conditions.found };
    return conditions.outcome;
  });
  const multipart = await recorder.run("multipart", async () => {
    const { outcome, support, condition } = await proveMultipart(writing);
    found.multipart = support;
    found.conditionalWrite = { ...found.conditionalWrite, completeMultipart: condition };
    return outcome;
  });
  if (multipart.status !== "ok") found.multipart = "no";
  const copy = await recorder.run("copy", () => proveCopy(writing));
  found.copy = copy.status === "ok" ? "yes" : "no";
  await recorder.run("checksums", async () => {
    const checksums = await proveChecksums(writing);
    found.checksums = checksums.found;
    return checksums.outcome;
  });
}

function removalOutcome(bucket: string, scratch: Scratch, left: readonly Trace[]): Outcome {
  if (left.length === 0) {
    return {
      status: "ok",
      detail: `everything under ${scratch.prefix} is removed, every version of it too`,
    };
  }
  return {
    status: "failed",
    detail: `${left.length} traces of the check stay under ${scratch.prefix} in ${bucket}: ${
      left.slice(0, 5).map(({ key, versionId }) =>
        key.slice(scratch.prefix.length) +
        (versionId === undefined ? "" : ` (version ${versionId})`)
      ).join(", ")
    }`,
    hint: `Have someone who may delete there remove s3://${bucket}/${scratch.prefix}, with all ` +
      "versions and unfinished uploads.",
  };
}

function supportIn(buckets: Identity["buckets"]): Support {
  if (buckets === undefined) return "unknown";
  return "value" in buckets ? "yes" : "no";
}
