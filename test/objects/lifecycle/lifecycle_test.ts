import assert from "node:assert/strict";
import { UnsupportedError, UsageError } from "../../../src/errors.ts";
import { forecastLifecycle } from "../../../src/objects/lifecycle/forecast.ts";
import {
  getLifecycle,
  lifecycleRule,
  mergeRules,
  setLifecycle,
} from "../../../src/objects/lifecycle/rules.ts";
import { lifecycleWords } from "../../../src/objects/lifecycle/words.ts";
import type { VersionEntry } from "../../../src/objects/versions/list.ts";
import { closeClients } from "../../../src/store/client.ts";
import { environmentOf } from "../../../src/store/environment.ts";
import { resolveStore } from "../../../src/store/resolve.ts";
import { s3Error, scriptedServer, thrownBy, xml } from "../../store/scripted.ts";

const NOW = new Date("2026-06-30T12:00:00Z");

function version(key: string, ageDays: number, more: Partial<VersionEntry> = {}): VersionEntry {
  return {
    key,
    versionId: "v",
    isMarker: false,
    isLatest: true,
    size: 10,
    etag: "e",
    lastModified: new Date(NOW.getTime() - ageDays * 86_400_000),
    storageClass: undefined,
    ...more,
  };
}

async function* stream<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

async function forecast(
  choice: Parameters<typeof lifecycleRule>[0],
  versions: readonly VersionEntry[],
  uploadAges: readonly number[] = [],
) {
  const uploads = uploadAges.map((age) => ({
    key: "up",
    uploadId: "u",
    initiated: new Date(NOW.getTime() - age * 86_400_000),
  }));
  const [{ removals }] = await forecastLifecycle([lifecycleRule(choice)], {
    versions: stream(versions),
    uploads: stream(uploads),
    keepsVersions: true,
  }, { now: NOW, days: 10 });
  return removals.map(({ what, now, soon }) => `${what}: ${now.count} now, ${soon.count} soon`);
}

Deno.test("a forecast counts what goes now and soon, by age", async () => {
  const versions = [
    version("tmp/a", 40),
    version("tmp/b", 25),
    version("tmp/c", 5),
    version("x", 99),
  ];
  assert.deepEqual(await forecast({ prefix: "tmp/", expireDays: 30 }, versions), [
    "objects: 1 now, 2 soon",
  ]);
  assert.deepEqual(await forecast({ prefix: "no/", expireDays: 30 }, versions), []);
  // 30 days and a half old: the rule runs at the next midnight.
  const edge = [version("a", 30.2)];
  assert.deepEqual(await forecast({ expireDays: 30 }, edge), ["objects: 0 now, 1 soon"]);
});

Deno.test("older versions count from when they were replaced, and some are kept", async () => {
  const versions = [
    version("k", 20),
    version("k", 50, { isLatest: false }),
    version("k", 60, { isLatest: false }),
    version("k", 70, { isLatest: false, isMarker: true, size: 0 }),
    version("other", 500),
  ];
  // Replaced 20, 50 and 60 days ago.
  assert.deepEqual(await forecast({ oldVersionDays: 30 }, versions), [
    "old versions: 1 now, 1 soon",
    "delete markers: 1 now, 1 soon",
  ]);
  assert.deepEqual(await forecast({ oldVersionDays: 25 }, versions), [
    "old versions: 1 now, 2 soon",
    "delete markers: 1 now, 1 soon",
  ]);
  assert.deepEqual(await forecast({ oldVersionDays: 30, keepVersions: 2 }, versions), [
    "delete markers: 1 now, 1 soon",
  ]);
  assert.deepEqual(await forecast({ unfinishedDays: 7 }, [], [8.6, 3, 20]), [
    "unfinished uploads: 2 now, 3 soon",
  ]);
});

Deno.test("rules are said in words", () => {
  const rule = lifecycleRule({
    prefix: "tmp/",
    expireDays: 1,
    oldVersionDays: 90,
    keepVersions: 2,
    unfinishedDays: 7,
    transitions: [{ days: 30, storageClass: "GLACIER" }],
  });
  assert.equal(rule.ID, "dipper-tmp");
  assert.deepEqual(lifecycleWords(rule), [
    "Objects under tmp/ move to GLACIER 30 days after they were written.",
    "Objects under tmp/ are deleted 1 day after they were written; in a bucket that keeps versions " +
    "they become older versions.",
    "Older versions of objects under tmp/ are deleted for good 90 days after they were replaced, " +
    "but the 2 newest of each key stay.",
    "Unfinished uploads under tmp/ are aborted 7 days after they began.",
  ]);
  assert.match(lifecycleWords({ ...rule, Status: "Disabled" })[0], /switched off/);
  assert.throws(() => lifecycleRule({ prefix: "a" }), UsageError);
  assert.throws(() => lifecycleRule({ expireDays: 1, keepVersions: 1 }), /--old-versions/);
  const other = lifecycleRule({ expireDays: 2 });
  assert.deepEqual(mergeRules([rule, other], [{ ...rule, Status: "Disabled" }]).map((r) => r.ID), [
    "dipper-all",
    "dipper-tmp",
  ]);
});

Deno.test("a condition that the service drops is not left unsaid: the old rules come back", async () => {
  const config = (rules: string) =>
    xml(`<LifecycleConfiguration>${rules}</LifecycleConfiguration>`);
  const before = "<Rule><ID>was</ID><Status>Enabled</Status><Filter><Prefix>w/</Prefix></Filter>" +
    "<Expiration><Days>3</Days></Expiration></Rule>";
  let held = before;
  await using server = scriptedServer(({ method, body }) => {
    if (method === "GET") return config(held);
    held = /<Rule>.*<\/Rule>/s.exec(body)![0]
      .replace(/<NewerNoncurrentVersions>\d+<\/NewerNoncurrentVersions>/, "");
    return new Response(null);
  });
  const options = { endpoint: server.url, accessKeyId: "K", secretAccessKey: "secretsecret" };
  const store = await resolveStore("x", options, environmentOf({}));
  const rule = lifecycleRule({ oldVersionDays: 9, keepVersions: 2 });
  const error = await thrownBy(() => setLifecycle(store, "lake", [rule]));
  assert.ok(error instanceof UnsupportedError);
  assert.match(error.message, /keep-versions/);
  assert.deepEqual((await getLifecycle(store, "lake")).map(({ ID }) => ID), ["was"]);
  await setLifecycle(store, "lake", [lifecycleRule({ oldVersionDays: 9 })]);
  assert.deepEqual((await getLifecycle(store, "lake")).map(({ ID }) => ID), ["dipper-all"]);
  closeClients(store);
});

Deno.test("a service without lifecycle rules is named", async () => {
  await using server = scriptedServer(() => s3Error(501, "NotImplemented", "x"));
  const options = { endpoint: server.url, accessKeyId: "K", secretAccessKey: "secretsecret" };
  const store = await resolveStore("x", options, environmentOf({}));
  const error = await thrownBy(() => getLifecycle(store, "lake"));
  assert.ok(error instanceof UnsupportedError);
  assert.match(error.message, /^http:\/\/127\.0\.0\.1:\d+ has no lifecycle rules$/);
  closeClients(store);
});
