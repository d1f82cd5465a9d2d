/**
 * What Dipper does with buckets and objects, tried on a server: each feature works, or says in a
 * sentence what the server lacks.
 *
 * @module
 */
import assert from "node:assert/strict";
import { CreateMultipartUploadCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { DipperError, isDipperError } from "../../../src/errors.ts";
import { getAcl, publicAccess, setAcl } from "../../../src/objects/access/public.ts";
import { sessionPolicy } from "../../../src/objects/access/session_policy.ts";
import { findObjects } from "../../../src/objects/browse/find.ts";
import { parseRange, readObject } from "../../../src/objects/browse/read.ts";
import { statObject } from "../../../src/objects/browse/stat.ts";
import { walkGlob } from "../../../src/objects/browse/walk.ts";
import { bucketContents, emptyBucket, isEmpty } from "../../../src/objects/buckets/remove.ts";
import { corsPreset, getCors, setCors } from "../../../src/objects/cors/cors.ts";
import { preflight } from "../../../src/objects/cors/preflight.ts";
import { deleteObjects } from "../../../src/objects/delete.ts";
import { parseBrokerAddress } from "../../../src/objects/notify/listen/broker_address.ts";
import { BrokerInbox } from "../../../src/objects/notify/listen/broker_inbox.ts";
import { openInbox } from "../../../src/objects/notify/listen/inbox.ts";
import { addRule, listRules, removeRules } from "../../../src/objects/notify/rules.ts";
import { topicName } from "../../../src/objects/notify/topics.ts";
import { getLifecycle, lifecycleRule, setLifecycle } from "../../../src/objects/lifecycle/rules.ts";
import { checkAccess } from "../../../src/objects/policy/check.ts";
import {
  getPolicy,
  giveAccess,
  publicRead,
  setPolicy,
  withStatements,
} from "../../../src/objects/policy/policy.ts";
import { curlLine, presign } from "../../../src/objects/presign/presign.ts";
import { benchStore } from "../../../src/objects/store_bench/measure.ts";
import { benchPlan } from "../../../src/objects/store_bench/plan.ts";
import { abortUpload, unfinishedUploads } from "../../../src/objects/unfinished/sizes.ts";
import {
  compareVersions,
  restoreVersion,
  versionsOf,
} from "../../../src/objects/versions/restore.ts";
import { setVersioning, versioningOf } from "../../../src/objects/versions/state.ts";
import { s3Client } from "../../../src/store/client.ts";
import { roleCredentials } from "../../../src/store/role_session.ts";
import type { Store } from "../../../src/store/store.ts";
import { StoreSet } from "../../../src/store/store_set.ts";
import { Broker } from "../support/broker.ts";
import type { Place } from "./place.ts";

/** A feature, tried: undefined when it works, else what the server does instead. */
export interface Feature {
  readonly name: string;
  /** The command that it is about. */
  readonly command: string;
  readonly try: (place: Place) => Promise<string | undefined | void>;
}

async function text(
  store: Store,
  bucket: string,
  key: string,
  more: { versionId?: string; range?: string } = {},
): Promise<string> {
  const { versionId, range } = more;
  const options = { versionId, ...(range === undefined ? {} : { range: parseRange(range) }) };
  const chunks = await Array.fromAsync(readObject(store, { bucket, key }, options));
  return await new Blob(chunks as BlobPart[]).text();
}

/** Ceph says the same for what a session may not and for a session that is over. */
const REFUSALS = ["permission", "no_credentials", "expired_token", "bad_credentials"] as const;

/** Whether the store may; any other failure than a refusal is one of the test. */
async function may(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isDipperError(error, ...REFUSALS)) return false;
    throw error;
  }
}

