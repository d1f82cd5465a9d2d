import assert from "node:assert/strict";
import { join } from "node:path";
import type { TransferSummary } from "../../src/objects/transfer/events.ts";
import { type FaultPlan, startProxy } from "../support/proxy.ts";
import { Desk, type Ran } from "./command.ts";

const FLIGHTS = "s3://demo/nycflights13";

/** What a command printed as JSON, a line each. */
function eventsOf({ stdout }: Ran): Record<string, unknown>[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** The environment of a desk, its service seen through a proxy. */
function through(desk: Desk, fault: FaultPlan) {
  const proxy = startProxy(desk.demo.endpoint, fault);
  return { proxy, env: { AWS_ENDPOINT_URL: proxy.endpoint } };
}

async function write(desk: Desk, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(desk.home, name);
    await Deno.mkdir(path.replace(/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
}

async function keys(desk: Desk, uri: string): Promise<string[]> {
  const listed = JSON.parse(await desk.out(["ls", uri, "-r", "--json"]));
  return listed.map(({ key }: { key: string }) => key);
}

const DENIED = {
  kind: "answer",
  status: 403,
  body: "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
} as const;

Deno.test("transfers tell programs what they do, a line of JSON each", async (t) => {
  await using desk = await Desk.withDemo();
  await write(desk, { "in/a.csv": "1\n", "in/b.csv": "22\n", "in/c.tmp": "" });

  await t.step("cp", async () => {
    const ran = await desk.run(["cp", "-r", "in", "s3://demo/j", "--json", "--exclude", "*.tmp"]);
    assert.equal(ran.code, 0, ran.stderr);
    const events = eventsOf(ran);
    const done = events.slice(0, -1).sort((a, b) => String(a.from) < String(b.from) ? -1 : 1);
    assert.deepEqual(
      done,
      [
        { kind: "done", action: "upload", from: "in/a.csv", to: "s3://demo/j/a.csv", size: 2 },
        { kind: "done", action: "upload", from: "in/b.csv", to: "s3://demo/j/b.csv", size: 3 },
      ].map((event) => ({ ...event, checked: done[0].checked })),
    );
    assert.ok(done[0].checked, "bytes went up unchecked");
    const { seconds: _, ...summary } = events.at(-1)!;
    assert.deepEqual(summary, {
      kind: "summary",
      done: 2,
      deleted: 0,
      skipped: 0,
      bytes: 5,
      failed: [],
      checked: { [String(done[0].checked)]: 2 },
    });
    assert.equal(ran.stderr, "");
  });

  await t.step("sync sends nothing twice, and removes only when told", async () => {
    await desk.out(["sync", "s3://demo/j", "out"]);
    const again = eventsOf(await desk.run(["sync", "s3://demo/j", "out", "--json"]));
    assert.deepEqual(again.map(({ kind, why }) => [kind, why]), [
      ["skipped", "unchanged"],
      ["skipped", "unchanged"],
      ["summary", undefined],
    ]);
    await write(desk, { "out/extra": "x" });
    await desk.out(["sync", "s3://demo/j", "out"]);
    assert.equal(await Deno.readTextFile(join(desk.home, "out/extra")), "x");
    const unasked = await desk.run(["sync", "s3://demo/j", "out", "--delete"]);
    assert.equal(unasked.code, 2, unasked.stderr);
    const dry = await desk.out(["sync", "s3://demo/j", "out", "--delete", "--dry-run"]);
    assert.match(dry, /would delete .*extra/);
    const removed = eventsOf(
      await desk.run(["sync", "s3://demo/j", "out", "--delete", "--yes", "--json"]),
    );
    assert.equal(removed.at(-1)!.deleted, 1);
    await assert.rejects(Deno.stat(join(desk.home, "out/extra")), Deno.errors.NotFound);
  });

  await t.step("mv", async () => {
    const ran = await desk.run(["mv", "s3://demo/j/a.csv", "s3://demo/k/a.csv", "--json"]);
    const [done, summary] = eventsOf(ran);
    assert.deepEqual([done.kind, done.to, summary.done], ["done", "s3://demo/k/a.csv", 1]);
    assert.deepEqual(await keys(desk, "s3://demo/k/"), ["k/a.csv"]);
    assert.deepEqual(await keys(desk, "s3://demo/j/"), ["j/b.csv"]);
  });

  await t.step("rm", async () => {
    const unasked = await desk.run(["rm", "-r", "s3://demo/j", "--json"]);
    assert.equal(unasked.code, 2);
    assert.equal(JSON.parse(unasked.stderr).error.tag, "usage");
    const ran = await desk.run(["rm", "-r", "s3://demo/j", "--yes", "--json"]);
    const [done, summary] = eventsOf(ran);
    assert.deepEqual([done.action, done.from], ["delete", "s3://demo/j/b.csv"]);
    assert.deepEqual([summary.deleted, summary.done], [1, 0]);
  });
});

Deno.test("what fails is named, kept in a file, and tried again from there", async (t) => {
  await using desk = await Desk.withDemo();
  await write(desk, { "in/bad.csv": "bad", "in/good.csv": "good", "in/worse.csv": "worse" });
  const { proxy, env } = through(
    desk,
    ({ method, path }) => method === "PUT" && /bad|worse/.test(path) ? DENIED : undefined,
  );
  await using _ = proxy;
  const summaryOf = async (name: string): Promise<TransferSummary> =>
    JSON.parse(await Deno.readTextFile(join(desk.home, name)));

  await t.step("some fail: exit code 6, and the others are there", async () => {
    const args = ["cp", "-r", "in", "s3://demo/r", "--summary", "s.json"];
    const ran = await desk.run(args, { env });
    assert.equal(ran.code, 6, ran.stderr);
    assert.match(ran.stderr, /failed: in\/bad\.csv: /);
    assert.match(ran.stderr, /2 objects failed/);
    assert.match(ran.stderr, /--retry FILE/);
    assert.deepEqual(await keys(desk, "s3://demo/r/"), ["r/good.csv"]);
    const { done, failed } = await summaryOf("s.json");
    assert.equal(done, 1);
    assert.deepEqual(
      failed.map(({ from, to, tag }) => [from, to, tag]).sort(),
      [
        ["in/bad.csv", "s3://demo/r/bad.csv", "permission"],
        ["in/worse.csv", "s3://demo/r/worse.csv", "permission"],
      ],
    );
  });

  await t.step("as JSON: an event for each, the summary, one error", async () => {
    const ran = await desk.run(["cp", "-r", "in", "s3://demo/r", "--json"], { env });
    assert.equal(ran.code, 6);
    const events = eventsOf(ran);
    const failed = events.filter(({ kind }) => kind === "failed");
    assert.deepEqual(failed.map(({ error }) => (error as { tag: string }).tag), [
      "permission",
      "permission",
    ]);
    assert.equal((events.at(-1)!.failed as unknown[]).length, 2);
    assert.equal(JSON.parse(ran.stderr).error.tag, "partial");
  });

  await t.step("a single failure is that failure: exit code 4", async () => {
    const ran = await desk.run(["cp", "in/bad.csv", "s3://demo/r/"], { env });
    assert.equal(ran.code, 4, ran.stderr);
  });

  await t.step("--retry copies what failed and nothing else", async () => {
    const ran = await desk.run(["cp", "--retry", "s.json", "--json", "--summary", "t.json"]);
    assert.equal(ran.code, 0, ran.stderr);
    const done = eventsOf(ran).filter(({ kind }) => kind === "done");
    assert.deepEqual(done.map(({ to }) => to).sort(), [
      "s3://demo/r/bad.csv",
      "s3://demo/r/worse.csv",
    ]);
    assert.deepEqual((await summaryOf("t.json")).failed, []);
    assert.equal((await keys(desk, "s3://demo/r/")).length, 3);
    assert.equal(await desk.out(["cat", "s3://demo/r/bad.csv"]), "bad");
    const nothing = await desk.run(["cp", "--retry", "t.json"]);
    assert.equal(nothing.code, 0, nothing.stderr);
  });

  await t.step("--retry goes on after a failure that happens again, and says so", async () => {
    await write(desk, {
      "u.json": JSON.stringify({
        failed: [
          { action: "upload", from: "in/none.csv", to: "s3://demo/u/none.csv" },
          { action: "upload", from: "in/good.csv", to: "s3://demo/u/good.csv" },
        ],
      }),
    });
    const args = ["cp", "-r", "--retry", "u.json", "--summary", "v.json"];
    const ran = await desk.run(args);
    assert.equal(ran.code, 6, ran.stderr);
    assert.deepEqual(await keys(desk, "s3://demo/u/"), ["u/good.csv"]);
    const { failed: [{ from, to }] } = await summaryOf("v.json");
    assert.deepEqual([from, to], ["in/none.csv", "s3://demo/u/none.csv"]);
    const named = await desk.run(["cp", "in", "s3://demo/u", "--retry", "u.json"]);
    assert.equal(named.code, 2);
    assert.match(named.stderr, /--retry takes the names from its file/);
  });

  await t.step(
    "of several names one that is not there fails, and the others are copied",
    async () => {
      const ran = await desk.run(["cp", "in/none.csv", "in/good.csv", "s3://demo/w"]);
      assert.equal(ran.code, 6, ran.stderr);
      assert.deepEqual(await keys(desk, "s3://demo/w/"), ["w/good.csv"]);
      const none = await desk.run(["cp", "in/none.csv", "in/no.csv", "s3://demo/w"]);
      assert.equal(none.code, (await desk.run(["cp", "in/none.csv", "s3://demo/w"])).code);
      assert.match(none.stderr, /none\.csv/);
    },
  );

  await t.step("a file that is no summary is refused", async () => {
    await write(desk, { "other.json": "{}" });
    const ran = await desk.run(["cp", "--retry", "other.json"]);
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /other\.json is no summary of a transfer/);
    assert.equal((await desk.run(["cp", "--retry", "none.json"])).code, 2);
  });

  await t.step("a move whose copy fails keeps its source", async () => {
    const ran = await desk.run(["mv", "-r", "in", "s3://demo/bad"], { env });
    assert.notEqual(ran.code, 0);
    const left = [...Deno.readDirSync(join(desk.home, "in"))].map(({ name }) => name).sort();
    assert.deepEqual(left, ["bad.csv", "good.csv", "worse.csv"]);
  });
});

Deno.test("objects that cannot be removed are named: exit code 6", async () => {
  await using desk = await Desk.withDemo();
  const answer = {
    kind: "answer",
    status: 200,
    headers: { "content-type": "application/xml" },
    body: "<DeleteResult><Deleted><Key>nycflights13/airports.csv</Key></Deleted><Error>" +
      "<Key>nycflights13/airlines.csv</Key><Code>AccessDenied</Code><Message>no</Message>" +
      "</Error></DeleteResult>",
  } as const;
  const { proxy, env } = through(desk, ({ query }) => query.has("delete") ? answer : undefined);
  await using _ = proxy;
  const ran = await desk.run(["rm", `${FLIGHTS}/air*.csv`, "--yes", "--json"], { env });
  assert.equal(ran.code, 6, ran.stderr);
  assert.match(JSON.parse(ran.stderr).error.hint, /Run it again/);
  const events = eventsOf(ran);
  assert.deepEqual(events.map(({ kind, from }) => [kind, from]).sort(), [
    ["done", `${FLIGHTS}/airports.csv`],
    ["failed", `${FLIGHTS}/airlines.csv`],
    ["summary", undefined],
  ]);
});

Deno.test("standard input and output", async (t) => {
  await using desk = await Desk.withDemo();
  await t.step("what comes in goes to one object", async () => {
    const ran = await desk.run(["cp", "-", "s3://demo/s/in.csv"], { stdin: "a,b\n1,2\n" });
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(await desk.out(["cp", "s3://demo/s/in.csv", "-"]), "a,b\n1,2\n");
    assert.equal(JSON.parse(await desk.out(["stat", "s3://demo/s/in.csv", "--json"])).size, 8);
  });
  await t.step("an object goes out alone, even with --json", async () => {
    assert.equal(await desk.out(["cp", "s3://demo/s/in.csv", "-", "--quiet"]), "a,b\n1,2\n");
    const ran = await desk.run(["cp", "s3://demo/s/in.csv", "-", "--json"]);
    assert.equal(ran.stdout, "a,b\n1,2\n");
    const events = eventsOf({ ...ran, stdout: ran.stderr });
    assert.deepEqual(events.map(({ kind }) => kind), ["done", "summary"]);
    const verbose = await desk.run(["cp", "s3://demo/s/in.csv", "-", "--verbose"]);
    assert.equal(verbose.stdout, "a,b\n1,2\n");
    assert.match(verbose.stderr, /^download s3:\/\/demo\/s\/in\.csv -> - \(8 B\)/);
  });
  await t.step("not of many, and not to nowhere", async () => {
    for (const args of [["-", "s3://demo/"], ["-"], [`${FLIGHTS}/*.csv`, "-"]]) {
      const ran = await desk.run(["cp", ...args], { stdin: "x" });
      assert.equal(ran.code, 2, `${args}: ${ran.stderr}`);
    }
  });
  await t.step("Ctrl-C ends the wait for more, and takes away what was sent", async () => {
    const { proxy, env } = through(desk, () => undefined);
    await using _ = proxy;
    const passed = (verb: string) =>
      proxy.requests.some(({ method, query, status }) =>
        method === verb && query.has("uploadId") && status !== 0
      );
    const child = desk.spawn(["cp", "-", "s3://demo/s/large"], { stdin: "", env });
    const output = child.output();
    const writer = child.stdin.getWriter();
    await writer.write(new Uint8Array(20 * 2 ** 20));
    while (!passed("PUT")) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGINT");
    assert.equal((await output).code, 130);
    await writer.close().catch(() => {}); // nobody reads any more
    assert.ok(passed("DELETE"), "the upload was left");
    assert.ok(!(await keys(desk, "s3://demo/s/")).includes("s/large"));
  });
  await t.step("a reader that has enough is no error", async () => {
    const ran = await desk.shell(`dipper cp ${FLIGHTS}/flights.parquet - | head -c 4`);
    assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, "PAR1", ""]);
  });
});

