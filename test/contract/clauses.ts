/**
 * What every layer owes over every server.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import {
  bounded,
  type ByteRange,
  from,
  rangeHeader,
  resolveRange,
  suffix,
} from "../../src/range/range.ts";
import { Pattern } from "../faults/pattern.ts";
import type { Layer } from "./layers.ts";

/** What a clause works with: a bucket of its own, past the layer and through it. */
export interface Ground {
  readonly direct: S3Client;
  readonly bucket: string;
  readonly layer: Layer;
}

const MIB = 1024 * 1024;

/** Keys that some part of some way has mistaken for others. */
export const ODD_KEYS = [
  "plain.txt",
  "a b  c.txt",
  "plus+and&amp.txt",
  "percent%41%2F.txt",
  "part=0/year=2026/x.txt",
  "part%3D0/x.txt",
  "unicode/żółć-日本-🦆.txt",
  "quote'\"(1)!*.txt",
  "comma,semicolon;colon:at@dollar$.txt",
  "tilde~under_minus-.txt",
  "question?mark#hash.txt",
  "brackets[1]{2}<3>.txt",
];

/** Every promise by its name. */
export const CLAUSES: Readonly<Record<string, (ground: Ground) => Promise<void>>> = {
  "sizes and ranges": ranges,
  "keys of every kind": oddKeys,
  "one ETag in listing, HEAD and GET": etags,
  "an object that changes": changes,
  "what is not there": absences,
  "pages and folders of a listing": listings,
};

async function ranges({ direct, bucket, layer }: Ground): Promise<void> {
  for (const size of [0, 1, 1000, 3 * MIB]) {
    const body = Pattern.of(3).slice(0, size);
    await direct.send(new PutObjectCommand({ Bucket: bucket, Key: `r/${size}`, Body: body }));
    const object = await layer.open(`r/${size}`);
    assert.equal(object.size, size);
    const middle = Math.floor(size / 2);
    const all: ByteRange[] = [
      from(0),
      from(middle),
      from(size),
      from(size + 10),
      bounded(0, 1),
      bounded(middle, 100),
      bounded(Math.max(0, size - 1), 1),
      bounded(Math.max(0, size - 1), 1000),
      bounded(size + 5, 5),
      bounded(0, size),
      suffix(1),
      suffix(size),
      suffix(size + 1000),
    ];
    for (const range of [...all, ...all]) {
      const { offset, length } = resolveRange(range, size);
      const bytes = await object.read(range);
      assert.equal(bytes.length, length, `${JSON.stringify(range)} of ${size}`);
      assert.ok(Buffer.from(body.subarray(offset, offset + length)).equals(bytes));
    }
  }
}

async function oddKeys({ direct, bucket, layer }: Ground): Promise<void> {
  for (const Key of ODD_KEYS) {
    await direct.send(new PutObjectCommand({ Bucket: bucket, Key, Body: `body of ${Key}` }));
  }
  const listed = await keysOf(layer, {});
  for (const key of ODD_KEYS) {
    assert.ok(listed.includes(key), `${key} in ${listed}`);
    const object = await layer.open(key);
    assert.equal(new TextDecoder().decode(await object.read(from(0))), `body of ${key}`);
  }
}

async function etags({ direct, bucket, layer }: Ground): Promise<void> {
  await put(direct, bucket, "e/single.bin", Pattern.of(1).slice(0, 1000));
  await putParts(direct, bucket, "e/parts.bin", [5 * MIB, 1000]);
  for (const name of ["single", "parts"]) {
    await direct.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: `e/copy of ${name}.bin`,
        CopySource: `${bucket}/e/${name}.bin`,
      }),
    );
  }
  const listed = new Map<string, string | undefined>();
  for await (const { objects } of layer.pages({ prefix: "e/" })) {
    for (const { key, etag } of objects) listed.set(key, etag);
  }
  assert.equal(listed.size, 4);
  for (const [key, etag] of listed) {
    layer.begin();
    const at = { Bucket: bucket, Key: key };
    const head = await direct.send(new HeadObjectCommand(at));
    const got = await direct.send(new GetObjectCommand({ ...at, Range: rangeHeader(suffix(1)) }));
    await got.Body!.transformToByteArray();
    const object = await layer.open(key);
    const tags = [head.ETag, got.ETag, `"${etag}"`, `"${object.etag}"`];
    assert.deepEqual(new Set(tags), new Set([head.ETag]), key);
    assert.equal((await object.read(suffix(1))).length, 1);
  }
}

