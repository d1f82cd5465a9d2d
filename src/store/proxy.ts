/**
 * Which proxy, if any, stands before an address: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY in
 * either case, read as curl and botocore do.
 *
 * @module
 */
import { ConfigurationError } from "../errors.ts";
import { registerSecret } from "../redaction.ts";
import type { Environment } from "./environment.ts";

/** A proxy and the variable that names it. */
export interface Proxy {
  readonly url: URL;
  readonly source: string;
}

/**
 * The proxy for `address`, after NO_PROXY. A password in it is registered as a secret. Upper-case
 * HTTP_PROXY is not read inside a CGI program, where a request header sets it (httpoxy).
 *
 * @throws {ConfigurationError} when the variable holds no address
 */
export function proxyFor(address: URL, environment: Environment): Proxy | undefined {
  const scheme = address.protocol === "http:" ? "http" : "https";
  const names = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`, "all_proxy", "ALL_PROXY"]
    .filter((name) => name !== "HTTP_PROXY" || environment.get("REQUEST_METHOD") === undefined);
  const source = names.find((name) => environment.get(name) !== undefined);
  if (source === undefined) return undefined;
  const exceptions = environment.get("no_proxy") ?? environment.get("NO_PROXY") ?? "";
  if (bypassesProxy(address, exceptions)) return undefined;
  return { url: parseProxy(environment.get(source)!, source), source };
}

/** What a person may see of a proxy: never its password. */
export function describeProxy(url: URL): string {
  const user = url.username === "" ? "" : `${url.username}@`;
  return `${url.protocol}//${user}${url.host}`;
}

/**
 * Whether NO_PROXY's `exceptions` hold for `address`: `*`; a host and what is under it, with or
 * without a dot in front; an IP address; a CIDR block; each with or without a port.
 */
export function bypassesProxy(address: URL, exceptions: string): boolean {
  const host = bareHost(address.hostname);
  const port = address.port || (address.protocol === "http:" ? "80" : "443");
  return exceptions.split(/[\s,]+/).some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const [, name, entryPort] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [, entry, undefined];
  if (entryPort !== undefined && entryPort !== port) return false;
  const wanted = bareHost(name).replace(/^\*?\.+/, "");
  if (wanted === "") return false;
  if (wanted.includes("/")) return inBlock(host, wanted);
  return host === wanted || (!isAddress(host) && host.endsWith(`.${wanted}`));
}

function bareHost(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

function isAddress(host: string): boolean {
  return host.includes(":") || ipv4(host) !== undefined;
}

function ipv4(host: string): number | undefined {
  const parts = host.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && +part < 256)) {
    return undefined;
  }
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function inBlock(host: string, block: string): boolean {
  const [base, bits] = block.split("/");
  const address = ipv4(host);
  const start = ipv4(base);
  if (address === undefined || start === undefined || !/^\d+$/.test(bits) || +bits > 32) {
    return false;
  }
  const size = 2 ** (32 - Number(bits));
  return Math.floor(address / size) === Math.floor(start / size);
}

function parseProxy(text: string, source: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(withScheme)) throw badProxy(source);
  const url = new URL(withScheme);
  registerSecret(url.password);
  registerSecret(safeDecode(url.password));
  if (!["http:", "https:"].includes(url.protocol) || url.hostname === "") throw badProxy(source);
  return url;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function badProxy(source: string): ConfigurationError {
  return new ConfigurationError(`${source} holds no address of an HTTP proxy`, {
    hint: `Write it as http://host:port, or unset ${source}.`,
  });
}
