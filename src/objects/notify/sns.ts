/**
 * Calls of the notification service at a store's own address: a form, signed.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/welcome.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @module
 */
import { CredentialsError, throwIfAborted, UnsupportedError } from "../../errors.ts";
import { hmac, hmacText, sha256 } from "../../range/digest.ts";
import { parseErrorBody } from "../../range/error_body.ts";
import { isAws } from "../../store/endpoint.ts";
import type { Credentials, Store } from "../../store/store.ts";
import { errorFromFacts, failureContext, translateS3Error } from "../../store/translate.ts";
import { requestHandler } from "../../store/transport.ts";
import { exchange } from "../transfer/exchange.ts";
import { lacking } from "./configuration.ts";

const TYPE = "application/x-www-form-urlencoded; charset=utf-8";
const VERSION = "2010-03-31";

/** What a server that has no topics at this address says to the request. */
const UNKNOWN_STATUS = [404, 405, 501];

/** A call: the action and its parameters. */
export interface SnsCall {
  readonly action: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Bucket that the call is made for, for messages. */
  readonly bucket?: string;
}

/**
 * The XML of the answer.
 *
 * @throws {UnsupportedError} when the store has no topics
 * @throws {DipperError} when it refuses
 */
export async function callSns(
  store: Store,
  { action, parameters = {}, bucket = "" }: SnsCall,
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  throwIfAborted(signal);
  if (store.endpoint === undefined || isAws(store.endpoint)) {
    throw new UnsupportedError("AWS has its topics at another address than its buckets", {
      hint: "`aws sns` makes and lists them; a rule takes the ARN of one: --topic ARN.",
    });
  }
  const credentials = await store.credentials(signal);
  if (credentials === undefined) {
    throw new CredentialsError("no_credentials", `${action} needs credentials`, {
      hint: "Give keys: dipper configure.",
    });
  }
  const form = formOf({ Action: action, Version: VERSION, ...parameters });
  const { origin, host } = store.endpoint;
  const handler = requestHandler(store);
  const context = { ...failureContext(store), operation: action, signal };
  try {
    const answer = await exchange({
      url: `${origin}/`,
      method: "POST",
      headers: signForm({ form, host, region: store.region }, credentials, new Date()),
      body: new TextEncoder().encode(form),
      agents: handler,
      timeout: handler.requestTimeout,
      idleTimeout: handler.socketTimeout,
    }, signal);
    if (answer.status === 200) {
      if (answer.text.includes(`<${action}Response`)) return answer.text;
      throw lacking(store, bucket);
    }
    const isOther = /iam\.amazonaws\.com/.test(answer.text) && /ErrorResponse/.test(answer.text);
    const { code, message } = parseErrorBody(answer.text);
    if (isOther || (UNKNOWN_STATUS.includes(answer.status) && code !== "NoSuchEntity")) {
      throw lacking(store, bucket);
    }
    throw errorFromFacts({ status: answer.status, code, message }, context);
  } catch (error) {
    throw translateS3Error(error, context);
  } finally {
    handler.httpAgent.destroy();
    handler.httpsAgent.destroy();
  }
}

/** Percent-encoded as signatures want it: a space is `%20`. */
function formOf(fields: Readonly<Record<string, string>>): string {
  const encode = (text: string) =>
    encodeURIComponent(text)
      .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return Object.entries(fields).map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
}

/** The headers of a signed form; `host` is not among them. */
export function signForm(
  { form, host, region }: { form: string; host: string; region: string },
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  date: Date,
): Record<string, string> {
  const time = date.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const headers: Record<string, string> = {
    "content-type": TYPE,
    "x-amz-date": time,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const signed = Object.entries({ ...headers, host }).sort(([a], [b]) => a < b ? -1 : 1);
  const names = signed.map(([name]) => name).join(";");
  const lines = signed.map(([name, value]) => `${name}:${value}`);
  const canonical = ["POST", "/", "", ...lines, "", names, sha256(form)].join("\n");
  const scope = `${time.slice(0, 8)}/${region}/sns/aws4_request`;
  const key = scope.split("/").reduce<Uint8Array>(
    hmac,
    new TextEncoder().encode(`AWS4${secretAccessKey}`),
  );
  const signature = hmacText(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`);
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, ` +
    `SignedHeaders=${names}, Signature=${signature}`;
  return headers;
}
