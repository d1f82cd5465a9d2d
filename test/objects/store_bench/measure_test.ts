import assert from "node:assert/strict";
import { benchStore } from "../../../src/objects/store_bench/measure.ts";
import { benchPlan, FEW_BYTES } from "../../../src/objects/store_bench/plan.ts";
import { environmentOf } from "../../../src/store/environment.ts";
import { StoreSet } from "../../../src/store/store_set.ts";
import { type FaultPlan, startProxy } from "../../support/proxy.ts";
import { openDesk, type TransferDesk } from "../transfer/support/desk.ts";

const MIB = 2 ** 20;

/** Folders that a measurement makes. */
function scratchFolders(): string[] {
  const folder = Deno.env.get("TMPDIR") ?? "/tmp";
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.startsWith("dipper-bench-store-"));
}

/** Stores of the desk's service, through a proxy. */
async function through(desk: TransferDesk, fault: FaultPlan) {
  const proxy = startProxy(desk.endpoint, fault);
  const stores = await StoreSet.resolve({
    endpoint: proxy.endpoint,
    accessKeyId: "k",
    secretAccessKey: "secretsecret",
    region: "us-east-1",
  }, environmentOf({}));
  return {
    stores,
    proxy,
    async [Symbol.asyncDispose]() {
      stores.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

Deno.test("each size goes up and down as often as told, and nothing is left", async () => {
  await using desk = await openDesk();
  await desk.put("mine/kept", "kept");
  const before = scratchFolders();
  let [clock, last, moved] = [0, 0, 0];
  const plan = benchPlan([1024, 17 * MIB], 2);
  const bench = await benchStore(desk.stores, desk.uri("mine"), {
    plan,
    now: () => clock += 250,
    onProgress: ({ bytes, totalBytes }) => {
      assert.ok(bytes <= totalBytes);
      [last, moved] = [bytes, Math.max(moved, bytes)];
    },
  });
  assert.deepEqual(bench.rows.map(({ bytes }) => bytes), [FEW_BYTES, 1024, 17 * MIB]);
  assert.deepEqual(bench.rows[2].up.seconds, [0.25, 0.25]);
  assert.equal(bench.rows[1].down.seconds.length, 6);
  assert.equal(bench.rows[2].down.mibPerSecond, 68);
  assert.equal(bench.rows[2].down.netMibPerSecond, undefined);
  assert.deepEqual(bench.overhead, { up: 0.25, down: 0.25 });
  assert.deepEqual([last, moved, bench.traffic], [plan.traffic, plan.traffic, plan.traffic]);
  assert.equal(bench.uri, desk.uri("mine/"));
  assert.equal(bench.checked.none, undefined);
  assert.deepEqual(await desk.keys(), ["mine/kept"]);
  assert.deepEqual(bench.isClean, true);
  assert.deepEqual(scratchFolders(), before);
});

Deno.test("when it is stopped in the middle of an upload, nothing is left", async () => {
  await using desk = await openDesk();
  const before = scratchFolders();
  const stop = new AbortController();
  await assert.rejects(
    benchStore(desk.stores, desk.uri(""), {
      plan: benchPlan([40 * MIB]),
      signal: stop.signal,
      onProgress: ({ size, bytes }) => {
        if (size > MIB && bytes > 16 * MIB) stop.abort();
      },
    }),
    { tag: "cancelled" },
  );
  assert.deepEqual(await desk.keys(), []);
  assert.deepEqual(scratchFolders(), before);
});

Deno.test("a service that gives back other bytes is found out", async () => {
  await using desk = await openDesk();
  // No checksum, and an ETag that is none: only what was sent says what should come.
  const lie = {
    kind: "answer",
    status: 200,
    body: "x".repeat(FEW_BYTES),
    headers: { etag: '"no-md5"', "last-modified": "Sat, 21 Nov 2026 10:00:00 GMT" },
  } as const;
  await using lying = await through(
    desk,
    ({ method, path }) =>
      path.includes("dipper-bench-store-") && (method === "GET" || method === "HEAD")
        ? lie
        : undefined,
  );
  await assert.rejects(
    benchStore(lying.stores, desk.uri(""), { plan: benchPlan([1024], 1) }),
    /came back with other bytes than were sent/,
  );
  assert.deepEqual(await desk.keys(), []);
});

Deno.test("what cannot be written is said once, and what cannot be removed is named", async () => {
  await using desk = await openDesk();
  const denied = {
    kind: "answer",
    status: 403,
    body: "<Error><Code>AccessDenied</Code></Error>",
  } as const;
  await using reader = await through(
    desk,
    ({ method }) => method === "PUT" ? denied : undefined,
  );
  const notices: string[] = [];
  const options = { plan: benchPlan([1024], 1), onNotice: (text: string) => notices.push(text) };
  await assert.rejects(benchStore(reader.stores, desk.uri(""), options), { tag: "permission" });
  assert.deepEqual(notices, []);
  await using keeper = await through(
    desk,
    ({ method, query }) => method === "DELETE" || query.has("delete") ? denied : undefined,
  );
  const { isClean, rows } = await benchStore(keeper.stores, desk.uri(""), options);
  assert.deepEqual([isClean, rows.length, notices.length], [false, 2, 1]);
  assert.match(notices[0], /^s3:\/\/.*\/dipper-bench-store-\w+\/ could not be removed: .*denies/);
});