async function changes({ direct, bucket, layer }: Ground): Promise<void> {
  const [first, second] = [1, 2].map((seed) => Pattern.of(seed).slice(0, 2 * MIB));
  await put(direct, bucket, "c/x.bin", first);
  const object = await layer.open("c/x.bin");
  assert.ok(Buffer.from(first.subarray(0, 10)).equals(await object.read(bounded(0, 10))));
  await put(direct, bucket, "c/x.bin", second);
  // Bytes that nobody has read yet.
  const error = await object.read(bounded(MIB, 100)).then(() => undefined, (thrown) => thrown);
  assert.equal(layer.failureOf(error), "changed", `${error}`);
  layer.begin();
  const again = await layer.open("c/x.bin");
  assert.ok(Buffer.from(second).equals(await again.read(from(0))));
}

async function absences({ direct, bucket, layer }: Ground): Promise<void> {
  const failure = async (work: Promise<unknown>) =>
    layer.failureOf(await work.then(() => undefined, (error) => error));
  assert.equal(await failure(layer.open("n/none.bin")), "not found");
  assert.equal(await failure(layer.openIn(`${bucket}-none`, "x")), "not found");
  await put(direct, bucket, "n/gone.bin", Pattern.of(1).slice(0, 2 * MIB));
  const object = await layer.open("n/gone.bin");
  await object.read(bounded(0, 10));
  await direct.send(new DeleteObjectCommand({ Bucket: bucket, Key: "n/gone.bin" }));
  const read = await failure(object.read(bounded(MIB, 100)));
  assert.ok(read === "not found" || read === "changed", read);
  layer.begin();
  assert.equal(await failure(layer.open("n/gone.bin")), "not found");
}

async function listings({ direct, bucket, layer }: Ground): Promise<void> {
  const keys = ["l/a/1", "l/a/2", "l/b c/1", "l/b=1/x", "l/top1", "l/top2", "l/top3", "l/top4"];
  for (const key of keys) await put(direct, bucket, key, new Uint8Array([1, 2, 3]));
  assert.deepEqual((await keysOf(layer, { prefix: "l/" })).sort(), [...keys].sort());
  assert.deepEqual(await keysOf(layer, { prefix: "l/none" }), []);
  const objects: string[] = [];
  const prefixes: string[] = [];
  for await (const page of layer.pages({ prefix: "l/", delimiter: "/" })) {
    objects.push(...page.objects.map(({ key, size }) => `${key} ${size}`));
    prefixes.push(...page.prefixes);
  }
  assert.deepEqual(objects, ["l/top1 3", "l/top2 3", "l/top3 3", "l/top4 3"]);
  assert.deepEqual(new Set(prefixes), new Set(["l/a/", "l/b c/", "l/b=1/"]));
}

/** Versions of an object are read by their ids, whatever is the newest. For servers that have them. */
export async function versions({ direct, bucket, layer }: Ground): Promise<void> {
  await direct.send(
    new PutBucketVersioningCommand({
      Bucket: bucket,
      VersioningConfiguration: { Status: "Enabled" },
    }),
  );
  const ids: (string | undefined)[] = [];
  for (const seed of [1, 2]) {
    const { VersionId } = await direct.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: "v/x.bin",
        Body: Pattern.of(seed).slice(0, 2 * MIB),
      }),
    );
    ids.push(VersionId);
  }
  await direct.send(new DeleteObjectCommand({ Bucket: bucket, Key: "v/x.bin" }));
  for (const [index, id] of ids.entries()) {
    assert.ok(id);
    const object = await layer.open("v/x.bin", id);
    assert.equal(object.size, 2 * MIB);
    for (const range of [bounded(MIB, 1000), suffix(10), from(0)]) {
      const { offset, length } = resolveRange(range, object.size);
      const wanted = Pattern.of(index + 1).slice(offset, length);
      assert.ok(Buffer.from(wanted).equals(await object.read(range)), `version ${index + 1}`);
    }
  }
}

/** Removes all versions of all objects. */
export async function removeVersions({ direct, bucket }: Omit<Ground, "layer">): Promise<void> {
  const all = await direct.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  const Objects = [...all.Versions ?? [], ...all.DeleteMarkers ?? []]
    .map(({ Key, VersionId }) => ({ Key, VersionId }));
  if (Objects.length === 0) return;
  for (const { Key, VersionId } of Objects) {
    await direct.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
  }
}

async function keysOf(layer: Layer, asked: { prefix?: string }): Promise<string[]> {
  const keys: string[] = [];
  for await (const { objects } of layer.pages(asked)) keys.push(...objects.map(({ key }) => key));
  return keys;
}

async function put(client: S3Client, Bucket: string, Key: string, Body: Uint8Array): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket, Key, Body }));
}

async function putParts(
  client: S3Client,
  Bucket: string,
  Key: string,
  sizes: readonly number[],
): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [index, size] of sizes.entries()) {
    const PartNumber = index + 1;
    const Body = Pattern.of(index + 1).slice(0, size);
    const { ETag } = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }),
    );
    Parts.push({ PartNumber, ETag });
  }
  await client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
}