Deno.test("a dry run says all and does nothing", async () => {
  await using desk = await Desk.withDemo();
  const before = await keys(desk, "s3://demo");
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["cp", "-r", FLIGHTS, "s3://demo/x"], /^would copy .*airlines\.csv -> s3:\/\/demo\/x\/air/m],
    [["cp", "-r", FLIGHTS, "out"], /^would download .* -> .*out\/airlines\.csv \(386 B\)$/m],
    [["mv", "-r", FLIGHTS, "s3://demo/x"], /^would (move|copy) /m],
    [["cp", "-r", "--no-clobber", FLIGHTS, "out"], /^would download /m],
    [["cp", `${FLIGHTS}/airlines.csv`, "-"], /^would download .*airlines\.csv -> - \(386 B\)\n$/],
    [["sync", FLIGHTS, "out"], /^would download /m],
    [["rm", "-r", FLIGHTS], /^would delete s3:\/\/demo\/nycflights13\/airports\.csv/m],
  ];
  for (const [args, said] of cases) {
    assert.match(await desk.out([...args, "--dry-run"]), said);
    assert.deepEqual(await keys(desk, "s3://demo"), before);
    await assert.rejects(Deno.stat(join(desk.home, "out")), Deno.errors.NotFound, args.join(" "));
  }
});

