/**
 * What is taken over from another tool's file, and how such a file is found and read.
 *
 * @module
 */
import { ConfigurationError } from "../../errors.ts";
import { modeOf, readIfPresent } from "../atomic_file.ts";
import { isAws } from "../endpoint.ts";
import type { ProfileSettings } from "../profiles.ts";

/** One set of settings found in another tool's file. */
export interface ImportedProfile {
  /** Proposed name, good for a profile. */
  readonly profile: string;
  /** What it is called in the file, such as the remote's name. */
  readonly from: string;
  readonly settings: ProfileSettings;
  /** What a person should know, a sentence each. */
  readonly warnings: readonly string[];
}

/** What was found in a file. */
export interface Imported {
  readonly path: string;
  readonly profiles: readonly ImportedProfile[];
  /** What the file holds besides, and why it is left. */
  readonly skipped: readonly { readonly from: string; readonly reason: string }[];
  /** About the file as a whole. */
  readonly warnings: readonly string[];
}

/** A tool's file, read. */
export interface ToolFile {
  readonly path: string;
  readonly text: string;
  readonly warnings: readonly string[];
}

/**
 * Reads the first of `paths` that exists.
 *
 * @param looseBits permission bits that call for a warning, such as `0o077`
 * @throws {ConfigurationError} when none exists
 */
export async function readToolFile(
  tool: string,
  paths: readonly string[],
  looseBits: (path: string) => number,
): Promise<ToolFile> {
  for (const path of paths) {
    const bytes = await readIfPresent(path);
    if (bytes === undefined) continue;
    const loose = (await modeOf(path) ?? 0) & looseBits(path);
    const warnings = loose === 0 || Deno.build.os === "windows"
      ? []
      : [`${path} holds secrets and others may read it: chmod 600 ${path}`];
    return { path, text: new TextDecoder().decode(bytes).replace(/^\uFEFF/, ""), warnings };
  }
  throw new ConfigurationError(`no file of ${tool} at ${paths.join(" or ")}`, {
    hint: "Give its path if it is elsewhere, or configure without --from.",
  });
}

/** `s3.lab.example` → `https://s3.lab.example`; a scheme that is there stays. */
export function withScheme(address: string, scheme: "http" | "https"): string {
  const text = address.replace(/\/+$/, "");
  return /^https?:\/\//i.test(text) ? text : `${scheme}://${text}`;
}

/** Whether an address is one of AWS itself, which needs no endpoint. */
export function isAmazon(address: string): boolean {
  const url = withScheme(address, "https");
  return URL.canParse(url) && isAws(new URL(url));
}

/** The settings without those that are absent. */
export function present(settings: { [K in keyof ProfileSettings]: ProfileSettings[K] | "" }) {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined && value !== ""),
  ) as ProfileSettings;
}
