/**
 * Lifecycle rules: reading, setting and removing them.
 *
 * @module
 */
import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from "@aws-sdk/client-s3";
import { isDipperError, UnsupportedError, UsageError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import { sendTo } from "../send.ts";
import { type DocumentForm, readRules } from "../settings_file/document.ts";
import { prefixOf, sizesOf, tagsOf } from "./words.ts";
import { explainLack, type Lack } from "../lacking.ts";

/** For services without lifecycle rules. */
const NO_LIFECYCLE: Lack = {
  what: "has no lifecycle rules",
  hint: "Remove what is old yourself: dipper find --older 30d, dipper uploads abort --older 7d.",
};

export type { LifecycleRule };

const FORM: DocumentForm = {
  what: "lifecycle rules",
  list: "Rules",
  plurals: {
    Rule: "Rules",
    Transition: "Transitions",
    NoncurrentVersionTransition: "NoncurrentVersionTransitions",
    Tag: "Tags",
  },
  numbers: [
    "Days",
    "NoncurrentDays",
    "NewerNoncurrentVersions",
    "DaysAfterInitiation",
    "ObjectSizeGreaterThan",
    "ObjectSizeLessThan",
  ],
  booleans: ["ExpiredObjectDeleteMarker"],
};

/**
 * Rules in XML or JSON.
 *
 * @throws {UsageError} when they cannot be understood
 */
export function readLifecycle(text: string): LifecycleRule[] {
  return readRules(text, FORM).map((value, index) => {
    const rule = value as unknown as LifecycleRule & {
      Filter?: { Tags?: { Key?: string; Value?: string }[] };
    };
    const Status = rule.Status;
    if (Status !== "Enabled" && Status !== "Disabled") {
      throw new UsageError(`lifecycle rule ${index + 1} has no Status`, {
        hint: "Status is Enabled or Disabled.",
      });
    }
    const date = (text: unknown) => text === undefined ? undefined : new Date(String(text));
    return {
      ...rule,
      ...(typeof rule.Filter === "string" ? { Filter: { Prefix: "" } } : {}), // <Filter/>
      // A lone tag of XML was read as a list, for it may stand several times inside of And.
      ...(rule.Filter?.Tags === undefined
        ? {}
        : { Filter: { Tag: { Key: "", Value: "", ...rule.Filter.Tags[0] } } }),
      ...(rule.Expiration?.Date === undefined
        ? {}
        : { Expiration: { ...rule.Expiration, Date: date(rule.Expiration.Date) } }),
      ...(rule.Transitions === undefined ? {} : {
        Transitions: rule.Transitions.map((each) =>
          each.Date === undefined ? each : { ...each, Date: date(each.Date) }
        ),
      }),
    };
  });
}

/** What a person says on a command line. */
export interface LifecycleChoice {
  /** Names the rule; made from the prefix when absent. */
  readonly id?: string;
  readonly prefix?: string;
  /** Days after which objects are removed. */
  readonly expireDays?: number;
  /** Days after which versions that are no longer the latest are removed. */
  readonly oldVersionDays?: number;
  /** Older versions that are kept whatever their age. */
  readonly keepVersions?: number;
  /** Days after which unfinished uploads are removed. */
  readonly unfinishedDays?: number;
  /** Days and the class that objects move to then. */
  readonly transitions?: readonly { readonly days: number; readonly storageClass: string }[];
}

/**
 * The rule for such a choice.
 *
 * @throws {UsageError} when it does nothing
 */
export function lifecycleRule(choice: LifecycleChoice): LifecycleRule {
  const { prefix = "", expireDays, oldVersionDays, keepVersions, unfinishedDays } = choice;
  const { transitions = [] } = choice;
  const does = [expireDays, oldVersionDays, unfinishedDays].some((days) => days !== undefined) ||
    transitions.length > 0;
  if (!does) {
    throw new UsageError("a lifecycle rule must do something", {
      hint: "Say --expire, --old-versions, --unfinished or --transition.",
    });
  }
  if (keepVersions !== undefined && oldVersionDays === undefined) {
    throw new UsageError("--keep-versions goes with --old-versions");
  }
  return {
    ID: choice.id ?? `dipper-${prefix.replace(/[^A-Za-z0-9]+/g, "-").replace(/-$/, "") || "all"}`,
    Status: "Enabled",
    Filter: { Prefix: prefix },
    ...(expireDays === undefined ? {} : { Expiration: { Days: expireDays } }),
    ...(oldVersionDays === undefined ? {} : {
      NoncurrentVersionExpiration: {
        NoncurrentDays: oldVersionDays,
        ...(keepVersions === undefined ? {} : { NewerNoncurrentVersions: keepVersions }),
      },
    }),
    ...(unfinishedDays === undefined
      ? {}
      : { AbortIncompleteMultipartUpload: { DaysAfterInitiation: unfinishedDays } }),
    ...(transitions.length === 0 ? {} : {
      Transitions: transitions.map(({ days, storageClass }) => ({
        Days: days,
        StorageClass: storageClass as "GLACIER",
      })),
    }),
  };
}

/** `rules` with those of `more` instead of the ones with the same names. */
export function mergeRules(
  rules: readonly LifecycleRule[],
  more: readonly LifecycleRule[],
): LifecycleRule[] {
  const names = new Set(more.map(({ ID }) => ID));
  return [...rules.filter(({ ID }) => !names.has(ID)), ...more];
}

/**
 * The rules of a bucket; none when nothing is set.
 *
 * @throws {UnsupportedError} where the service has no lifecycle rules
 */
export async function getLifecycle(
  store: Store,
  bucket: string,
  signal?: AbortSignal,
): Promise<LifecycleRule[]> {
  try {
    const answer = await sendTo(
      store,
      { bucket, operation: "GetBucketLifecycleConfiguration" },
      signal,
      (client, sending) =>
        client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }), sending),
    );
    return answer.Rules ?? [];
  } catch (error) {
    if (isDipperError(error) && error.context.code === "NoSuchLifecycleConfiguration") return [];
    throw await explainLack(store, error, NO_LIFECYCLE, signal);
  }
}

