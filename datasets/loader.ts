/**
 * Puts datasets into a bucket as any client would: PutObject through the store.
 *
 * @module
 */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { throwIfAborted, UnreadableFileError } from "../src/errors.ts";
import { sendTo } from "../src/objects/send.ts";
import type { Store } from "../src/store/store.ts";
import { formatS3Uri } from "../src/store/uri.ts";
import { type Dataset, datasetNamed, datasets, datasetUrl } from "./catalogue.ts";

/** Which datasets, and where to. */
export interface LoadOptions {
  /** Names from the catalogue; all of them when absent. */
  readonly names?: readonly string[];
  /** Put before every key, such as `dipper/`; nothing when absent. */
  readonly prefix?: string;
  readonly signal?: AbortSignal;
  /** Told when a dataset is in the bucket. */
  readonly onFile?: (loaded: LoadedDataset) => void;
}

/** A dataset that is in a bucket. */
export interface LoadedDataset {
  readonly dataset: Dataset;
  readonly key: string;
  /** `s3://bucket/key`. */
  readonly uri: string;
}

/** Uploads at once. */
const UPLOADS = 4;

/**
 * Loads datasets into `bucket`, which exists; what is there under the same keys is replaced.
 *
 * @returns what was loaded, in the order of the catalogue or of `names`
 * @throws {NotFoundError} for an unknown name, or when the bucket does not exist
 * @throws {UnreadableFileError} when a file is not the one that the catalogue describes
 */
export async function loadDatasets(
  store: Store,
  bucket: string,
  options: LoadOptions = {},
): Promise<LoadedDataset[]> {
  const wanted = options.names?.map(datasetNamed) ?? datasets;
  const loaded: LoadedDataset[] = [];
  const waiting = [...wanted.entries()];
  const upload = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, dataset] = next;
      loaded[index] = await loadDataset(store, bucket, dataset, options);
      options.onFile?.(loaded[index]);
    }
  };
  const uploads = await Promise.allSettled(Array.from({ length: UPLOADS }, upload));
  for (const outcome of uploads) if (outcome.status === "rejected") throw outcome.reason;
  return loaded;
}

async function loadDataset(
  store: Store,
  bucket: string,
  dataset: Dataset,
  options: LoadOptions,
): Promise<LoadedDataset> {
  const { signal, prefix = "" } = options;
  throwIfAborted(signal);
  const body = await readDataset(dataset);
  const key = prefix + dataset.key;
  const uri = formatS3Uri({ bucket, key });
  const put = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentType: dataset.contentType,
  });
  await sendTo(
    store,
    { bucket, key, uri, operation: "PutObject" },
    signal,
    (client, sending) => client.send(put, sending),
  );
  return { dataset, key, uri };
}

/**
 * The bytes of a dataset, checked against the catalogue.
 *
 * @throws {UnreadableFileError} when the file is missing or is another one
 */
export async function readDataset(dataset: Dataset): Promise<Uint8Array<ArrayBuffer>> {
  const url = datasetUrl(dataset);
  const bytes = await readBytes(url, dataset);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  if (digest.toHex() === dataset.sha256) return bytes;
  throw new UnreadableFileError(`${dataset.key} is not the file that the catalogue describes`, {
    uri: url.href,
    hint: "Take it from the repository again: git checkout datasets/data",
  });
}

/** Beside this module: on disk in a checkout, behind HTTP when the module was imported from there. */
async function readBytes(url: URL, dataset: Dataset): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (url.protocol === "file:") return await Deno.readFile(url);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    return new Uint8Array(await answer.arrayBuffer());
  } catch (cause) {
    throw new UnreadableFileError(`the dataset ${dataset.name} could not be read`, {
      cause,
      uri: url.href,
      hint: "datasets/data must be beside datasets/loader.ts.",
    });
  }
}
