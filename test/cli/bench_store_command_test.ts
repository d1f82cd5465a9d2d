import assert from "node:assert/strict";
import { join } from "node:path";
import type { StoreBench } from "../../src/objects/store_bench/measure.ts";
import { Desk } from "./command.ts";

Deno.test("dipper bench-store", async (t) => {
  await using desk = await Desk.withDemo();
  const keys = await desk.out(["ls", "s3://demo", "-r"]);
  const small = ["--sizes", "2KiB", "--repeat", "1"];

  await t.step("prints a table, says what moves, and draws", async () => {
    const ran = await desk.run(["bench-store", "s3://demo/tmp", ...small, "--plot", "rates.svg"]);
    assert.equal(ran.code, 0, ran.stderr);
    const [head, ...rows] = ran.stdout.trimEnd().split("\n");
    assert.match(head, /^ *size +up +MiB\/s +net MiB\/s +down +MiB\/s +net MiB\/s$/);
    assert.deepEqual(rows.map((row) => row.trim().split("  ")[0]), ["8 B", "2 KiB"]);
    assert.match(ran.stderr, /This will move 12\.3 kB to and from s3:\/\/demo\/tmp\./);
    assert.match(ran.stderr, /a call takes [\d.]+ m?s up and [\d.]+ m?s down \(8 B\)/);
    assert.match(await Deno.readTextFile(join(desk.home, "rates.svg")), /down, net/);
  });

  await t.step("prints JSON, in the default bucket", async () => {
    const env = { DIPPER_BUCKET: "demo" };
    const bench = JSON.parse(await desk.out(["bench-store", ...small, "--json"], { env }));
    const { rows, uri, isClean, traffic } = bench as StoreBench;
    assert.deepEqual([uri, isClean, traffic], ["s3://demo", true, 2 * 3 * (8 + 2048)]);
    assert.deepEqual(rows.map(({ bytes, up }) => [bytes, up.seconds.length]), [[8, 3], [2048, 3]]);
  });

  await t.step("asks before much is moved", async () => {
    const large = await desk.run(["bench-store", "s3://demo", "--large"]);
    assert.equal(large.code, 2);
    assert.match(large.stderr, /this will move 71\.\d GB to and from s3:\/\/demo, and there is/);
  });

  await t.step("is stopped by Ctrl-C and takes away what it made", async () => {
    const child = desk.spawn(["bench-store", "s3://demo", "--sizes", "4KiB", "--repeat", "500"]);
    const output = child.output();
    while (await desk.out(["ls", "s3://demo", "-r"]) === keys);
    child.kill("SIGINT");
    assert.equal((await output).code, 130);
  });

  await t.step("says what it does not understand", async () => {
    for (
      const [args, message] of [
        [["--sizes", "much"], /Write sizes with commas/],
        [["--sizes", "0"], /objects of 0 bytes/],
        [["--repeat", "0"], /whole number above 0/],
        [["--plot", "rates.gif"], /\.svg, \.png or \.html/],
      ] as const
    ) {
      const ran = await desk.run(["bench-store", "s3://demo", ...args]);
      assert.equal(ran.code, 2, ran.stderr);
      assert.match(ran.stderr, message);
    }
    assert.equal((await desk.run(["bench-store", "s3://no-such-bucket", ...small])).code, 3);
  });

  assert.equal(await desk.out(["ls", "s3://demo", "-r"]), keys);
});
