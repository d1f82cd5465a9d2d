import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk } from "./command.ts";

/** A cache folder of the desk's own; nothing here needs DuckDB, which lives beside the shared one. */
function ownCache(desk: Desk): { readonly env: Record<string, string> } {
  return { env: { DIPPER_CACHE_DIR: join(desk.home, "cache") } };
}

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) found.push(...await filesBelow(path));
    else found.push(path);
  }
  return found.sort();
}

interface Shown {
  readonly objects: number;
  readonly bytes: number;
  readonly size: number;
  readonly buckets: readonly { readonly bucket: string }[];
  readonly pulled: readonly {
    readonly uri: string;
    readonly bytes: number;
    readonly cached: number;
  }[];
}

async function shown(desk: Desk): Promise<Shown> {
  return JSON.parse(await desk.out(["cache", "show", "--json"], ownCache(desk)));
}

Deno.test("pull fetches what is missing, once, and show says how complete it is", async () => {
  await using desk = await Desk.withDemo();
  const pull = async (uri: string) =>
    JSON.parse(await desk.out(["cache", "pull", uri, "--json"], ownCache(desk)));
  const part = await pull("s3://demo/nycflights13/airlines");
  assert.deepEqual([part.objects, part.received], [1, part.bytes]);
  const all = await pull("s3://demo/nycflights13/");
  assert.deepEqual([all.objects, all.received], [3, all.bytes - part.bytes]);
  assert.equal((await pull("s3://demo/nycflights13/")).received, 0);
  const { pulled, buckets, objects, bytes } = await shown(desk);
  assert.deepEqual(pulled.map(({ uri, bytes, cached }) => [uri, cached === bytes]), [
    ["s3://demo/nycflights13/", true],
    ["s3://demo/nycflights13/airlines", true],
  ]);
  assert.deepEqual([buckets[0].bucket, objects], ["demo", 3]);
  assert.ok(bytes >= all.bytes);
  const text = await desk.out(["cache", "show"], ownCache(desk));
  assert.match(text, /pulled .*s3:\/\/demo\/nycflights13\/ {2}3 objects, .*, complete\n/);
});

Deno.test("pull says before it starts what does not fit, and fetches nothing", async () => {
  await using desk = await Desk.withDemo();
  const cache = { env: { ...ownCache(desk).env, DIPPER_CACHE_SIZE: "1 MB" } };
  const ran = await desk.run(["cache", "pull", "s3://demo/nycflights13/"], cache);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /3 objects, and the cache has room for \d+: 2 of them fit, up to /);
  assert.equal((await shown(desk)).objects, 0);
  const off = { env: { ...ownCache(desk).env, DIPPER_CACHE: "off" } };
  assert.match((await desk.run(["cache", "pull", "s3://demo/"], off)).stderr, /cache is off/);
  const none = await desk.run(["cache", "pull", "s3://demo/none/"], ownCache(desk));
  assert.equal(none.code, 3);
});

Deno.test("check names what is damaged, removes it, and it is fetched again", async () => {
  await using desk = await Desk.withDemo();
  await desk.out(["cache", "pull", "s3://demo/nycflights13/"], ownCache(desk));
  assert.match(await desk.out(["cache", "check"], ownCache(desk)), /^\d+ files, .* right\n$/);
  const [first] = await filesBelow(join(desk.home, "cache", "blocks-1"));
  const bytes = await Deno.readFile(first);
  bytes[10] ^= 1;
  await Deno.writeFile(first, bytes);
  const ran = await desk.run(["cache", "check"], ownCache(desk));
  assert.equal(ran.code, 1);
  assert.match(ran.stdout, /^damaged, removed: s3:\/\/demo\/nycflights13\/\w+/);
  await assert.rejects(Deno.stat(first), Deno.errors.NotFound);
  const { pulled } = await shown(desk);
  assert.ok(pulled[0].cached < pulled[0].bytes);
  const again = await desk.out(
    ["cache", "pull", "s3://demo/nycflights13/", "--json"],
    ownCache(desk),
  );
  assert.equal(JSON.parse(again).received, pulled[0].bytes - pulled[0].cached);
  await desk.out(["cache", "check"], ownCache(desk));
});

Deno.test("clear removes what it is told, and only after a yes", async () => {
  await using desk = await Desk.withDemo();
  await desk.out(["cache", "pull", "s3://demo/nycflights13/"], ownCache(desk));
  const clear = (...args: string[]) => desk.run(["cache", "clear", ...args], ownCache(desk));
  assert.equal((await clear()).code, 2);
  assert.equal((await clear("--prefix", "nycflights13/", "--yes")).code, 2);
  assert.equal((await shown(desk)).objects, 3);
  const some = await clear("--bucket", "demo", "--prefix", "nycflights13/air", "--yes");
  assert.match(some.stdout, /^removed 2 objects, /);
  const left = await shown(desk);
  assert.deepEqual([left.objects, left.pulled], [1, []]);
  assert.match((await clear("--bucket", "other", "--yes")).stdout, /^removed 0 objects/);
  assert.equal((await clear("--yes")).code, 0);
  assert.equal((await shown(desk)).objects, 0);
});
