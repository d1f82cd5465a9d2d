import assert from "node:assert/strict";
import { join } from "node:path";
import { runCommandLine } from "../../src/cli/run.ts";
import { asPerson } from "../e2e/support/environment.ts";
import { openDesk, type TransferDesk } from "../objects/transfer/support/desk.ts";
import { FakeHost } from "./fake_host.ts";

/** Runs a command as a person at a terminal who types `answer`. */
async function typed(desk: TransferDesk, answer: string, ...args: string[]) {
  const host = new FakeHost({ isTerminal: true, input: [answer] });
  const variables = {
    AWS_ENDPOINT_URL: desk.endpoint,
    AWS_ACCESS_KEY_ID: "k",
    AWS_SECRET_ACCESS_KEY: "secretsecret",
    AWS_REGION: "us-east-1",
  };
  const { signal } = new AbortController();
  const code = await asPerson({ variables }, () => runCommandLine(args, host, signal));
  return { code, asked: host.written.stderr };
}

async function withObjects(): Promise<TransferDesk> {
  const desk = await openDesk();
  for (let index = 1; index <= 7; index++) await desk.put(`p/${index}.csv`, "12345");
  await desk.put("p/name\x1b[2J", "");
  return desk;
}

Deno.test("a person at a terminal is asked before many are removed", async () => {
  await using desk = await withObjects();
  for (const answer of ["n\n", "\n", ""]) {
    const { code, asked } = await typed(desk, answer, "rm", "-r", desk.uri("p"));
    assert.equal(code, 130, asked);
    assert.match(asked, /Remove 8 objects, 35 B, of s3:\/\/.*\/p\? \[y\/N\]/);
    assert.match(asked, / {2}p\/1\.csv\n[^]* {2}… and 3 more\n/);
    assert.ok(!asked.includes("\x1b[2J"), "a name moves the cursor");
    assert.equal((await desk.keys()).length, 8);
  }
  const { code, asked } = await typed(desk, "y\n", "rm", "-r", desk.uri("p"));
  assert.equal(code, 0, asked);
  assert.match(asked, /8 objects removed/);
  assert.deepEqual(await desk.keys(), []);
});

Deno.test("one object that is named is removed without a question", async () => {
  await using desk = await withObjects();
  const { code, asked } = await typed(desk, "", "rm", desk.uri("p/1.csv"));
  assert.deepEqual([code, asked.includes("[y/N]")], [0, false]);
  assert.equal((await desk.keys()).length, 7);
});

Deno.test("a person at a terminal is asked before many are moved", async () => {
  await using desk = await withObjects();
  const args = ["mv", desk.uri("p/*.csv"), desk.uri("q/")];
  const no = await typed(desk, "n\n", ...args);
  assert.equal(no.code, 130);
  assert.match(no.asked, /Move 7 objects, 35 B, of s3:\/\/.*\? \[y\/N\]/);
  assert.deepEqual(await desk.keys("q/"), []);
  const yes = await typed(desk, "yes\n", ...args);
  assert.equal(yes.code, 0, yes.asked);
  assert.equal((await desk.keys("q/")).length, 7);
  assert.equal((await desk.keys("p/")).length, 1);
});

Deno.test("a person at a terminal is asked before a mirror loses files", async () => {
  await using desk = await withObjects();
  const folder = desk.path("mirror");
  await Deno.mkdir(folder);
  await Deno.writeTextFile(join(folder, "extra"), "mine");
  const args = ["sync", desk.uri("p"), folder, "--exclude", "name*", "--delete"];
  const no = await typed(desk, "n\n", ...args);
  assert.equal(no.code, 130);
  assert.match(no.asked, /Remove 1 object, 4 B, of .*mirror\? \[y\/N\]/);
  assert.equal(await Deno.readTextFile(join(folder, "extra")), "mine");
  const yes = await typed(desk, "y\n", ...args);
  assert.equal(yes.code, 0, yes.asked);
  await assert.rejects(Deno.stat(join(folder, "extra")), Deno.errors.NotFound);
  assert.equal([...Deno.readDirSync(folder)].length, 7);
});

Deno.test("a whole bucket is removed only when the person says so", async () => {
  await using desk = await withObjects();
  const { code, asked } = await typed(desk, "y\n", "rm", "-r", `s3://${desk.bucket}`);
  assert.equal(code, 2);
  assert.match(asked, /is the whole bucket[^]*--all/);
  assert.equal((await desk.keys()).length, 8);
});
