import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Pattern, randomFrom } from "../../faults/pattern.ts";
import { recordsIn } from "../../../src/objects/transfer/marks.ts";
import { HoldingLine } from "./support/holding_line.ts";
import { MiniService } from "./support/mini_service.ts";

const SCRIPT = fileURLToPath(new URL("./support/killed.ts", import.meta.url));
const PART = 64 * 1024;
const BYTES = Pattern.of(2).slice(7, 40 * PART + 99);
const PARTS = 41;
/** Parts under way at once, as the script says. */
const AT_ONCE = 4;

function start(
  { url }: { readonly url: URL },
  folder: string,
  from: string,
  to: string,
  part: number = PART,
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      "--no-check",
      SCRIPT,
      url.href,
      from,
      to,
      join(folder, "state"),
      String(part),
    ],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

/** Runs it until the service has seen `requests` more, and kills it then; true when it was over before. */
async function killAt(
  service: MiniService,
  child: Deno.ChildProcess,
  requests: number,
): Promise<boolean> {
  const wanted = service.requests + requests;
  let isOver = false;
  const status = child.status.then((ended) => {
    isOver = true;
    return ended;
  });
  while (!isOver && service.requests < wanted) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (!isOver) child.kill("SIGKILL");
  const { success } = await status;
  return success;
}

/** Stages: before the first part, between parts, before and after the end. */
const STAGES = [1, 2, 3, 9, 20, 41, 43, 44];

