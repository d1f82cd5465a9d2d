/**
 * `dipper ls`: buckets, and what is in one.
 *
 * @module
 */
import type { Command } from "commander";
import { NotFoundError } from "../../errors.ts";
import type { ObjectEntry, PrefixEntry } from "../../objects/list.ts";
import type { StoreSet } from "../../store/store_set.ts";
import type { Store } from "../../store/store.ts";
import { formatS3Uri, resolveS3Uri, type S3Location } from "../../store/uri.ts";
import { examples, type Run } from "../command.ts";
import type { Invocation } from "../invocation.ts";
import { JsonArray } from "../json_array.ts";

interface LsFlags {
  readonly recursive: boolean;
  readonly buckets: boolean;
}

/** Adds the command. */
export function registerLs(program: Command, run: Run): void {
  program.command("ls")
    .summary("list buckets, or objects in a bucket")
    .description(
      "Lists the buckets, or the objects and prefixes (PRE) under an address. Without an address: " +
        "the default bucket (DIPPER_BUCKET, or dipper_bucket in the profile) if there is one, " +
        "else the buckets. Names are relative to the address, times are UTC; --json has whole " +
        "keys, exact sizes and ETags.",
    )
    .argument("[uri]", "s3://BUCKET[/PREFIX], or a prefix in the default bucket")
    .option("-r, --recursive", "all objects below, not one level", false)
    .option("--buckets", "list the buckets, even when there is a default bucket", false)
    .addHelpText(
      "after",
      examples(
        "dipper ls",
        "dipper ls s3://demo",
        "dipper ls s3://demo --recursive",
        "dipper ls s3://demo --json",
      ),
    )
    .action(run(async (invocation, uri: string | undefined, flags: LsFlags) => {
      const { StoreSet } = await import("../../store/store_set.ts");
      const stores = await StoreSet.resolve(invocation.storeOptions());
      const wantsBuckets = flags.buckets || uri === "s3://" ||
        (uri === undefined && stores.default?.bucket === undefined);
      if (wantsBuckets) await listAllBuckets(invocation, stores);
      else await listUnder(invocation, stores, uri ?? "", flags);
    }));
}

async function listAllBuckets(invocation: Invocation, stores: StoreSet): Promise<void> {
  const { listBuckets } = await import("../../objects/list.ts");
  const { visible } = await import("../../show/text.ts");
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

async function listUnder(
  invocation: Invocation,
  stores: StoreSet,
  uri: string,
  flags: LsFlags,
): Promise<void> {
  const { listObjects } = await import("../../objects/list.ts");
  const { explainFailure } = await import("../../objects/explain.ts");
  const { signal } = invocation;
  const location = resolveS3Uri(uri, stores.default?.bucket);
  const store = await stores.storeFor(location.bucket, signal);
  try {
    const prefix = await folderPrefix(store, location, signal);
    const entries = listObjects(store, location.bucket, {
      prefix,
      ...(flags.recursive ? {} : { delimiter: "/" }),
      signal,
    });
    const print = invocation.flags.json ? printJson : printLines;
    const total = await print(invocation, counted(entries), {
      bucket: location.bucket,
      key: prefix,
    });
    if (total.objects + total.prefixes > 0) await printTotal(invocation, total);
    else if (location.key === "") invocation.notice(`${formatS3Uri(location)} is empty`);
    else throw nothingUnder(location);
  } catch (error) {
    throw await explainFailure(store, error, signal);
  }
}

/** `raw` means what is in `raw/`, unless there is more that begins so, as in a file system. */
async function folderPrefix(
  store: Store,
  { bucket, key }: S3Location,
  signal: AbortSignal,
): Promise<string> {
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
  bytes: number;
}

interface Counted {
  readonly entries: AsyncIterable<ObjectEntry | PrefixEntry>;
  /** Complete when the entries are used up. */
  readonly total: Total;
}

function counted(entries: AsyncIterable<ObjectEntry | PrefixEntry>): Counted {
  const total: Total = { objects: 0, prefixes: 0, bytes: 0 };
  async function* count() {
    for await (const entry of entries) {
      if (entry.kind === "prefix") total.prefixes++;
      else {
        total.objects++;
        total.bytes += entry.size;
      }
      yield entry;
    }
  }
  return { entries: count(), total };
}

async function printJson(
  invocation: Invocation,
  { entries, total }: Counted,
  { bucket, key }: S3Location,
): Promise<Total> {
  const json = new JsonArray(invocation.host.stdout);
  for await (const entry of entries) {
    const uri = formatS3Uri({ bucket, key: entry.kind === "prefix" ? entry.prefix : entry.key });
    await json.add({ ...entry, uri });
  }
  if (total.objects + total.prefixes > 0 || key === "") await json.end();
  return total;
}

const SIZE = 9;
/** Width of date and size. */
const LEAD = 17 + 2 + SIZE;
/** A write for each of a million lines is slow. */
const WRITE_AT = 16_384;

async function printLines(
  invocation: Invocation,
  { entries, total }: Counted,
  { key }: S3Location,
): Promise<Total> {
  const { visible } = await import("../../show/text.ts");
  const { formatBytes } = await import("../../show/human.ts");
  const { style, host } = invocation;
  const base = key.slice(0, key.lastIndexOf("/") + 1);
  const shown = (name: string) => {
    const relative = name.slice(base.length) || name;
    return host.stdout.isTerminal ? visible(relative) : relative;
  };
  let text = "";
  for await (const entry of entries) {
    text += entry.kind === "prefix"
      ? `${"PRE".padStart(LEAD)}  ${style.bold(shown(entry.prefix))}\n`
      : `${dateText(entry.lastModified)}  ${formatBytes(entry.size).padStart(SIZE)}  ` +
        `${shown(entry.key)}\n`;
    if (text.length < WRITE_AT) continue;
    await invocation.print(text);
    text = "";
  }
  if (text !== "") await invocation.print(text);
  return total;
}

/** For a person: how much it was. */
async function printTotal({ host, flags, errorStyle }: Invocation, total: Total): Promise<void> {
  if (!host.stderr.isTerminal || flags.quiet || flags.json) return;
  const { formatBytes, formatQuantity } = await import("../../show/human.ts");
  const { objects, prefixes, bytes } = total;
  const parts = [
    ...(objects === 0 ? [] : [`${formatQuantity(objects, "object")}, ${formatBytes(bytes)}`]),
    ...(prefixes === 0 ? [] : [formatQuantity(prefixes, "prefix", "prefixes")]),
  ];
  await host.stderr.write(errorStyle.dim(parts.join(" · ")) + "\n");
}

function nothingUnder({ bucket, key }: S3Location): NotFoundError {
  const uri = formatS3Uri({ bucket, key });
  return new NotFoundError("key", `there is nothing under ${uri}`, {
    bucket,
    key,
    uri,
    hint: `See what the bucket has: dipper ls s3://${bucket}`,
  });
}

/** `2026-11-21 10:20Z`, as wide when it is not known. */
function dateText(date: Date | undefined): string {
  return date === undefined
    ? "-".padEnd(17)
    : `${date.toISOString().slice(0, 16).replace("T", " ")}Z`;
}