/**
 * Sets the rules of a bucket; those that were there are gone. No rules: all are removed. The rules are read
 * back: where the service left out a condition, which would delete more than was said, those that were
 * there before are set again.
 *
 * @throws {UnsupportedError} where the service has no lifecycle rules, or not that condition
 */
export async function setLifecycle(
  store: Store,
  bucket: string,
  rules: readonly LifecycleRule[],
  signal?: AbortSignal,
): Promise<void> {
  const before = await getLifecycle(store, bucket, signal);
  await putRules(store, bucket, rules, signal);
  const after = await getLifecycle(store, bucket, signal);
  for (const rule of rules) {
    const kept = after.find(({ ID }) => ID === rule.ID);
    const lost = Object.entries(conditionsOf(rule))
      .find(([name, value]) => kept !== undefined && conditionsOf(kept)[name] !== value);
    if (lost === undefined) continue;
    await putRules(store, bucket, before);
    throw new UnsupportedError(
      `${store.endpoint?.origin ?? "AWS"} does not keep the condition ${lost[0]} of a rule, ` +
        "without which it deletes more",
      {
        bucket,
        operation: "PutBucketLifecycleConfiguration",
        hint:
          "The rules are as they were. Say it without that condition, if that is what you want.",
      },
    );
  }
}

/** What keeps a rule from deleting more; by the names of the flags or of the protocol. */
function conditionsOf(rule: LifecycleRule): Record<string, string> {
  const [more, less] = sizesOf(rule);
  const kept = rule.NoncurrentVersionExpiration?.NewerNoncurrentVersions;
  return {
    prefix: prefixOf(rule),
    tags: JSON.stringify(tagsOf(rule).map(({ Key, Value }) => `${Key}=${Value}`).sort()),
    ObjectSizeGreaterThan: String(more),
    ObjectSizeLessThan: String(less),
    "keep-versions": String(kept ?? 0),
  };
}

async function putRules(
  store: Store,
  bucket: string,
  rules: readonly LifecycleRule[],
  signal?: AbortSignal,
): Promise<void> {
  const operation = rules.length === 0
    ? "DeleteBucketLifecycle"
    : "PutBucketLifecycleConfiguration";
  try {
    await sendTo(store, { bucket, operation }, signal, async (client, sending) => {
      if (rules.length === 0) {
        await client.send(new DeleteBucketLifecycleCommand({ Bucket: bucket }), sending);
        return;
      }
      await client.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket: bucket,
          LifecycleConfiguration: { Rules: [...rules] },
        }),
        sending,
      );
    });
  } catch (error) {
    throw await explainLack(store, error, NO_LIFECYCLE, signal);
  }
}
