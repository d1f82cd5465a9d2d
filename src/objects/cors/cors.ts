/**
 * CORS rules: which web pages may read a bucket from a browser.
 *
 * @module
 */
import {
  type CORSRule,
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
} from "@aws-sdk/client-s3";
import { isDipperError, UsageError } from "../../errors.ts";
import type { Store } from "../../store/store.ts";
import { sendTo } from "../send.ts";
import { type DocumentForm, readRules } from "../settings_file/document.ts";
import { explainLack, type Lack } from "../lacking.ts";

/** For services without CORS rules of buckets. */
const NO_CORS: Lack = {
  what: "has no CORS rules of buckets",
  hint: "Ask who runs the service: it may have one rule for all buckets.",
};

export type { CORSRule };

const FORM: DocumentForm = {
  what: "CORS rules",
  list: "CORSRules",
  plurals: {
    CORSRule: "CORSRules",
    AllowedOrigin: "AllowedOrigins",
    AllowedMethod: "AllowedMethods",
    AllowedHeader: "AllowedHeaders",
    ExposeHeader: "ExposeHeaders",
  },
  numbers: ["MaxAgeSeconds"],
};

const METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"];

/** Names of the presets. */
export const CORS_PRESETS = ["read-from-browser", "upload-from-browser"] as const;

/** What readers of Parquet, COG, Zarr and others in a browser need to see. */
const EXPOSED = [
  "ETag",
  "Content-Length",
  "Content-Range",
  "Accept-Ranges",
  "Content-Encoding",
  "Last-Modified",
  "x-amz-version-id",
];

/** The rules of a preset, for web pages of `origins`. */
export function corsPreset(
  preset: typeof CORS_PRESETS[number],
  origins: readonly string[] = ["*"],
): CORSRule[] {
  const methods = preset === "read-from-browser" ? ["GET", "HEAD"] : ["GET", "HEAD", "PUT", "POST"];
  return [{
    ID: preset,
    AllowedOrigins: [...origins],
    AllowedMethods: methods,
    AllowedHeaders: ["*"],
    ExposeHeaders: EXPOSED,
    MaxAgeSeconds: 3600,
  }];
}

/**
 * Rules in XML, in the console's list or in the form of the API.
 *
 * @throws {UsageError} when they cannot be understood
 */
export function readCors(text: string): CORSRule[] {
  const rules = readRules(text, FORM) as unknown as CORSRule[];
  for (const [index, rule] of rules.entries()) {
    const { AllowedMethods: methods, AllowedOrigins: origins } = rule;
    const name = `CORS rule ${index + 1}`;
    if (!Array.isArray(origins) || origins.length === 0) {
      throw new UsageError(`${name} has no AllowedOrigins`);
    }
    if (!Array.isArray(methods) || methods.length === 0) {
      throw new UsageError(`${name} has no AllowedMethods`);
    }
    const wrong = methods.filter((method) => !METHODS.includes(method));
    if (wrong.length > 0) {
      throw new UsageError(`${name}: ${wrong.join(", ")} cannot be allowed`, {
        hint: `The methods are ${METHODS.join(", ")}; OPTIONS is answered without a rule.`,
      });
    }
    const twice = [...origins, ...(rule.AllowedHeaders ?? [])]
      .filter((text) => (String(text).match(/\*/g) ?? []).length > 1);
    if (twice.length > 0) throw new UsageError(`${name}: ${twice[0]} has more than one *`);
  }
  return rules;
}

/** The rules of a bucket; none when nothing is set. */
export async function getCors(
  store: Store,
  bucket: string,
  signal?: AbortSignal,
): Promise<CORSRule[]> {
  try {
    const answer = await sendTo(
      store,
      { bucket, operation: "GetBucketCors" },
      signal,
      (client, sending) => client.send(new GetBucketCorsCommand({ Bucket: bucket }), sending),
    );
    return answer.CORSRules ?? [];
  } catch (error) {
    if (isDipperError(error) && error.context.code === "NoSuchCORSConfiguration") return [];
    throw await explainLack(store, error, NO_CORS, signal);
  }
}

/** Sets the rules of a bucket; those that were there are gone. No rules: all are removed. */
export async function setCors(
  store: Store,
  bucket: string,
  rules: readonly CORSRule[],
  signal?: AbortSignal,
): Promise<void> {
  const operation = rules.length === 0 ? "DeleteBucketCors" : "PutBucketCors";
  try {
    await sendTo(store, { bucket, operation }, signal, async (client, sending) => {
      if (rules.length === 0) {
        await client.send(new DeleteBucketCorsCommand({ Bucket: bucket }), sending);
        return;
      }
      await client.send(
        new PutBucketCorsCommand({
          Bucket: bucket,
          CORSConfiguration: { CORSRules: [...rules] },
        }),
        sending,
      );
    });
  } catch (error) {
    throw await explainLack(store, error, NO_CORS, signal);
  }
}
