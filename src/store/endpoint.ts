/**
 * The address of a store, as a person writes it.
 *
 * @module
 */
import { ConfigurationError } from "../errors.ts";
import { registerSecret } from "../redaction.ts";
import type { Addressing } from "./store.ts";

/**
 * Parses an endpoint with or without a scheme. Without one it is https, but for this machine's own
 * addresses, where development servers speak http.
 *
 * @param source where it came from, for the error
 * @throws {ConfigurationError} when it is no address, or has credentials or a path in it
 */
export function parseEndpoint(text: string, source: string, scheme?: "http" | "https"): URL {
  const trimmed = text.trim();
  const bare = trimmed.replace(/^\/\//, "");
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(bare);
  const withScheme = hasScheme ? bare : `${scheme ?? defaultScheme(bare)}://${bare}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol) || url.hostname === "") {
    throw new ConfigurationError(`the endpoint is no address: ${text} (${source})`, {
      endpoint: text,
      hint: "Write it as https://host or http://host:port.",
    });
  }
  if (url.username !== "" || url.password !== "") {
    registerSecret(url.password);
    throw new ConfigurationError(`the endpoint has a user or password in it (${source})`, {
      hint: "Give the keys as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or in a profile.",
    });
  }
  if (url.pathname.replace(/\/+$/, "") !== "" || url.search !== "" || url.hash !== "") {
    throw new ConfigurationError(
      `the endpoint has more than a host and a port: ${text} (${source})`,
      {
        endpoint: text,
        hint: `Write the address of the service alone, ${url.origin}; the bucket goes into the ` +
          "s3:// address.",
      },
    );
  }
  return new URL(url.origin);
}

/** Whether `endpoint` is Amazon's: undefined is. */
export function isAws(endpoint: URL | undefined): boolean {
  return endpoint === undefined ||
    /(^|\.)(amazonaws\.com(\.cn)?|api\.aws|amazonaws\.eu)$/.test(endpoint.hostname);
}

/** Virtual host on AWS, path elsewhere. */
export function defaultAddressing(endpoint: URL | undefined): Addressing {
  return isAws(endpoint) ? "virtual" : "path";
}

/**
 * How `bucket` goes into the address: by path where the store says so, where the host is an IP
 * address, and where dots in the name would fail the certificate's wildcard.
 */
export function addressingFor(
  addressing: Addressing,
  endpoint: URL | undefined,
  bucket: string,
): Addressing {
  if (addressing === "path" || bucket.includes(".") || !/^[a-z0-9-]{3,63}$/.test(bucket)) {
    return "path";
  }
  return endpoint !== undefined && isIpAddress(endpoint.hostname) ? "path" : "virtual";
}

/** The host and port a person would recognise, for messages. */
export function describeEndpoint(endpoint: URL | undefined, region?: string): string {
  return endpoint?.origin ?? (region === undefined ? "AWS" : `AWS (${region})`);
}

function isIpAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(hostname);
}

function defaultScheme(bare: string): "http" | "https" {
  return /^(localhost|127(\.\d+){3}|\[::1\]|[^/:]*\.localhost)(?=$|[:/])/i.test(bare)
    ? "http"
    : "https";
}
