/** Writes through the gateway to a service that fails: each object is whole or not there, and said so. */
import assert from "node:assert/strict";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { isDipperError } from "../../src/errors.ts";
import type { Fault } from "../support/proxy.ts";
import { BUCKET, openBench, pattern } from "../gateway/support/gateway.ts";
import { randomFrom } from "./pattern.ts";

const RUNS = 24;
const MIB = 1024 * 1024;
const SETTINGS = { retryBudget: 5_000, backoffFirst: 2, backoffMost: 20, headTimeout: 300 };

const SOURCE = pattern(2 * MIB, 9);

/** What is written, by key. */
const BODIES: Readonly<Record<string, Uint8Array>> = {
  "small.bin": pattern(1_000, 1),
  "large.bin": pattern(2 * MIB, 2),
  "parts.bin": Uint8Array.from([...pattern(5 * MIB, 3), ...pattern(1_000, 4)]),
  "copy.bin": SOURCE,
};

/** Answers of a service in trouble, and broken connections. */
function aFault(random: () => number): Fault {
  const failing = (status: number, code: string): Fault => ({
    kind: "answer",
    status,
    body: `<Error><Code>${code}</Code><Message>on purpose</Message></Error>`,
  });
  const all: Fault[] = [
    failing(500, "InternalError"),
    failing(503, "SlowDown"),
    failing(200, "InternalError"),
    { kind: "reset" },
    { kind: "truncate", afterBytes: 0 },
  ];
  return all[Math.floor(random() * all.length)];
}

async function write(client: S3Client, key: string): Promise<void> {
  const at = { Bucket: BUCKET, Key: key };
  const Body = BODIES[key];
  if (key === "copy.bin") {
    await client.send(new CopyObjectCommand({ ...at, CopySource: `${BUCKET}/source.bin` }));
  } else if (key !== "parts.bin") await client.send(new PutObjectCommand({ ...at, Body }));
  else {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
    try {
      const Parts = [];
      for (const [PartNumber, from, to] of [[1, 0, 5 * MIB], [2, 5 * MIB, Body.length]]) {
        const part = { ...at, UploadId, PartNumber, Body: Body.subarray(from, to) };
        const { ETag } = await client.send(new UploadPartCommand(part));
        Parts.push({ PartNumber, ETag });
      }
      const MultipartUpload = { Parts };
      await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
    } catch (error) {
      await client.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => {});
      throw error;
    }
  }
}

/** What is there: each of our keys has its bytes, whole. */
async function standing(direct: S3Client): Promise<Set<string>> {
  const { Contents = [] } = await direct.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  const keys = Contents.map(({ Key }) => Key!).filter((key) => key in BODIES);
  for (const Key of keys) {
    const answer = await direct.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    assert.ok(Buffer.from(BODIES[Key]).equals(await answer.Body!.transformToByteArray()), Key);
  }
  return new Set(keys);
}

Deno.test("what is written while the service fails is whole where it was said to be written", async () => {
  let written = 0;
  let refused = 0;
  for (let run = 0; run < RUNS; run++) {
    const random = randomFrom(run);
    const share = random() * 0.4;
    let isHarmful = false;
    await using bench = await openBench(
      { settings: SETTINGS },
      () => isHarmful && random() < share ? aFault(random) : undefined,
    );
    await bench.put("source.bin", SOURCE);
    const isHeld = run % 2 === 0;
    const client = bench.client("w");
    if (isHeld) bench.gateway.hold("w");
    isHarmful = true;
    const said = new Set<string>();
    for (const key of Object.keys(BODIES)) {
      // What the client is told, as a program would take it.
      await write(client, key).then(() => said.add(key), () => refused++);
    }
    if (isHeld) {
      isHarmful = false;
      assert.deepEqual(await standing(bench.direct), new Set(), `run ${run}: held`);
      isHarmful = true;
      if (run % 4 === 0) {
        await bench.gateway.abort("w");
        said.clear();
      } else {
        try {
          const committed = await bench.gateway.commit("w");
          assert.equal(committed.written.length, said.size);
        } catch (error) {
          assert.ok(isDipperError(error), `run ${run}: ${error}`);
          refused++;
          said.clear();
        }
      }
    }
    isHarmful = false;
    const there = await standing(bench.direct);
    for (const key of said) assert.ok(there.has(key), `run ${run}: ${key} was said to be written`);
    written += said.size;
    if (!isHeld) continue;
    if (run % 4 === 0) assert.deepEqual(there, new Set(), `run ${run}: aborted`);
    const { Uploads } = await bench.direct.send(
      new ListMultipartUploadsCommand({ Bucket: BUCKET }),
    );
    assert.deepEqual(Uploads ?? [], [], `run ${run}: uploads are left`);
  }
  assert.ok(written > RUNS && refused > 5, `${written} written, ${refused} refused`);
});
