/**
 * `dipper ls`: buckets, and what is in one.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { NotFoundError, UsageError } from "../../errors.ts";
import type { ObjectEntry, PrefixEntry } from "../../objects/list.ts";
import type { VersionEntry } from "../../objects/versions/list.ts";
import type { StoreSet } from "../../store/store_set.ts";
import { examples, type Run } from "../command.ts";
import type { Invocation } from "../invocation.ts";
import { JsonArray } from "../json_array.ts";
import { dateText, Lines } from "../lines.ts";
import { type CommandTarget, openTarget } from "../target.ts";

interface LsFlags {
  readonly recursive: boolean;
  readonly buckets: boolean;
  readonly human: boolean;
  readonly bytes: boolean;
  readonly summarize: boolean;
  readonly versions: boolean;
}

/** Adds the command. */
export function registerLs(program: Command, run: Run): void {
  program.command("ls")
    .summary("list buckets, or objects in a bucket")
    .description(
      "Lists the buckets, or the objects and prefixes (PRE) under an address or of a pattern. " +
        "Without an address: the default bucket (DIPPER_BUCKET, or dipper_bucket in the profile) " +
        "if there is one, else the buckets. Names are relative to the address, times are UTC; " +
        "--json has whole keys, exact sizes and ETags.",
    )
    .argument(
      "[uri]",
      "s3://BUCKET[/PREFIX], a pattern such as s3://BUCKET/year=*/**.parquet (in quotes), or a " +
        "prefix in the default bucket",
    )
    .option("-r, --recursive", "all objects below, not one level", false)
    .addOption(
      new Option("--human", "sizes with units: how they are shown unless told").default(false)
        .conflicts("bytes"),
    )
    .option("--bytes", "exact sizes", false)
    .option("--summarize", "end with how much it is; with --json, that alone", false)
    .option("--versions", "every version of every object, and delete markers", false)
    .option("--buckets", "list the buckets, even when there is a default bucket", false)
    .addHelpText(
      "after",
      examples(
        "dipper ls",
        "dipper ls s3://demo",
        "dipper ls s3://demo --recursive --summarize",
        "dipper ls 's3://demo/**.parquet' --bytes",
        "dipper ls s3://demo --json",
      ),
    )
    .action(run(async (invocation, uri: string | undefined, flags: LsFlags) => {
      const { StoreSet } = await import("../../store/store_set.ts");
      const stores = await StoreSet.resolve(invocation.storeOptions());
      const wantsBuckets = flags.buckets || uri === "s3://" ||
        (uri === undefined && stores.default?.bucket === undefined);
      if (wantsBuckets) await listAllBuckets(invocation, stores);
      else await listUnder(invocation, uri ?? "", flags);
    }));
}

async function listAllBuckets(invocation: Invocation, stores: StoreSet): Promise<void> {
  const { listBuckets } = await import("../../objects/list.ts");
  const { visible } = await import("../../show/visible.ts");
  const { host, style, flags } = invocation;
  const json = flags.json ? new JsonArray(host.stdout) : undefined;
  const width = Math.max(...stores.all.map(({ name }) => name.length));
  let count = 0;
  for (const store of stores.all) {
    const owner = stores.all.length > 1 ? `  ${style.dim(store.name.padEnd(width))}` : "";
    for (const { name, created } of await listBuckets(store, invocation.signal)) {
      count++;
      const shown = host.stdout.isTerminal ? visible(name) : name;
      if (json !== undefined) await json.add({ name, created, store: store.name });
      else await invocation.print(`${dateText(created)}${owner}  ${shown}\n`);
    }
  }
  await json?.end();
  if (count === 0) invocation.notice("these credentials have no buckets");
}

/** What there is under an address, in the form of one line or one JSON value each. */
type Listed = ObjectEntry | PrefixEntry | VersionEntry;

async function listUnder(invocation: Invocation, uri: string, flags: LsFlags): Promise<void> {
  const { isGlob } = await import("../../objects/browse/glob.ts");
  const { explainFailure } = await import("../../objects/explain.ts");
  const target = await openTarget(invocation, uri, "any");
  try {
    const pattern = isGlob(target.key);
    if (pattern && flags.versions) {
      throw new UsageError("--versions takes a prefix, not a pattern", {
        hint: "Name the folder of the pattern.",
      });
    }
    const prefix = pattern ? patternPrefix(target.key) : await folderPrefix(target);
    const counted = count(await entriesOf(target, prefix, pattern, flags));
    const total = counted.total;
    const jsonEntries = invocation.flags.json && !flags.summarize;
    if (jsonEntries) await printJson(invocation, counted, target, prefix);
    else await printLines(invocation, counted, prefix, flags);
    const isEmpty = total.objects + total.prefixes + total.versions + total.markers === 0;
    if (isEmpty && target.key !== "") throw nothingUnder(target);
    if (flags.summarize) await printSummary(invocation, total, flags);
    else if (isEmpty) invocation.notice(`${target.uri} is empty`);
    else await noteTotal(invocation, total);
  } catch (error) {
    throw await explainFailure(target.store, error, target.signal);
  }
}

async function entriesOf(
  { store, bucket, key, signal }: CommandTarget,
  prefix: string,
  pattern: boolean,
  flags: LsFlags,
): Promise<AsyncIterable<Listed>> {
  if (flags.versions) {
    const { listVersions } = await import("../../objects/versions/list.ts");
    return listVersions(store, bucket, { prefix, signal });
  }
  const { walkGlob, walkPrefix } = await import("../../objects/browse/walk.ts");
  if (pattern) return walkGlob(store, bucket, key, { signal });
  if (flags.recursive) return walkPrefix(store, bucket, prefix, { signal });
  const { listObjects } = await import("../../objects/list.ts");
  return listObjects(store, bucket, { prefix, delimiter: "/", signal });
}

