/**
 * The layers through which objects are read, as one interface: what any of them owes its caller.
 *
 * @module
 */
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { Agent } from "node:http";
import { isDipperError } from "../../src/errors.ts";
import type { ClientKind } from "../../src/gateway/client.ts";
import { GatewayServer } from "../../src/gateway/server.ts";
import { listPages } from "../../src/objects/list.ts";
import type { BlockCache } from "../../src/range/block_cache.ts";
import { NO_CACHE } from "../../src/range/no_cache.ts";
import { type ByteRange, rangeHeader } from "../../src/range/range.ts";
import { RangeReader } from "../../src/range/reader.ts";
import { readBuffer } from "../../src/range/source.ts";
import { closeClients } from "../../src/store/client.ts";
import { environmentOf } from "../../src/store/environment.ts";
import type { StoreOptions } from "../../src/store/store.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { openIn } from "../range/cache/support.ts";

/** One object, opened. */
export interface OpenedObject {
  readonly size: number;
  /** Without the quotes. */
  readonly etag: string | undefined;
  /** The bytes of `range`, cut at the object's end. */
  read(range: ByteRange): Promise<Uint8Array>;
}

/** An entry of a listing. */
export interface Listed {
  readonly key: string;
  readonly size: number;
  readonly etag: string | undefined;
}

/** A page of a listing. */
export interface ListedPage {
  readonly objects: readonly Listed[];
  readonly prefixes: readonly string[];
}

/** How a read failed, in one word for all layers. */
export type Failure = "not found" | "changed" | "other";

/** A way to the objects of one bucket. */
export interface Layer extends AsyncDisposable {
  open(key: string, versionId?: string): Promise<OpenedObject>;
  /** Another bucket, for what is not there. */
  openIn(bucket: string, key: string): Promise<OpenedObject>;
  pages(options: { prefix?: string; delimiter?: string }): AsyncIterable<ListedPage>;
  failureOf(error: unknown): Failure;
  /** A new piece of work begins: what was known of objects is asked for again. */
  begin(): void;
}

/** Names of all layers. */
export const LAYERS = [
  "the reader",
  "the reader with a cache in memory",
  "the reader with a cache on disk",
  "the gateway, as a statement",
  "the gateway, as a tool",
  "the gateway without a cache",
] as const;

export type LayerName = typeof LAYERS[number];

/** Opens a layer over the store that `options` name. */
export async function openLayer(
  name: LayerName,
  options: StoreOptions,
  bucket: string,
): Promise<Layer> {
  const stores = await StoreSet.resolve(options, environmentOf({}));
  const folder = await Deno.makeTempDir({ prefix: "dipper-contract-" });
  const cache = await cacheFor(name, folder);
  const layer = name.startsWith("the reader")
    ? readerLayer(stores, cache, bucket)
    : gatewayLayer(stores, cache, bucket, name.includes("statement") ? "statement" : "tool");
  return {
    ...layer,
    async [Symbol.asyncDispose]() {
      await layer[Symbol.asyncDispose]();
      await cache.settled();
      closeClients(stores.default!);
      stores.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function cacheFor(name: LayerName, folder: string): Promise<BlockCache> {
  switch (name) {
    case "the reader":
    case "the gateway without a cache":
      return NO_CACHE;
    case "the reader with a cache in memory":
      return await openIn(folder, { disk: "off" });
    default:
      return await openIn(folder, { memory: 0 });
  }
}

function readerLayer(stores: StoreSet, cache: BlockCache, bucket: string): Layer {
  const store = stores.default!;
  const reader = new RangeReader({ cache });
  const open = async (within: string, key: string, versionId?: string): Promise<OpenedObject> => {
    const source = await reader.open(store, { bucket: within, key }, { versionId });
    const { size, etag } = source;
    return { size, etag, read: (range) => readBuffer(source, range) };
  };
  return {
    open: (key, versionId) => open(bucket, key, versionId),
    openIn: open,
    async *pages(asked) {
      for await (const { entries } of listPages(store, bucket, asked)) {
        yield {
          objects: entries.filter((entry) => entry.kind === "object"),
          prefixes: entries.flatMap((entry) => entry.kind === "prefix" ? [entry.prefix] : []),
        };
      }
    },
    failureOf: (error) =>
      isDipperError(error, "key_not_found", "bucket_not_found")
        ? "not found"
        : isDipperError(error, "object_changed")
        ? "changed"
        : "other",
    begin: () => {},
    [Symbol.asyncDispose]: () => Promise.resolve(reader.close()),
  };
}

function gatewayLayer(
  stores: StoreSet,
  cache: BlockCache,
  bucket: string,
  kind: ClientKind,
): Layer {
  const gateway = new GatewayServer({ stores, cache });
  const client = new S3Client({
    endpoint: gateway.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: gateway.issueKey("contract", { kind }),
    maxAttempts: 1,
    requestHandler: { httpAgent: new Agent({ keepAlive: false }) },
  });
  const open = async (within: string, key: string, versionId?: string): Promise<OpenedObject> => {
    const at = { Bucket: within, Key: key, VersionId: versionId };
    const head = await client.send(new HeadObjectCommand(at));
    const size = head.ContentLength ?? 0;
    return {
      size,
      etag: bare(head.ETag),
      read: async (range) => {
        if (isEmptyOf(range, size)) return new Uint8Array();
        const answer = await client.send(
          new GetObjectCommand({ ...at, Range: rangeHeader(range), IfMatch: head.ETag }),
        );
        return await answer.Body!.transformToByteArray();
      },
    };
  };
  return {
    open: (key, versionId) => open(bucket, key, versionId),
    openIn: open,
    async *pages({ prefix, delimiter }) {
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            Delimiter: delimiter,
            MaxKeys: 3,
            ContinuationToken: token,
          }),
        );
        yield {
          objects: (page.Contents ?? []).map(({ Key, Size, ETag }) => ({
            key: Key!,
            size: Size!,
            etag: bare(ETag),
          })),
          prefixes: (page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
        };
        token = page.NextContinuationToken;
      } while (token !== undefined);
    },
    failureOf: (error) => {
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata
        ?.httpStatusCode;
      return status === 404 ? "not found" : status === 412 ? "changed" : "other";
    },
    begin: () => gateway.forget("contract"),
    async [Symbol.asyncDispose]() {
      client.destroy();
      await gateway.close();
    },
  };
}

/** A range without bytes cannot be said in a header. */
function isEmptyOf(range: ByteRange, size: number): boolean {
  if (size === 0) return true;
  if (range.kind !== "from" && range.length === 0) return true;
  return range.kind !== "suffix" && range.offset >= size;
}

function bare(etag: string | undefined): string | undefined {
  return etag?.replace(/^"|"$/g, "");
}