async function sh(line: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("sh", { args: ["-c", line] }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

export const FEATURES: readonly Feature[] = [
  {
    name: "patterns, metadata, ranges",
    command: "ls, find, stat, cat",
    async try({ store, bucket, put }) {
      for (let i = 0; i < 12; i++) await put(`y=${i % 3}/d/${i}.csv`, `rows ${i}`, { run: `${i}` });
      const found = walkGlob(store, bucket, "y=[01]/**.csv");
      const wanted = findObjects(store, bucket, found, { metadata: { run: "1*" } });
      const keys = (await Array.fromAsync(wanted)).map(({ key }) => key);
      assert.deepEqual(keys, ["y=0/d/10.csv".replace("0/", "1/"), "y=1/d/1.csv"].sort());
      const stat = await statObject(store, { bucket, key: "y=1/d/1.csv" });
      assert.deepEqual(stat.metadata, { run: "1" });
      assert.equal(await text(store, bucket, "y=1/d/1.csv", { range: "-3" }), "s 1");
    },
  },
  {
    name: "stored checksum of an upload",
    command: "stat",
    async try({ store, bucket }) {
      await s3Client(store).send(
        new PutObjectCommand({ Bucket: bucket, Key: "k", Body: "x", ChecksumAlgorithm: "SHA256" }),
      );
      const { checksum } = await statObject(store, { bucket, key: "k" });
      if (checksum === undefined) return "the server keeps no checksum besides the ETag";
      assert.equal(checksum.value, "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=");
    },
  },
  {
    name: "an address for reading and writing",
    command: "presign",
    async try({ store, bucket }) {
      const file = await Deno.makeTempFile();
      try {
        await Deno.writeTextFile(file, "by curl");
        const key = "a b/é+&'.txt";
        const up = await presign(store, { bucket, key }, {
          method: "PUT",
          expiresIn: 604_800,
          contentType: "text/x-curl",
        });
        await sh(curlLine(up, file));
        const down = await presign(store, { bucket, key }, {
          response: { contentType: "text/x-other", contentDisposition: 'attachment; filename="z"' },
        });
        assert.equal(await sh(curlLine(down, "-")), "by curl");
        const heads = await sh(`curl -s -o /dev/null -D - '${down.url}'`);
        assert.match(heads, /content-type: text\/x-other/i);
        assert.match(heads, /content-disposition: attachment; filename="z"/i);
        assert.equal((await statObject(store, { bucket, key })).contentType, "text/x-curl");
        const wrong = `curl -s -o /dev/null -w '%{http_code}' '${down.url}0'`;
        assert.match(await sh(wrong), /^40[03]$/);
      } finally {
        await Deno.remove(file);
      }
    },
  },
  {
    name: "versions: list, read, compare, restore",
    command: "versions",
    async try({ store, bucket, put }) {
      const location = { bucket, key: "k" };
      assert.equal(await versioningOf(store, bucket), "off");
      await setVersioning(store, bucket, "enabled");
      await put("k", "one");
      await put("k", "two!");
      const [newest, oldest] = await versionsOf(store, location);
      assert.deepEqual([newest.size, newest.isLatest, oldest.size], [4, true, 3]);
      assert.equal(await text(store, bucket, "k", { versionId: oldest.versionId }), "one");
      assert.equal(
        await text(store, bucket, "k", { versionId: oldest.versionId, range: "1-" }),
        "ne",
      );
      const compared = await compareVersions(store, location);
      assert.equal(compared.sameBytes, false);
      assert.ok(compared.differs.includes("size"));
      const url = await presign(store, location, { versionId: oldest.versionId });
      assert.equal(await sh(curlLine(url, "-")), "one");
      const restored = await restoreVersion(store, location, { versionId: oldest.versionId });
      assert.equal(restored.how, "copied");
      assert.equal(await text(store, bucket, "k"), "one");
      await deleteObjects(store, bucket, ["k"]);
      assert.ok((await versionsOf(store, location))[0].isMarker);
      assert.equal((await restoreVersion(store, location)).how, "undeleted");
      assert.equal(await text(store, bucket, "k"), "one");
      await setVersioning(store, bucket, "suspended");
      assert.equal(await versioningOf(store, bucket), "suspended");
    },
  },
  {
    name: "a bucket with everything in it",
    command: "rb --force",
    async try({ store, bucket, put }) {
      const versions = await setVersioning(store, bucket, "enabled").then(() => true, (error) => {
        if (isDipperError(error, "unsupported")) return false;
        throw error;
      });
      for (const body of ["1", "22", "333"]) await put("k", body);
      await put("other", "4444");
      await deleteObjects(store, bucket, ["k"]);
      await s3Client(store).send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: "up" }));
      const contents = await bucketContents(store, bucket);
      assert.deepEqual(
        contents,
        versions
          ? { objects: 1, oldVersions: 3, deleteMarkers: 1, uploads: 1, bytes: 10 }
          : { objects: 1, oldVersions: 0, deleteMarkers: 0, uploads: 1, bytes: 4 },
      );
      await emptyBucket(store, bucket);
      assert.ok(isEmpty(await bucketContents(store, bucket)));
    },
  },
  {
    name: "unfinished uploads: list, sizes, abort",
    command: "uploads",
    async try({ store, bucket }) {
      const begun = await s3Client(store).send(
        new CreateMultipartUploadCommand({ Bucket: bucket, Key: "big/x" }),
      );
      const { UploadPartCommand } = await import("@aws-sdk/client-s3");
      await s3Client(store).send(
        new UploadPartCommand({
          Bucket: bucket,
          Key: "big/x",
          UploadId: begun.UploadId,
          PartNumber: 1,
          Body: "12345",
        }),
      );
      const found = await Array.fromAsync(unfinishedUploads(store, bucket, { prefix: "big/" }));
      assert.deepEqual(found.map(({ key, parts, bytes }) => [key, parts, bytes]), [[
        "big/x",
        1,
        5,
      ]]);
      await abortUpload(store, bucket, found[0]);
      await abortUpload(store, bucket, found[0]);
      assert.deepEqual(await Array.fromAsync(unfinishedUploads(store, bucket)), []);
    },
  },
  {
    name: "rates up and down, measured",
    command: "bench-store",
    async try({ store, bucket }) {
      const plan = benchPlan([2 ** 20], 1);
      const { isClean, checked } = await benchStore(StoreSet.of([store]), `s3://${bucket}`, {
        plan,
      });
      assert.deepEqual([isClean, checked.none], [true, undefined]);
    },
  },
  {
    name: "lifecycle rules",
    command: "lifecycle",
    async try({ store, bucket }) {
      assert.deepEqual(await getLifecycle(store, bucket), []);
      const rule = lifecycleRule({ prefix: "tmp/", expireDays: 30, unfinishedDays: 7 });
      await setLifecycle(store, bucket, [rule]);
      const [seen] = await getLifecycle(store, bucket);
      assert.equal(seen.ID, "dipper-tmp");
      assert.equal(seen.Expiration?.Days, 30);
      assert.equal(seen.Filter?.Prefix ?? seen.Prefix, "tmp/");
      await setLifecycle(store, bucket, []);
      assert.deepEqual(await getLifecycle(store, bucket), []);
    },
  },
  {
    name: "lifecycle: older versions, some kept",
    command: "lifecycle --old-versions --keep-versions",
    async try({ store, bucket }) {
      const rule = lifecycleRule({ id: "old", oldVersionDays: 90, keepVersions: 2 });
      await setLifecycle(store, bucket, [rule]);
      const [seen] = await getLifecycle(store, bucket);
      assert.equal(seen.NoncurrentVersionExpiration?.NoncurrentDays, 90);
      assert.equal(seen.NoncurrentVersionExpiration?.NewerNoncurrentVersions, 2);
    },
  },
  {
    name: "CORS rules, by a real preflight",
    command: "cors",
    async try({ store, bucket, put }) {
      await put("k", "x");
      const origin = "https://maps.example.org";
      const asked = (from: string) =>
        preflight(store, { bucket, key: "k" }, { origin: from, method: "GET", headers: ["range"] });
      assert.deepEqual(await getCors(store, bucket), []);
      const before = (await asked(origin)).allowed;
      await setCors(store, bucket, corsPreset("read-from-browser", [origin]));
      assert.deepEqual((await getCors(store, bucket))[0].AllowedOrigins, [origin]);
      const allowed = await asked(origin);
      assert.ok(allowed.allowed, allowed.why);
      assert.equal((await asked("https://evil.example.org")).allowed, false);
      await setCors(store, bucket, []);
      assert.deepEqual(await getCors(store, bucket), []);
      if (before) return "rules work, but without any rule every page may read";
    },
  },
  {
    name: "public reading by a policy",
    command: "policy set --preset public-read",
    async try({ store, bucket, put }) {
      await put("open/k", "x");
      await put("closed/k", "x");
      assert.equal(await getPolicy(store, bucket), undefined);
      const read = async (key: string) => (await publicAccess(store, { bucket, key })).read;
      assert.equal(await read("open/k"), false);
      await setPolicy(store, bucket, withStatements(undefined, publicRead(bucket, "open/")));
      assert.equal(await read("open/k"), true);
      assert.equal(await read("closed/k"), false);
      await setPolicy(store, bucket, undefined);
      assert.equal(await read("open/k"), false);
    },
  },
  {
    name: "access for a user under a prefix",
    command: "policy give-access",
    async try({ store, guest, bucket, put, server }) {
      await put("open/k", "x");
      await put("closed/k", "x");
      const reads = (key: string) => may(() => text(guest, bucket, key));
      assert.equal(await reads("open/k"), false);
      const principal = GUEST[server.name];
      await giveAccess(store, bucket, { principal, access: "read", prefix: "open/" });
      if (!await reads("open/k")) return "the user still may not: the server does not know it so";
      assert.equal(await reads("closed/k"), false);
      const put2 = () =>
        s3Client(guest).send(new PutObjectCommand({ Bucket: bucket, Key: "open/n", Body: "x" }));
      await assert.rejects(put2);
    },
  },
  {
    name: "what a key may do",
    command: "policy check",
    async try({ store, guest, bucket, put }) {
      await put("k", "x");
      const outcomes = async (who: Store) => {
        const tried = await Array.fromAsync(checkAccess(who, { bucket }));
        return Object.fromEntries(tried.map(({ what, allowed }) => [what, allowed]));
      };
      const own = await outcomes(store);
      for (const what of ["list", "read", "write", "delete"]) assert.equal(own[what], "yes", what);
      const others = await outcomes(guest);
      for (const what of ["list", "read", "write"]) assert.equal(others[what], "no", what);
      assert.deepEqual(await Array.fromAsync(unfinishedUploads(store, bucket)), []);
      assert.equal(await text(store, bucket, "k"), "x");
    },
  },
  {
    name: "access list of an object",
    command: "acl",
    async try({ store, bucket, put }) {
      await put("k", "x");
      const location = { bucket, key: "k" };
      await setAcl(store, location, "public-read");
      const grants = await getAcl(store, location);
      const read = (await publicAccess(store, location)).read;
      if (!read) return "the server takes the list and does not act on it";
      assert.ok(grants.some(({ to, right }) => to === "everybody" && right === "READ"));
      await setAcl(store, location, "private");
      assert.equal((await publicAccess(store, location)).read, false);
    },
  },
  {
    name: "events of a bucket to a webhook",
    command: "notify",
    async try({ store, bucket, put }) {
      const arrived = Promise.withResolvers<string>();
      await using inbox = openInbox({
        hostname: "127.0.0.1",
        port: 0,
        take([event]) {
          arrived.resolve(`${event.name} ${event.key}`);
          return "taken";
        },
      });
      const address = `http://127.0.0.1:${inbox.port}/`;
      const to = { address, delivery: "at-once" as const };
      await addRule(store, bucket, { events: ["s3:ObjectCreated:*"], prefix: "in/", to });
      try {
        await put("out/k", "x");
        await put("in/k", "x");
        assert.equal(await arrived.promise, "ObjectCreated:Put in/k");
      } finally {
        await removeRules(store, bucket, "all");
      }
      assert.deepEqual(await listRules(store, bucket), []);
    },
  },
  {
    name: "events of a bucket to a broker, by AMQP",
    command: "notify --amqp",
    async try({ store, bucket, put }) {
      const broker = new Broker();
      const rule = "amqp";
      const arrived = Promise.withResolvers<string>();
      const queue = `dipper-test-${crypto.randomUUID()}`;
      const { open, exchange } = broker;
      const how = { ackLevel: "none", delivery: "at-once" } as const;
      const to = { address: open, exchange, ...how };
      await addRule(store, bucket, { name: rule, events: ["s3:ObjectCreated:*"], to });
      {
        await using _inbox = await BrokerInbox.open({
          address: parseBrokerAddress(broker.url()),
          queue,
          exchange,
          routingKey: topicName(bucket, rule),
          prefetch: 1,
          take([event], { told }) {
            arrived.resolve(`${event.name} ${event.key}`);
            told?.();
            return "taken";
          },
          onNotice: arrived.reject,
          onEnd: arrived.reject,
        });
        await put("k", "x");
        assert.equal(await arrived.promise, "ObjectCreated:Put k");
      }
      await broker.remove(queue);
      await removeRules(store, bucket, "all");
    },
  },
  {
    name: "temporary credentials of a role",
    command: "assume-role",
    async try({ store, bucket, put, as, server }) {
      await put("k", "x");
      const roleArn = server.roleArn ?? "arn:aws:iam::000000000000:role/reader";
      const session = await as(await roleCredentials(store, { roleArn, duration: 900 }));
      assert.equal(await text(session, bucket, "k"), "x");
    },
  },
  {
    name: "a role narrowed to a prefix and to reading",
    command: "assume-role --scope --read-only",
    async try({ store, bucket, put, as, server }) {
      await put("in/k", "x");
      await put("out/k", "x");
      const policy = sessionPolicy({ places: [{ bucket, key: "in/" }], access: "read-only" });
      const roleArn = server.roleArn ?? "arn:aws:iam::000000000000:role/reader";
      const session = await as(
        await roleCredentials(store, { roleArn, duration: 900, policy: JSON.stringify(policy) }),
      );
      assert.equal(await text(session, bucket, "in/k"), "x");
      const narrowed = !await may(() => text(session, bucket, "out/k"));
      if (!narrowed) return "the server gives the session all the rights of the role";
      const write = () =>
        s3Client(session).send(new PutObjectCommand({ Bucket: bucket, Key: "in/n", Body: "x" }));
      await assert.rejects(write);
    },
  },
];

/** How the servers call the guest in a policy. */
const GUEST = {
  ceph: "guest",
  versitygw: "dipperguest",
  seaweedfs: "arn:aws:iam::000000000000:user/guest",
} as const;

/** Tries a feature; what the server lacks is told by the error itself. */
export async function outcomeOf(feature: Feature, where: Place): Promise<string> {
  try {
    return await feature.try(where) ?? "yes";
  } catch (error) {
    if (!(error instanceof DipperError) || error.tag !== "unsupported") throw error;
    return error.message.replace(where.server.endpoint, "the server");
  }
}
