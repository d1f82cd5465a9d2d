import assert from "node:assert/strict";
import { join } from "node:path";
import { setVersioning } from "../../src/objects/versions/state.ts";
import { versionsOf } from "../../src/objects/versions/restore.ts";
import { place } from "./features/place.ts";
import { dipper, personOf } from "./support/command.ts";
import { onEachServer } from "./support/servers.ts";

onEachServer("cp, mv and rm take one version of an object", async (server) => {
  await using where = await place(server);
  const { store, bucket } = where;
  const person = personOf(server);
  const uri = (key: string) => `s3://${bucket}/${key}`;
  await setVersioning(store, bucket, "enabled");
  for (const text of ["first", "second", "third"]) await where.put("k", text);
  const [third, second, first] = await versionsOf(store, { bucket, key: "k" });
  const read = async (key: string) => (await dipper(person, "cat", uri(key))).stdout;
  const run = async (...args: string[]) => {
    const ran = await dipper(person, ...args);
    assert.equal(ran.code, 0, ran.stderr);
    return ran.stdout;
  };

  const folder = await Deno.makeTempDir({ prefix: "dipper-e2e-versions-" });
  await run("cp", uri("k"), join(folder, "k"), "--version-id", first.versionId);
  assert.equal(await Deno.readTextFile(join(folder, "k")), "first");
  await Deno.remove(folder, { recursive: true });
  assert.equal(await run("cp", uri("k"), "-", "--version-id", second.versionId), "second");
  await run("cp", uri("k"), uri("copy"), "--version-id", first.versionId);
  assert.equal(await read("copy"), "first");
  await run("mv", uri("k"), uri("moved"), "--version-id", second.versionId);
  assert.equal(await read("moved"), "second");
  await run("rm", uri("k"), "--version-id", third.versionId);
  assert.equal(await read("k"), "first");
  const left = await versionsOf(store, { bucket, key: "k" });
  assert.deepEqual(left.map(({ versionId }) => versionId), [first.versionId]);

  for (
    const args of [
      ["cp", "-r", uri(""), "x", "--version-id", "v"],
      ["mv", uri("m*"), uri("y/"), "--version-id", "v"],
      ["rm", uri("k"), uri("copy"), "--version-id", first.versionId],
    ]
  ) {
    const ran = await dipper(person, ...args);
    assert.equal(ran.code, 2, ran.stderr);
    assert.match(ran.stderr, /a version is of one object/);
  }
  assert.equal(await read("k"), "first");
});

onEachServer("head shows the rows of an older version", async (server) => {
  await using where = await place(server);
  const { store, bucket } = where;
  const person = personOf(server);
  await setVersioning(store, bucket, "enabled");
  const point = (n: number) =>
    JSON.stringify({
      type: "Feature",
      properties: { n },
      geometry: { type: "Point", coordinates: [n, n] },
    });
  const cases: readonly (readonly [key: string, texts: readonly string[], old: string])[] = [
    ["50%20 what?.csv", ["a,b\n1,x\n", "a,b\n2,y\n"], "a,b\n1,x\n"],
    ["t.jsonl", ['{"a":1}\n{"a":2}\n', '{"a":3}\n'], "a\n1\n2\n"],
    ["p.geojson", [point(1), point(2)], "OGC_FID,n,geom\n0,1,POINT (1 1)\n"],
  ];
  for (const [key, texts, expected] of cases) {
    for (const text of texts) await where.put(key, text);
    const [, old] = await versionsOf(store, { bucket, key });
    const uri = `s3://${bucket}/${key}`;
    const head = await dipper(person, "head", uri, "--version-id", old.versionId);
    assert.deepEqual([head.code, head.stdout], [0, expected], head.stderr);
    const unknown = old.versionId.replace(/^./, (char) => char === "1" ? "2" : "1");
    const none = await dipper(person, "head", uri, "--version-id", unknown);
    assert.equal(none.code, 3, none.stderr);
    assert.ok(none.stderr.includes("version") && !none.stderr.includes("@version"), none.stderr);
  }
});
