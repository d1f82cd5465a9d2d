import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { copy } from "../../src/objects/transfer/copy.ts";
import { environmentOf } from "../../src/store/environment.ts";
import { StoreSet } from "../../src/store/store_set.ts";
import { Pattern } from "../faults/pattern.ts";
import { freshBucket } from "../support/names.ts";
import { makeBucket } from "./support/bucket.ts";
import { dipper, personOf } from "./support/command.ts";
import { onEachServer } from "./support/servers.ts";

const MIB = 2 ** 20;

onEachServer("dipper uploads lists what can go on, and resume goes on with it", async (of) => {
  await using bucket = await makeBucket(of, [], freshBucket("storebench"));
  const stores = await StoreSet.resolve(of.options, environmentOf({}));
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "dipper-e2e-resume-" }));
  const file = join(folder, "large");
  const bytes = Pattern.of(13).slice(0, 48 * MIB);
  await Deno.writeFile(file, bytes);
  const stop = new AbortController();
  const cut = copy(stores, file, bucket.uri("a/large"), {
    stateFolder: join(folder, "cache", "transfers"),
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === "progress" && event.bytes >= 16 * MIB) stop.abort();
    },
  });
  await assert.rejects(cut, { tag: "cancelled" });
  const { variables } = personOf(of);
  const person = { variables: { ...variables, DIPPER_CACHE_DIR: join(folder, "cache") } };

  const listed = await dipper(person, "uploads", "list", bucket.uri(""), "--json");
  assert.deepEqual(
    JSON.parse(listed.stdout).map(({ key, record }: { key: string; record: unknown }) => [
      key,
      record,
    ]),
    [["a/large", { from: file }]],
  );
  const resumed = await dipper(person, "uploads", "resume", bucket.uri("a/"));
  assert.deepEqual([resumed.code, resumed.stderr.includes("1 object transferred")], [0, true]);
  assert.match(resumed.stdout, /^upload .*large -> s3:.*a\/large \(50\.3 MB\)\n$/);
  await copy(stores, bucket.uri("a/large"), join(folder, "back"));
  assert.equal(Buffer.compare(await Deno.readFile(join(folder, "back")), bytes), 0);
  const none = await dipper(person, "uploads", "list", bucket.uri(""));
  assert.match(none.stderr, /^0 unfinished uploads/);
  stores.close();
  await Deno.remove(folder, { recursive: true });
});