/** The folder that a pattern's matches are all in. */
function patternPrefix(pattern: string): string {
  return /^[^*?[{\\]*\//.exec(pattern)?.[0] ?? "";
}

/** `raw` means what is in `raw/`, unless there is more that begins so, as in a file system. */
async function folderPrefix({ store, bucket, key, signal }: CommandTarget): Promise<string> {
  if (key === "" || key.endsWith("/")) return key;
  const { listObjects } = await import("../../objects/list.ts");
  const options = { prefix: key, delimiter: "/", limit: 2, signal };
  const first: string[] = [];
  for await (const entry of listObjects(store, bucket, options)) {
    first.push(entry.kind === "prefix" ? entry.prefix : entry.key);
  }
  return first.length === 1 && first[0] === `${key}/` ? `${key}/` : key;
}

interface Total {
  objects: number;
  prefixes: number;
  versions: number;
  markers: number;
  bytes: number;
}

interface Counted {
  readonly entries: AsyncIterable<Listed>;
  /** Complete when the entries are used up. */
  readonly total: Total;
}

function count(entries: AsyncIterable<Listed>): Counted {
  const total: Total = { objects: 0, prefixes: 0, versions: 0, markers: 0, bytes: 0 };
  async function* counting() {
    for await (const entry of entries) {
      if ("versionId" in entry) total[entry.isMarker ? "markers" : "versions"]++;
      else if (entry.kind === "prefix") total.prefixes++;
      else total.objects++;
      if ("size" in entry) total.bytes += entry.size;
      yield entry;
    }
  }
  return { entries: counting(), total };
}

async function printJson(
  invocation: Invocation,
  { entries, total }: Counted,
  { bucket, key }: CommandTarget,
  prefix: string,
): Promise<void> {
  const { formatS3Uri } = await import("../../store/uri.ts");
  const json = new JsonArray(invocation.host.stdout);
  for await (const entry of entries) {
    const name = "prefix" in entry ? entry.prefix : entry.key;
    await json.add({ ...entry, uri: formatS3Uri({ bucket, key: name }) });
  }
  const any = total.objects + total.prefixes + total.versions + total.markers > 0;
  if (any || (key === "" && prefix === "")) await json.end();
}

const SIZE = 9;
/** Width of date and size. */
const LEAD = 17 + 2 + SIZE;

async function printLines(
  invocation: Invocation,
  { entries }: Counted,
  prefix: string,
  flags: LsFlags,
): Promise<void> {
  const { visible } = await import("../../show/visible.ts");
  const { formatBytes } = await import("../../show/human.ts");
  const { style, host } = invocation;
  const base = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const sizeText = (bytes: number) =>
    flags.bytes ? String(bytes).padStart(SIZE + 4) : formatBytes(bytes).padStart(SIZE);
  const lead = flags.bytes ? LEAD + 4 : LEAD;
  const shown = (name: string) => {
    const relative = name.slice(base.length) || name;
    return host.stdout.isTerminal ? visible(relative) : relative;
  };
  const silent = flags.summarize && invocation.flags.json;
  const lines = new Lines(invocation);
  for await (const entry of entries) {
    if (silent) continue;
    if ("versionId" in entry) {
      const size = entry.isMarker ? "deleted".padStart(sizeText(0).length) : sizeText(entry.size);
      const latest = entry.isLatest ? "*" : " ";
      await lines.add(
        `${dateText(entry.lastModified)}  ${size} ${latest}${entry.versionId}  ${shown(entry.key)}`,
      );
    } else if (entry.kind === "prefix") {
      await lines.add(`${"PRE".padStart(lead)}  ${style.bold(shown(entry.prefix))}`);
    } else {
      await lines.add(
        `${dateText(entry.lastModified)}  ${sizeText(entry.size)}  ${shown(entry.key)}`,
      );
    }
  }
  await lines.end();
}

async function totalText(total: Total, flags?: LsFlags): Promise<string> {
  const { formatBytes, formatCount, formatQuantity } = await import("../../show/human.ts");
  const { objects, prefixes, versions, markers, bytes } = total;
  const size = flags?.bytes ? `${formatCount(bytes)} bytes` : formatBytes(bytes);
  const parts = [
    ...(versions === 0 ? [] : [formatQuantity(versions, "version")]),
    ...(markers === 0 ? [] : [formatQuantity(markers, "delete marker")]),
    ...(objects === 0 && prefixes + versions + markers > 0
      ? []
      : [formatQuantity(objects, "object")]),
    ...(objects + versions === 0 && prefixes > 0 ? [] : [size]),
    ...(prefixes === 0 ? [] : [formatQuantity(prefixes, "prefix", "prefixes")]),
  ];
  return parts.join(" · ");
}

async function printSummary(invocation: Invocation, total: Total, flags: LsFlags): Promise<void> {
  if (invocation.flags.json) return await invocation.printJson(total);
  await invocation.print(`${await totalText(total, flags)}\n`);
}

/** For a person: how much it was. */
async function noteTotal({ host, flags, errorStyle }: Invocation, total: Total): Promise<void> {
  if (!host.stderr.isTerminal || flags.quiet || flags.json) return;
  await host.stderr.write(errorStyle.dim(await totalText(total)) + "\n");
}

function nothingUnder({ bucket, key, uri }: CommandTarget): NotFoundError {
  return new NotFoundError("key", `there is nothing under ${uri}`, {
    bucket,
    key,
    uri,
    hint: `See what the bucket has: dipper ls s3://${bucket}`,
  });
}