Deno.test("an upload that is killed at any stage goes on, and sends little twice", async () => {
  await using service = new MiniService({ checksums: "crc32", fault: () => undefined });
  const folder = await Deno.makeTempDir({ prefix: "dipper-killed-" });
  try {
    const source = join(folder, "source");
    await Deno.writeFile(source, BYTES);
    for (const [index, stage] of STAGES.entries()) {
      const uri = `s3://lab/up-${index}`;
      service.partBytes = 0;
      const isDone = await killAt(service, start(service, folder, source, uri), stage);
      const there = service.objects.get(`lab/up-${index}`);
      assert.ok(there === undefined || Buffer.compare(there.bytes, BYTES) === 0, "half an object");
      if (!isDone) assert.ok((await start(service, folder, source, uri).status).success);
      assert.equal(Buffer.compare(service.objects.get(`lab/up-${index}`)!.bytes, BYTES), 0);
      // Killed after the end was asked for and before it was heard, it starts anew.
      const twice = service.partBytes - BYTES.length;
      if (there === undefined) assert.ok(twice <= AT_ONCE * PART, `stage ${stage}: ${twice} bytes`);
    }
    // Uploads that were begun and not yet written down have no parts.
    for (const { parts } of service.uploads.values()) assert.equal(parts.size, 0);
    assert.deepEqual(Array.from(Deno.readDirSync(join(folder, "state"))), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a download that is killed at any stage goes on, and fetches little twice", async () => {
  await using service = new MiniService({ checksums: "crc32", fault: () => undefined });
  service.put("lab/k", BYTES);
  const folder = await Deno.makeTempDir({ prefix: "dipper-killed-" });
  try {
    for (const [index, stage] of STAGES.entries()) {
      const target = join(folder, `down-${index}`);
      const before = service.requests;
      const isDone = await killAt(service, start(service, folder, "s3://lab/k", target), stage);
      const there = await Deno.readFile(target).catch(() => undefined);
      assert.ok(there === undefined || Buffer.compare(there, BYTES) === 0, "half a file");
      if (!isDone) assert.ok((await start(service, folder, "s3://lab/k", target).status).success);
      assert.equal(Buffer.compare(await Deno.readFile(target), BYTES), 0);
      // Two HEADs each time, and each part once, but for those that were under way.
      const extra = service.requests - before - PARTS - 4;
      if (there === undefined) assert.ok(extra <= 8, `stage ${stage}: ${extra} requests more`);
    }
    const left = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) =>
      name.startsWith(".")
    );
    assert.deepEqual(left, []);
    assert.deepEqual(Array.from(Deno.readDirSync(join(folder, "state"))), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const checksums of ["crc32", "md5"] as const) {
  Deno.test(`parts that were stored without an answer are not sent again (${checksums})`, async () => {
    const silentFrom = 6;
    await using service = new MiniService({
      checksums,
      fault: (index) => index >= silentFrom ? "silence" : undefined,
    });
    const folder = await Deno.makeTempDir({ prefix: "dipper-killed-" });
    try {
      const source = join(folder, "source");
      await Deno.writeFile(source, BYTES);
      const child = start(service, folder, source, "s3://lab/up");
      await until(() => (service.fired.silence ?? 0) === AT_ONCE);
      child.kill("SIGKILL");
      await child.status;
      service.fault = undefined;
      assert.ok((await start(service, folder, source, "s3://lab/up").status).success);
      assert.equal(Buffer.compare(service.objects.get("lab/up")!.bytes, BYTES), 0);
      assert.equal(service.partBytes, BYTES.length);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Parts of several blocks, as they are written. */
const LARGE_PART = 2 * 2 ** 20;
const LARGE = Pattern.of(3).slice(5, 9 * LARGE_PART + 4321);
/** Bytes of a part under way that may not be written down yet: a block of a lane. */
const BLOCK = 512 * 1024;

for (const checksums of ["crc32", "md5"] as const) {
  Deno.test(`a download that is killed inside its parts goes on inside them (${checksums})`, async () => {
    await using service = new MiniService({ checksums, fault: () => undefined });
    service.put("lab/k", LARGE);
    await using line = new HoldingLine(Number(service.url.port));
    const random = randomFrom(77);
    const folder = await Deno.makeTempDir({ prefix: "dipper-killed-" });
    try {
      for (let run = 0; run < 4; run++) {
        const target = join(folder, `down-${run}`);
        let twice = 0;
        let came = 0;
        // Twice in a row: the second process goes on from marks, and leaves others.
        for (const share of [0.1 + random() * 0.4, 0.2 + random() * 0.3]) {
          const held = line.allow((LARGE.length - came) * share);
          const child = start(line, folder, "s3://lab/k", target, LARGE_PART);
          await held;
          await until(() => knownBytes(folder) >= came + line.carried - AT_ONCE * BLOCK);
          child.kill("SIGKILL");
          await child.status;
          const known = knownBytes(folder);
          twice += came + line.carried - known;
          came = known;
        }
        line.allow(Infinity);
        const { success } = await start(line, folder, "s3://lab/k", target, LARGE_PART).status;
        assert.ok(success);
        assert.equal(Buffer.compare(await Deno.readFile(target), LARGE), 0);
        const heads = 32 * 1024;
        assert.ok(line.carried <= LARGE.length - came + heads, "only the rest is asked for");
        assert.ok(twice <= 2 * (AT_ONCE * BLOCK + heads), `run ${run}: ${twice} bytes twice`);
      }
      assert.deepEqual(Array.from(Deno.readDirSync(join(folder, "state"))), []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("marks that are wrong, and bytes that were lost, cost time and never bytes", async () => {
  await using service = new MiniService({ checksums: "crc32", fault: () => undefined });
  service.put("lab/k", LARGE);
  const folder = await Deno.makeTempDir({ prefix: "dipper-killed-" });
  await using line = new HoldingLine(Number(service.url.port));
  const damages: Record<string, (state: string, file: string) => void> = {
    "marks too far": (state) => {
      const bytes = Deno.readFileSync(state);
      const view = new DataView(bytes.buffer);
      for (let at = 0; at < bytes.length; at += 16) view.setFloat64(at + 8, LARGE_PART);
      Deno.writeFileSync(state, bytes);
    },
    "marks torn": (state) => Deno.truncateSync(state, 21),
    "marks of nothing": (state) => Deno.writeFileSync(state, new Uint8Array(500).fill(0xff)),
    "a file of zeros": (_state, file) => Deno.writeFileSync(file, new Uint8Array(LARGE.length)),
  };
  try {
    for (const [name, damage] of Object.entries(damages)) {
      const target = join(folder, name);
      const held = line.allow(LARGE.length / 2);
      const child = start(line, folder, "s3://lab/k", target, LARGE_PART);
      await held;
      await until(() => knownBytes(folder) > 2 * LARGE_PART);
      child.kill("SIGKILL");
      await child.status;
      const path = (below: string, ending: string) =>
        join(
          below,
          Array.from(Deno.readDirSync(below)).find((entry) => entry.name.endsWith(ending))!.name,
        );
      damage(path(join(folder, "state"), ".marks"), path(folder, ".part"));
      line.allow(Infinity);
      const { success } = await start(line, folder, "s3://lab/k", target, LARGE_PART).status;
      assert.ok(success, name);
      assert.equal(Buffer.compare(await Deno.readFile(target), LARGE), 0, name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Bytes that the state in `folder` says to be there. */
function knownBytes(folder: string): number {
  const state = join(folder, "state");
  const parts = new Map<number, number>();
  for (const { name } of Array.from(Deno.readDirSync(state))) {
    const bytes = Deno.readFileSync(join(state, name));
    if (name.endsWith(".marks")) {
      for (const mark of recordsIn(bytes)) {
        parts.set(mark.number, Math.max(mark.bytes, parts.get(mark.number) ?? 0));
      }
      continue;
    }
    for (const [, number] of new TextDecoder().decode(bytes).matchAll(/"number":(\d+)/g)) {
      const part = Number(number);
      parts.set(part, Math.min(LARGE_PART, LARGE.length - (part - 1) * LARGE_PART));
    }
  }
  return [...parts.values()].reduce((sum, bytes) => sum + bytes, 0);
}

async function until(holds: () => boolean): Promise<void> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > 20_000) throw new Error("it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
