/**
 * The only reader of the environment for stores.
 *
 * @module
 */
import { homedir } from "node:os";

/** Environment variables and the home folder, so that tests decide both. */
export interface Environment {
  /** The variable's value; undefined when it is unset or empty. */
  get(name: string): string | undefined;
  /** Absolute path of the home folder. */
  readonly home: string;
}

/** The environment of this process, as it was set for it. */
export function processEnvironment(): Environment {
  return {
    get: (name) =>
      name === "no_proxy" && exemption !== undefined
        ? exemption.before || undefined
        : Deno.env.get(name) || undefined,
    home: Deno.env.get("HOME") || Deno.env.get("USERPROFILE") || homedir(),
  };
}

/** What `no_proxy` was before {@link exemptLoopback}; undefined while that has not been needed. */
let exemption: { readonly before: string | undefined } | undefined;

/** Variables that divert curl, which DuckDB's httpfs is made with; it heeds no `HTTP_PROXY`. */
const DIVERTING = ["http_proxy", "all_proxy", "ALL_PROXY"];

/**
 * Keeps native code of this process from sending requests for the loopback interface to a proxy: curl
 * reads `http_proxy` whatever httpfs is told. What Dipper itself reads of the environment stays the same.
 *
 * @see https://curl.se/libcurl/c/CURLOPT_NOPROXY.html
 */
export function exemptLoopback(): void {
  if (exemption !== undefined || !DIVERTING.some((name) => Deno.env.get(name))) return;
  const before = Deno.env.get("no_proxy");
  const exempted = before || Deno.env.get("NO_PROXY") || "";
  if (exempted === "*") return;
  exemption = { before };
  Deno.env.set("no_proxy", exempted === "" ? "127.0.0.1" : `${exempted},127.0.0.1`);
}

/** An environment made of `variables` alone. */
export function environmentOf(
  variables: Readonly<Record<string, string>>,
  home = "/nonexistent",
): Environment {
  return { get: (name) => variables[name] || undefined, home };
}

/** Whether a variable says yes, as AWS tools read it: `true`, in any case. */
export function isTrue(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === "true";
}

/** Every variable of this process, for a process that is started from it. */
export function processVariables(): Record<string, string> {
  return Deno.env.toObject();
}
