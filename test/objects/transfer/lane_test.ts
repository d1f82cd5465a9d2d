import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { base64, crc32Text, digester } from "../../../src/objects/transfer/checksum.ts";
import type { Errand } from "../../../src/objects/transfer/errand.ts";
import { Lane } from "../../../src/objects/transfer/lane.ts";

interface Place extends AsyncDisposable {
  readonly lane: Lane;
  readonly path: string;
  readonly url: string;
  errand(changes: Partial<Errand>): Promise<Errand>;
}

async function openPlace(handler: Deno.ServeHandler): Promise<Place> {
  const folder = await Deno.makeTempDir({ prefix: "dipper-lane-" });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  const lane = new Lane();
  const path = join(folder, "part");
  const url = `http://127.0.0.1:${server.addr.port}/b/k`;
  return {
    lane,
    path,
    url,
    errand: async (changes) => ({
      id: 1,
      url,
      headers: {},
      caBundle: undefined,
      path,
      file: "new",
      position: 0,
      expected: { length: 0, range: undefined, etag: undefined },
      digest: await digester("crc32"),
      idleTimeout: 10_000,
      ...changes,
    }),
    async [Symbol.asyncDispose]() {
      lane[Symbol.dispose]();
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const never = new AbortController().signal;

function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + index >> 8) & 255);
}

Deno.test("bytes go to their place with their digest", async () => {
  const body = bytesOf(1_500_000);
  await using place = await openPlace(() => new Response(body));
  let told = 0;
  const outcome = await place.lane.run(
    await place.errand({ expected: { length: body.length, range: undefined, etag: undefined } }),
    (bytes) => void (told += bytes.byteLength),
    never,
  );
  assert.equal(outcome.kind, "arrived");
  assert.equal(told, body.length);
  assert.equal(Buffer.compare(await Deno.readFile(place.path), body), 0);
  assert.equal(outcome.kind === "arrived" && base64(outcome.digest!), crc32Text(body));
});

Deno.test("a body that breaks off is gone on with, its digest too", async () => {
  const body = bytesOf(700_000);
  await using place = await openPlace((request) => {
    const from = Number(/\d+/.exec(request.headers.get("range") ?? "0")?.[0]);
    const headers = { "content-length": `${body.length - from}` };
    if (from > 0) {
      const range = `bytes ${from}-${body.length - 1}/${body.length}`;
      const init = { status: 206, headers: { ...headers, "content-range": range } };
      return new Response(body.subarray(from), init);
    }
    let sent = false;
    return new Response(
      new ReadableStream({
        pull(controller) {
          if (sent) return controller.error(new Error("broken off"));
          sent = true;
          controller.enqueue(body.subarray(0, 300_000));
        },
      }),
      { headers: { ...headers, "x-amz-checksum-crc32": crc32Text(body) } },
    );
  });
  let errand = await place.errand({
    digest: "said",
    expected: { length: body.length, range: undefined, etag: undefined },
  });
  let received = 0;
  for (let tries = 0;; tries++) {
    const outcome = await place.lane.run(errand, () => {}, never);
    if (outcome.kind === "arrived") {
      // What the later answers say, of a range, is another promise.
      assert.equal(outcome.said?.algorithm, "crc32");
      assert.equal(base64(outcome.digest!), crc32Text(body));
      break;
    }
    assert.ok(outcome.kind === "broken" && tries < 3, JSON.stringify(outcome));
    received += outcome.received;
    const range = `bytes ${received}-${body.length - 1}/${body.length}`;
    errand = {
      ...errand,
      position: received,
      ...(received > 0 ? { headers: { range: range.replace(" ", "=").replace(/\/.*/, "") } } : {}),
      expected: {
        length: body.length - received,
        range: received > 0 ? range : undefined,
        etag: undefined,
      },
    };
  }
  assert.equal(Buffer.compare(await Deno.readFile(place.path), body), 0);
});

Deno.test("other answers are told of and leave no file", async () => {
  await using place = await openPlace(() => new Response("<Error/>", { status: 404 }));
  const expected = { length: 10, range: undefined, etag: undefined };
  const outcome = await place.lane.run(await place.errand({ expected }), () => {}, never);
  assert.ok(outcome.kind === "answered" && outcome.status === 404, JSON.stringify(outcome));
  assert.equal(outcome.text, "<Error/>");
  await assert.rejects(Deno.stat(place.path), Deno.errors.NotFound);
});

Deno.test("another object's bytes are not taken", async () => {
  const headers = { etag: '"new"' };
  await using place = await openPlace(() => new Response("0123456789", { headers }));
  const expected = { length: 10, range: undefined, etag: "old" };
  const outcome = await place.lane.run(await place.errand({ expected }), () => {}, never);
  assert.equal(outcome.kind, "answered");
  await assert.rejects(Deno.stat(place.path), Deno.errors.NotFound);
});

Deno.test("a file that cannot be made is the file's failure", async () => {
  await using place = await openPlace(() => new Response("0123456789"));
  const outcome = await place.lane.run(
    await place.errand({
      path: join(place.path, "no", "such", "folder"),
      expected: { length: 10, range: undefined, etag: undefined },
    }),
    () => {},
    never,
  );
  assert.ok(outcome.kind === "broken" && outcome.where === "file", JSON.stringify(outcome));
  assert.ok(outcome.error instanceof Deno.errors.NotFound);
});

Deno.test("silence and an abort end it", async () => {
  const release = Promise.withResolvers<void>();
  await using place = await openPlace(async () => {
    await release.promise;
    return new Response("late");
  });
  try {
    const expected = { length: 4, range: undefined, etag: undefined };
    const silent = await place.errand({ expected, idleTimeout: 100 });
    const outcome = await place.lane.run(silent, () => {}, never);
    assert.ok(outcome.kind === "broken" && outcome.where === "idle", JSON.stringify(outcome));
    const stop = new AbortController();
    const running = place.lane.run(await place.errand({ id: 2, expected }), () => {}, stop.signal);
    stop.abort();
    assert.equal((await running).kind, "broken");
  } finally {
    release.resolve();
  }
});
