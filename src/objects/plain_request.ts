/**
 * A request as anybody makes it, unsigned: what a browser or a stranger gets.
 *
 * @module
 */
import type { ErrorContext } from "../errors.ts";
import { addressOf } from "../range/address.ts";
import { readCertificates } from "../store/tls.ts";
import type { Store } from "../store/store.ts";
import { failureContext, translateS3Error } from "../store/translate.ts";
import type { S3Location } from "../store/uri.ts";

/** What is asked. */
export interface PlainRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Encoded, without a question mark. */
  readonly query?: string;
  readonly signal?: AbortSignal;
}

/** What came. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Headers;
}

/**
 * Sends it to the address of an object, or of a bucket when the key is empty. The body is not read.
 *
 * @throws {ConnectionError} when the service does not answer
 */
export async function plainRequest(
  store: Store,
  location: S3Location,
  { method, headers = {}, query = "", signal }: PlainRequest,
): Promise<PlainAnswer> {
  const { origin, path } = addressOf(store, location, undefined, store.region);
  const { proxy } = store;
  using client = Deno.createHttpClient({
    http2: false,
    caCerts: readCertificates(store.caBundle),
    ...(proxy === undefined ? {} : {
      proxy: {
        url: proxy.origin,
        ...(proxy.username === "" ? {} : {
          basicAuth: {
            username: decodeURIComponent(proxy.username),
            password: decodeURIComponent(proxy.password),
          },
        }),
      },
    }),
  });
  try {
    const response = await fetch(`${origin}${path}${query === "" ? "" : `?${query}`}`, {
      method,
      headers: { "accept-encoding": "identity", ...headers },
      redirect: "manual",
      signal,
      client,
    });
    await response.body?.cancel();
    return { status: response.status, headers: response.headers };
  } catch (error) {
    const context: ErrorContext = { bucket: location.bucket, operation: `${method}, unsigned` };
    throw translateS3Error(error, { ...failureContext(store), ...context, signal });
  }
}
