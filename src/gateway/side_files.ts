/**
 * Files that SQLite and GDAL look for beside the one that they open: a journal, a write-ahead log, metadata
 * under half a dozen names, one after the other. One listing says which of them there are.
 *
 * @module
 */
import { DipperError } from "../errors.ts";
import { type Exchange, parameter } from "./exchange.ts";
import { listedFacts } from "./listing.ts";
import { memoryName } from "./object_memory.ts";
import { S3Refusal } from "./refusal.ts";
import { EMPTY_HASH } from "./sigv4.ts";
import { textOf } from "./xml.ts";

/** A side file's name: that of the file that it belongs to, and an ending. */
const SIDE_FILE = /^(.*[^/]\.[^/.]+)(?:-journal|-wal|-shm|\.aux\.xml)$/;

/** What all side files of `key`'s file begin with; undefined when `key` is none. Pure. */
export function sidePrefix(key: string): string | undefined {
  const file = SIDE_FILE.exec(key)?.[1];
  return file?.slice(0, file.lastIndexOf(".") + 1);
}

/**
 * Before a side file is asked for: lists what there is beside its file, once in a statement. What is not
 * there is then absent without a request. Where the listing is refused, or does not end, each is asked
 * for by itself as ever.
 */
export async function lookForSideFiles(exchange: Exchange): Promise<void> {
  const { client, parts, bucket, key, signal } = exchange;
  const prefix = sidePrefix(key);
  if (prefix === undefined || client.kind !== "statement" || parts.offline !== undefined) return;
  if (parameter(exchange, "versionId") !== undefined) return;
  if (!client.memory.beginFolder(memoryName(bucket, prefix, undefined))) return;
  const located = await parts.stores.locate(bucket, signal);
  let xml: string;
  try {
    const query = [["list-type", "2"], ["prefix", prefix]] as const;
    const request = { ...located, method: "GET", key: "", query, headers: {}, hash: EMPTY_HASH };
    xml = (await parts.upstream.ask({ ...request, kind: "list" }, client.account, signal)).text;
  } catch (error) {
    if (!(error instanceof S3Refusal) && !(error instanceof DipperError)) throw error;
    signal.throwIfAborted();
    return; // who may not list may still read
  }
  if (textOf(xml, "IsTruncated") !== "false") return;
  for (const { key: name, ...facts } of listedFacts(xml)) {
    const at = memoryName(bucket, name, undefined);
    if (client.memory.recall(at) !== undefined) continue;
    client.memory.remember(at, { ...facts, headers: undefined, source: undefined });
  }
  client.memory.rememberFolder(bucket, prefix);
}
