/**
 * `dipper cache show`.
 *
 * @module
 */
import { cachedObjects, showCache } from "../../range/cache/manage.ts";
import { type PulledPrefix, pulledPrefixes } from "../../range/cache/pulled.ts";
import { formatBytes, formatQuantity } from "../../show/human.ts";
import { visible } from "../../show/text.ts";
import { formatS3Uri } from "../../store/uri.ts";
import type { Invocation } from "../invocation.ts";

/** Shows the folder, how full it is, what of which bucket it has, what was pulled. */
export async function showCacheCommand(invocation: Invocation): Promise<void> {
  const { cacheDirectory, cacheSize, cacheEnabled } = invocation.host.settings;
  const { signal, style } = invocation;
  const contents = await showCache(cacheDirectory, { signal });
  const pulled = await pulledState(cacheDirectory, signal);
  if (invocation.flags.json) {
    const { folder, ...rest } = contents;
    return await invocation.printJson({
      folder: folder ?? null,
      directory: cacheDirectory,
      enabled: cacheEnabled,
      size: cacheSize,
      ...rest,
      pulled,
    });
  }
  const percent = cacheSize === 0 ? 0 : Math.round(100 * contents.bytes / cacheSize);
  await invocation.print(
    `${style.bold(visible(cacheDirectory))}${cacheEnabled ? "" : " (off: DIPPER_CACHE)"}\n` +
      `  ${formatBytes(contents.bytes)} of ${formatBytes(cacheSize)} (${percent} %), ` +
      `${formatQuantity(contents.objects, "object")}, ` +
      `${formatBytes(contents.indexBytes)} of it footers and headers\n`,
  );
  for (const { store, bucket, objects, bytes } of contents.buckets) {
    await invocation.print(
      `  ${formatBytes(bytes).padStart(9)}  ${formatQuantity(objects, "object")}  ` +
        `s3://${visible(bucket)} ${style.dim(`at ${visible(store)}`)}\n`,
    );
  }
  for (const { uri, objects, bytes, cached, pulled: when } of pulled) {
    const state = cached === bytes ? "complete" : `${formatBytes(bytes - cached)} no longer there`;
    await invocation.print(
      `  pulled ${when.toISOString().slice(0, 16).replace("T", " ")}Z  ${visible(uri)}  ` +
        `${formatQuantity(objects, "object")}, ${formatBytes(bytes)}, ${state}\n`,
    );
  }
  if (contents.damaged > 0) {
    invocation.notice(`${formatQuantity(contents.damaged, "file")} damaged: dipper cache check`);
  }
}

/** What of each pulled prefix is still there. */
async function pulledState(directory: string, signal: AbortSignal) {
  const prefixes = await pulledPrefixes(directory);
  if (prefixes.length === 0) return [];
  const { objects } = await cachedObjects(directory, { signal });
  const covered = new Map(
    objects.filter(({ versionId }) => versionId === undefined)
      .map((each) => [nameOf(each, each), each.covered]),
  );
  const stateOf = (prefix: PulledPrefix) => ({
    uri: formatS3Uri({ bucket: prefix.bucket, key: prefix.prefix }),
    store: prefix.store,
    pulled: prefix.pulled,
    objects: prefix.objects.length,
    bytes: prefix.objects.reduce((sum, { size }) => sum + size, 0),
    cached: prefix.objects.reduce(
      (sum, each) => sum + Math.min(each.size, covered.get(nameOf(prefix, each)) ?? 0),
      0,
    ),
  });
  return prefixes.map(stateOf).sort((a, b) => a.uri < b.uri ? -1 : 1);
}

function nameOf(
  { store, principal, bucket }: Pick<PulledPrefix, "store" | "principal" | "bucket">,
  { key, etag }: { readonly key: string; readonly etag: string },
): string {
  return JSON.stringify([store, principal, bucket, key, etag]);
}
