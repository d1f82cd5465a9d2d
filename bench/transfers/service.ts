/**
 * versitygw over a folder, straight or at the end of a line.
 *
 * @module
 */
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { KEYS } from "../run/surroundings.ts";
import { type Listening, startListening } from "./listening.ts";

/** The two buckets between which a copy goes. */
export const BUCKETS = ["bench-a", "bench-b"] as const;

const READY_WITHIN = 15_000;

/** A service that runs. Dispose of it to end it. */
export interface Service extends AsyncDisposable {
  readonly endpoint: string;
  /** Where it keeps its objects. */
  readonly store: string;
}

/**
 * Starts versitygw with empty buckets below `folder`.
 *
 * @param metadata where it keeps what it knows of objects; attributes of files are for a thousand parts at
 *   most on ext4: "no space left on device" is what it says of more
 */
export async function startService(
  versitygw: string,
  folder: string,
  metadata: "attributes" | "files" = "attributes",
): Promise<Service> {
  const store = join(folder, "store");
  const iam = join(folder, "iam");
  const beside = join(folder, "metadata");
  for (const each of [store, iam, beside]) await Deno.mkdir(each, { recursive: true });
  const port = freePort();
  const process = new Deno.Command(versitygw, {
    args: [
      "--access",
      KEYS.accessKeyId,
      "--secret",
      KEYS.secretAccessKey,
      "--port",
      `127.0.0.1:${port}`,
      "--iam-dir",
      iam,
      "--quiet",
      "posix",
      ...(metadata === "files" ? ["--sidecar", beside] : []),
      store,
    ],
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: folder },
    clearEnv: true,
    stdout: "null",
    stderr: "null",
  }).spawn();
  const endpoint = `http://127.0.0.1:${port}`;
  await answers(endpoint);
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: KEYS,
  });
  for (const Bucket of BUCKETS) await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
  return {
    endpoint,
    store,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.status;
    },
  };
}

/** A line of `delay` milliseconds there and back to `endpoint`; its own address. */
export function startLine(endpoint: string, delay: number): Promise<Listening> {
  return startListening("delay_line.ts", [new URL(endpoint).port, `${delay}`]);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function answers(endpoint: string): Promise<void> {
  const began = performance.now();
  while (true) {
    try {
      await (await fetch(endpoint)).body?.cancel();
      return;
    } catch (error) {
      if (performance.now() - began > READY_WITHIN) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
