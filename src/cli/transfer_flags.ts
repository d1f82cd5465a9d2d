/**
 * The flags that `cp`, `mv` and `sync` have in common, and their summary file.
 *
 * @module
 */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { UsageError } from "../errors.ts";
import type { FailedItem, TransferSummary } from "../objects/transfer/events.ts";
import type { CopyOptions } from "../objects/transfer/options.ts";
import { localFileError } from "./errno.ts";
import type { Invocation } from "./invocation.ts";
import { writeWhole } from "./local_file.ts";

/** Values of those flags. */
export interface TransferFlags {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly dryRun: boolean;
  readonly verbose: boolean;
  readonly raw: boolean;
  readonly fsync: boolean;
  /** False with `--no-clobber`. */
  readonly clobber: boolean;
  readonly ifMatch?: string;
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tag: Readonly<Record<string, string>>;
  readonly storageClass?: string;
  readonly summary?: string;
}

/** Adds them. */
export function addTransferFlags(command: Command): Command {
  return command
    .option("--include <glob>", "only names that match; again for more", collect, [])
    .option("--exclude <glob>", "not names that match; again for more", collect, [])
    .option("-n, --dry-run", "print what would be done, do nothing", false)
    .option("-v, --verbose", "print each name that is done", false)
    .option("--raw", "names are no globs: * ? [ { stand for themselves", false)
    .option("--no-clobber", "leave what exists as it is")
    .option("--if-match <etag>", "only over the object with this ETag")
    .option("--content-type <type>", "instead of the one guessed by the name")
    .option("--cache-control <text>", "how long caches may keep it, such as max-age=3600")
    .option("--content-disposition <text>", "name for browsers, such as attachment")
    .option("--content-encoding <name>", "how the bytes are packed, such as gzip")
    .option("--metadata <name=value>", "user metadata; again for more", collectPair, {})
    .option("--tag <name=value>", "a tag; again for more", collectPair, {})
    .option("--storage-class <name>", "such as STANDARD_IA")
    .option("--fsync", "flush downloads to the disk before they get their names", false)
    .option("--summary <file>", "write what was done and what failed to a JSON file");
}

/** What of the flags the library takes. */
export function copyOptions(flags: TransferFlags, { signal }: Invocation): CopyOptions {
  return {
    signal,
    include: flags.include,
    exclude: flags.exclude,
    dryRun: flags.dryRun,
    literal: flags.raw,
    durable: flags.fsync,
    noClobber: !flags.clobber,
    ifMatch: flags.ifMatch,
    contentType: flags.contentType,
    cacheControl: flags.cacheControl,
    contentDisposition: flags.contentDisposition,
    contentEncoding: flags.contentEncoding,
    storageClass: flags.storageClass,
    ...(Object.keys(flags.metadata).length === 0 ? {} : { metadata: flags.metadata }),
    ...(Object.keys(flags.tag).length === 0 ? {} : { tags: flags.tag }),
  };
}

/** Writes the summary file, where one is asked for. */
export async function writeSummary(
  path: string | undefined,
  summary: TransferSummary,
): Promise<void> {
  if (path === undefined) return;
  await writeWhole(
    path,
    "overwrite",
    (temporary) => Deno.writeTextFile(temporary, JSON.stringify(summary, undefined, 2) + "\n"),
  );
}

/**
 * What failed, from a summary file.
 *
 * @throws {UsageError} when it is none
 */
export async function readFailed(path: string): Promise<readonly FailedItem[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw localFileError(error, "read", path);
  }
  try {
    const { failed } = JSON.parse(text) as { failed: readonly FailedItem[] };
    if (
      failed.every(({ from, action }) => typeof from === "string" && typeof action === "string")
    ) {
      return failed;
    }
  } catch {
    // Told of below.
  }
  throw new UsageError(`${path} is no summary of a transfer`, {
    uri: path,
    hint: "Write one with --summary FILE.",
  });
}

/** Adds one of a flag's several values. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function collectPair(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const match = /^([^=]+)=([^]*)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Write NAME=VALUE.");
  return { ...before, [match[1]]: match[2] };
}
