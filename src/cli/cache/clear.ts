/**
 * `dipper cache clear`.
 *
 * @module
 */
import { CancelledError, UsageError } from "../../errors.ts";
import { forgetHeads } from "../../gateway/kept_heads.ts";
import { cachedObjects, clearCache } from "../../range/cache/manage.ts";
import { forgetPulled, pulledPrefixes } from "../../range/cache/pulled.ts";
import { formatBytes, formatQuantity } from "../../show/human.ts";
import { formatS3Uri } from "../../store/uri.ts";
import type { ClearFlags } from "../commands/cache.ts";
import type { Invocation } from "../invocation.ts";

/** Removes what the flags say, once a person or `--yes` has agreed. */
export async function clearCacheCommand(invocation: Invocation, flags: ClearFlags): Promise<void> {
  const { bucket, prefix } = flags;
  if (prefix !== undefined && bucket === undefined) {
    throw new UsageError("a prefix is one of a bucket", { hint: "Name it: --bucket NAME." });
  }
  const { signal, prompt, host } = invocation;
  const directory = host.settings.cacheDirectory;
  const selection = { bucket, prefix };
  const matches = (each: { readonly bucket: string; readonly key: string }) =>
    (bucket === undefined || each.bucket === bucket) && each.key.startsWith(prefix ?? "");
  if (!flags.yes) {
    if (!prompt.interactive) {
      throw new UsageError("clearing the cache needs a yes", { hint: "Add --yes." });
    }
    const objects = (await cachedObjects(directory, { signal })).objects.filter(matches);
    const bytes = objects.reduce((sum, { disk }) => sum + disk.index + disk.bulk, 0);
    const what = bucket === undefined ? directory : formatS3Uri({ bucket, key: prefix ?? "" });
    const question = `Remove ${formatQuantity(objects.length, "object")}, ${formatBytes(bytes)}, ` +
      `of ${what}`;
    if (!await prompt.confirm(question)) throw new CancelledError("nothing was removed");
  }
  const removed = await clearCache(directory, selection, { signal });
  await forgetHeads(directory, matches);
  for (const pulled of await pulledPrefixes(directory)) {
    // A pull of which anything is gone is none any more.
    const isTouched = matches({ bucket: pulled.bucket, key: pulled.prefix }) ||
      pulled.objects.some(({ key }) => matches({ bucket: pulled.bucket, key }));
    if (isTouched) await forgetPulled(directory, pulled);
  }
  if (invocation.flags.json) return await invocation.printJson(removed);
  await invocation.print(
    `removed ${formatQuantity(removed.objects, "object")}, ${formatBytes(removed.bytes)}\n`,
  );
}
