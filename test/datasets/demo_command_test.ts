import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "../../src/cli/run.ts";
import { wrap } from "../../src/cli/demo/narrator.ts";
import { isAgreed } from "../../src/cli/demo/steps.ts";
import { readSettings } from "../../src/settings.ts";
import { displayWidth } from "../../src/show/text.ts";
import { FakeHost } from "../cli/fake_host.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const QUIET = new AbortController().signal;

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dipper-demo-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the demo tells the whole job in 80 columns, and leaves pictures", () =>
  inFolder(async (folder) => {
    const host = new FakeHost({ columns: 80 });
    const code = await runCommandLine(["demo", "--out", join(folder, "new")], host, QUIET);
    const { stdout, stderr } = host.written;
    assert.equal(stderr, "");
    assert.equal(code, 0, stdout);
    assert.match(stdout, /336,776 rows, 19 columns/);
    assert.match(stdout, /ExpressJet Airlines Inc\./);
    assert.match(stdout, /✓ flights: 336,776 rows computed = 336,776 written = 336,776 read back/);
    assert.match(stdout, /✓ earthquakes: 1,707 rows computed = 1,707 written = 1,707 read back/);
    assert.match(
      stdout,
      /statements: \d+ requests · [\d.]+ MB read \(\d+ %\) of [\d.]+ MB · [\d.]+ MB written/,
    );
    assert.match(stdout, /dipper check s3:\/\/BUCKET/);
    const tooWide = stdout.split("\n").filter((line) =>
      displayWidth(line) > 80 && !line.includes(folder)
    );
    assert.deepEqual(tooWide, []);
    // deno-lint-ignore no-control-regex -- that there are no terminal sequences is the point
    assert.doesNotMatch(stdout, /\x1b/);
    const sizes: Record<string, number> = {};
    for await (const { name } of Deno.readDir(join(folder, "new"))) {
      sizes[name] = (await Deno.stat(join(folder, "new", name))).size;
    }
    assert.deepEqual(Object.keys(sizes).toSorted(), [
      "earthquakes.png",
      "earthquakes.svg",
      "index.html",
      "rain-delays.png",
      "rain-delays.svg",
    ]);
    for (const size of Object.values(sizes)) assert.ok(size > 3000);
  }));

Deno.test("the demo does not mind the person's profile and proxy; --json gives one object", () =>
  inFolder(async (folder) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-check", MAIN, "demo", "--json", "--out", folder],
      env: {
        AWS_PROFILE: "ghost",
        AWS_ENDPOINT_URL: "http://127.0.0.1:9",
        AWS_CA_BUNDLE: "/nonexistent",
        HTTP_PROXY: "http://127.0.0.1:9",
        http_proxy: "http://127.0.0.1:9",
        DIPPER_CACHE_DIR: readSettings().cacheDirectory,
      },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const { agrees, agreements, report, files } = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(agrees, true);
    assert.deepEqual(agreements.map((each: { readBack: number }) => each.readBack), [336776, 1707]);
    assert.ok(report.bytes.read > 1e6 && report.requests.get > 10);
    assert.equal(files.length, 5);
  }));

Deno.test("a folder that cannot be made is said before any work", async () => {
  const host = new FakeHost();
  const file = await Deno.makeTempFile();
  assert.notEqual(await runCommandLine(["demo", "--out", join(file, "x")], host, QUIET), 0);
  assert.equal(host.written.stdout, "");
  assert.match(host.written.stderr, /^error: /);
  await Deno.remove(file);
});

Deno.test("counts or sums that differ do not agree", () => {
  const sum = { of: "x", asked: 5n, readBack: 5n };
  const good = { what: "x", uri: "s3://b/x", asked: 2n, written: 2n, readBack: 2n, sum };
  assert.ok(isAgreed(good));
  assert.ok(!isAgreed({ ...good, written: 1n }));
  assert.ok(!isAgreed({ ...good, readBack: 3n }));
  assert.ok(!isAgreed({ ...good, sum: { ...sum, readBack: 4n } }));
});

Deno.test("wrapping keeps every word", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrap("incomprehensible to me", 5), ["incomprehensible", "to me"]);
});
