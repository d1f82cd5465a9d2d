import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk } from "./command.ts";

Deno.test("commands about objects", async (t) => {
  await using desk = await Desk.withDemo();
  const airlines = "s3://demo/nycflights13/airlines.csv";
  const json = async (...args: string[]) => JSON.parse(await desk.out([...args, "--json"]));

  await t.step("ls takes patterns, exact sizes and a summary", async () => {
    const lines = await desk.out(["ls", "s3://demo/nyc*/air*.csv", "--bytes", "--summarize"]);
    assert.match(lines, /Z +386 {2}nycflights13\/airlines\.csv\n[^]*airports\.csv\n2 objects · /);
    const summary = await json("ls", "s3://demo", "-r", "--summarize");
    assert.equal(summary.objects, 3);
    assert.equal((await json("ls", "s3://demo/**.csv")).length, 2);
    const none = await desk.run(["ls", "s3://demo/*.nothing"]);
    assert.equal(none.code, 3);
    const both = await desk.run(["ls", "s3://demo", "--human", "--bytes"]);
    assert.equal(both.code, 2);
    const open = await desk.run(["ls", "s3://demo/a[b"]);
    assert.equal(open.code, 2);
  });

  await t.step("du sums by prefix, class and type", async () => {
    assert.match(
      await desk.out(["du", "s3://demo"]),
      /3 {2}s3:\/\/demo\/nycflights13\/\n.*total\n/,
    );
    const { total: _, ...types } = await json("du", "s3://demo", "--by", "type");
    assert.deepEqual(types.groups.map(({ name }: { name: string }) => name), [".parquet", ".csv"]);
    assert.match(await desk.out(["du", "s3://demo", "--by", "class"]), /STANDARD/);
  });

  await t.step("stat, cat and head show what an object is and holds", async () => {
    assert.match(await desk.out(["stat", airlines]), /size +386 B\n[^]*content-type +text\/csv/);
    assert.equal((await json("stat", airlines)).size, 386);
    assert.equal(await desk.out(["cat", airlines, "--range", "0-11"]), "carrier,name");
    assert.equal((await desk.out(["cat", airlines, airlines])).length, 2 * 386);
    assert.equal(await desk.out(["head", airlines, "--lines", "1"]), "carrier,name\n");
    assert.equal(await desk.out(["head", airlines, "--bytes", "7"]), "carrier");
    const rows = await desk.out(["head", "s3://demo/nycflights13/flights.parquet", "-n", "2"]);
    assert.equal(rows.trimEnd().split("\n").length, 3);
    const near = await desk.run(["cat", "s3://demo/nycflights13/airlinse.csv"]);
    assert.equal(near.code, 3);
    assert.match(near.stderr, /Did you mean s3:.*airlines\.csv/);
    assert.equal((await desk.run(["stat", "s3://demo"])).code, 2);
  });

  await t.step("find prints, or runs a command without a shell", async () => {
    const found = await desk.out(["find", "s3://demo", "--name", "*.csv", "--smaller", "1kB"]);
    assert.equal(found, `${airlines}\n`);
    const ran = await desk.out([
      "find",
      "s3://demo",
      "--name",
      "a*.csv",
      "--exec",
      "echo '{name}; $(touch x)' {size}",
    ]);
    assert.match(ran, /^airlines\.csv; \$\(touch x\) 386\n/);
    const failing = await desk.run(["find", "s3://demo", "--name", "a*.csv", "--exec", "false"]);
    assert.equal(failing.code, 6);
    assert.match(failing.stderr, /failed for 2 of 2/);
    const none = await desk.run(["find", "s3://demo", "--exec", "no-such-program {uri}"]);
    assert.equal(none.code, 2);
  });

  await t.step("mb and rb are careful", async () => {
    const bad = await desk.run(["mb", "s3://Bad_Name"]);
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /no capitals; it may have no underscore/);
    await desk.out(["mb", "s3://fresh-one"]);
    const full = await desk.run(["rb", "s3://demo"]);
    assert.equal(full.code, 1);
    assert.match(full.stderr, /not empty/);
    const unasked = await desk.run(["rb", "s3://demo", "--force"]);
    assert.equal(unasked.code, 2);
    assert.match(unasked.stderr, /3 objects \(5\.\d MB\), and there is nobody to ask/);
    await desk.out(["rb", "s3://fresh-one"]);
    assert.equal((await desk.run(["rb", "s3://fresh-one"])).code, 3);
  });

  await t.step("presign gives an address that works and says its end", async () => {
    const { url, curl, expires } = await json("presign", airlines, "--expires", "2h");
    assert.ok(curl.includes(url));
    assert.ok(new Date(expires).getTime() > Date.now() + 7_000_000);
    assert.equal((await (await fetch(url)).text()).length, 386);
    const long = await desk.run(["presign", airlines, "--expires", "8d"]);
    assert.equal(long.code, 2);
    assert.match(long.stderr, /7 days/);
    const mixed = await desk.run(["presign", airlines, "--put", "--download"]);
    assert.equal(mixed.code, 2);
  });

  await t.step("groups say what they have", async () => {
    const none = await desk.run(["versions"]);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /status, enable, suspend, list/);
    const near = await desk.run(["lifecycle", "shwo", "s3://demo"]);
    assert.equal(near.code, 2);
    assert.match(near.stderr, /Did you mean dipper lifecycle show\?/);
    const missing = await desk.run(["policy", "set", "s3://demo"]);
    assert.match(missing.stderr, /--preset or --file/);
  });

  await t.step("files of settings that cannot be read are named", async () => {
    const file = join(desk.home, "cors.json");
    const gone = await desk.run(["cors", "set", "s3://demo", "--file", file]);
    assert.equal(gone.code, 2);
    assert.ok(gone.stderr.includes(file));
    await Deno.writeTextFile(file, "{");
    const bad = await desk.run(["cors", "set", "s3://demo", "--file", file]);
    assert.match(bad.stderr, /neither XML nor JSON/);
  });
});