Deno.test("filters pick names", async () => {
  await using desk = await Desk.withDemo();
  const copied = async (...args: string[]) => {
    await Deno.remove(join(desk.home, "f"), { recursive: true }).catch(() => {});
    await desk.out(["cp", "-r", FLIGHTS, "f", ...args]);
    return [...Deno.readDirSync(join(desk.home, "f"))].map(({ name }) => name).sort();
  };
  assert.deepEqual(await copied("--include", "*.csv"), ["airlines.csv", "airports.csv"]);
  assert.deepEqual(await copied("--exclude", "air*"), ["flights.parquet"]);
  assert.deepEqual(await copied("--include", "air*", "--exclude", "*ports*"), ["airlines.csv"]);
});

Deno.test("with a default bucket a name is enough", async () => {
  await using desk = await Desk.withDemo();
  const env = { DIPPER_BUCKET: "demo" };
  await write(desk, { "mine.csv": "1\n" });
  await desk.out(["cp", "mine.csv"], { env });
  assert.ok((await keys(desk, "s3://demo")).includes("mine.csv"));
  assert.match(await desk.out(["ls"], { env }), /mine\.csv/);
  await desk.out(["cp", "nycflights13/airlines.csv", "here.csv"], { env });
  assert.equal((await Deno.stat(join(desk.home, "here.csv"))).size, 386);
  await desk.out(["mv", "mine.csv", "s3://demo/moved.csv"], { env });
  await assert.rejects(Deno.stat(join(desk.home, "mine.csv")), Deno.errors.NotFound);
  await desk.out(["rm", "moved.csv"], { env });
  assert.ok(!(await keys(desk, "s3://demo")).includes("moved.csv"));
  const without = await desk.run(["cp", "here.csv"]);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /DIPPER_BUCKET/);
});
