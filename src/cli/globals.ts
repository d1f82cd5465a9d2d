/**
 * The flags that every command has, before or after its name.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import type { StoreOptions } from "../store/store.ts";

/** Values of the flags that every command has. */
export interface GlobalFlags {
  readonly profile?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly store: readonly StoreFlag[];
  readonly json: boolean;
  readonly debug: boolean;
  readonly quiet: boolean;
  /** False with `--no-color`. */
  readonly color: boolean;
}

/** `--store lab=profile:climate-*,weather`, understood. */
export interface StoreFlag {
  readonly name: string;
  readonly profile: string;
  readonly buckets: readonly string[];
}

/** What of {@link GlobalFlags} says which stores to use. */
export interface StoreSelection extends StoreOptions {
  readonly stores?: Record<string, StoreOptions>;
}

/** Adds the flags to the program. */
export function addGlobalFlags(program: Command): void {
  program
    .option("--profile <name>", "profile in the AWS files (~/.aws/config, ~/.aws/credentials)")
    .option("--endpoint <url>", "address of the S3 service; none means AWS")
    .option("--region <name>", "region to sign for, such as us-east-1")
    .option(
      "--store <spec>",
      "use a profile as one of several stores, again for each: PROFILE, NAME=PROFILE, " +
        "and which buckets it owns, as in PROFILE:climate-*,weather",
      collectStore,
      [],
    )
    .option("--json", "print JSON: results on standard output, errors on standard error", false)
    .option("--quiet", "no progress, notices or report line on standard error", false)
    .option("--debug", "show the stack of an error", false)
    .option("--no-color", "no colour (as with NO_COLOR, TERM=dumb, or without a terminal)");
}

/**
 * The stores that the flags ask for, for `connect` and the like.
 *
 * @param mfaCode asks for the code of an MFA device, where there is a person to ask
 */
export function storeSelection(
  flags: GlobalFlags,
  mfaCode?: StoreOptions["mfaCode"],
): StoreSelection {
  const asks = mfaCode === undefined ? {} : { mfaCode };
  const stores = Object.fromEntries(
    flags.store.map(({ name, profile, buckets }) => [
      name,
      { profile, ...(buckets.length === 0 ? {} : { buckets }), ...asks },
    ]),
  );
  return {
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
    ...(flags.endpoint === undefined ? {} : { endpoint: flags.endpoint }),
    ...(flags.region === undefined ? {} : { region: flags.region }),
    ...(flags.store.length === 0 ? {} : { stores }),
    ...asks,
  };
}

/** Understands one `--store`, given those before it. */
export function collectStore(spec: string, before: readonly StoreFlag[]): readonly StoreFlag[] {
  const match = /^(?:([^=:]+)=)?([^:=]+)(?::(.+))?$/.exec(spec);
  if (match === null) {
    throw new InvalidArgumentError("Write PROFILE, NAME=PROFILE or NAME=PROFILE:bucket,bucket-*.");
  }
  const [, name = match[2], profile, buckets = ""] = match;
  if (before.some((other) => other.name === name)) {
    throw new InvalidArgumentError(`There are two stores named ${name}.`);
  }
  return [...before, { name, profile, buckets: buckets.split(",").filter((part) => part !== "") }];
}
