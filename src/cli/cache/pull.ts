/**
 * `dipper cache pull`.
 *
 * @module
 */
import { NotFoundError } from "../../errors.ts";
import { explainFailure } from "../../objects/explain.ts";
import { planPull, pull } from "../../objects/pull.ts";
import { formatBytes, formatQuantity } from "../../show/human.ts";
import { StoreSet } from "../../store/store_set.ts";
import { formatS3Uri, resolveS3Uri } from "../../store/uri.ts";
import type { Invocation } from "../invocation.ts";
import { showProgress } from "../progress.ts";

/** Fills the cache with all that is under `uri`. */
export async function pullCommand(invocation: Invocation, uri: string): Promise<void> {
  const { signal, host, flags } = invocation;
  const stores = await StoreSet.resolve(invocation.storeOptions());
  const location = resolveS3Uri(uri, stores.default?.bucket);
  const store = await stores.storeFor(location.bucket, signal);
  using progress = showProgress(invocation);
  const options = { settings: host.settings, signal, notice: invocation.notice };
  try {
    const plan = await planPull(store, location, options);
    if (plan.objects.length + plan.unkept.length === 0) throw nothingUnder(location);
    if (!flags.json) {
      invocation.notice(
        `${formatQuantity(plan.objects.length, "object")}, ${formatBytes(plan.bytes)}, of which ` +
          `${formatBytes(plan.cached)} are there already`,
      );
    }
    const pulled = await pull(plan, {
      ...options,
      onProgress: (bytes) => progress.fraction(plan.bytes === 0 ? 1 : bytes / plan.bytes),
    });
    progress.clear();
    if (flags.json) return await invocation.printJson({ uri: formatS3Uri(location), ...pulled });
    await invocation.print(
      `${formatS3Uri(location)} is in the cache: ${formatQuantity(pulled.objects, "object")}, ` +
        `${formatBytes(pulled.bytes)}, ${formatBytes(pulled.received)} fetched. ` +
        "DIPPER_OFFLINE=on reads it without a request.\n",
    );
  } catch (error) {
    throw await explainFailure(store, error, signal);
  } finally {
    stores.close();
  }
}

function nothingUnder(location: { readonly bucket: string; readonly key: string }): NotFoundError {
  const uri = formatS3Uri(location);
  return new NotFoundError("key", `there is nothing under ${uri}`, {
    ...location,
    uri,
    hint: `See what the bucket has: dipper ls s3://${location.bucket}`,
  });
}
