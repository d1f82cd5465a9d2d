import assert from "node:assert/strict";
import { join } from "node:path";
import type { Command } from "commander";
import { helpText } from "../../src/cli/help.ts";
import { allCommands } from "../../src/cli/commands.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { Desk } from "./command.ts";
import { FakeHost } from "./fake_host.ts";
import { examplesOf, NEEDS_SERVER } from "./help_examples.ts";

/** What the examples expect to be there. */
async function prepare(desk: Desk): Promise<void> {
  await Deno.writeTextFile(
    join(desk.home, "delays.sql"),
    "SELECT carrier, avg(arr_delay) AS delay FROM 's3://demo/nycflights13/flights.parquet' " +
      "WHERE make_date(year, month, day) = $day GROUP BY ALL ORDER BY ALL",
  );
  const folder = join(desk.home, ".config", "rclone");
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    join(folder, "rclone.conf"),
    "[ceph]\ntype = s3\nprovider = Ceph\naccess_key_id = K\nsecret_access_key = secretsecret\n" +
      "endpoint = https://s3.ceph.example\n",
  );
}

Deno.test("the examples in the help run", async (t) => {
  await using desk = await Desk.withDemo();
  await prepare(desk);
  for (const [command, examples] of examplesOf()) {
    if (command === "demo") continue; // takes long, and has a test of its own
    assert.ok(examples.length > 0, `${command} has no example`);
    if (NEEDS_SERVER.includes(command)) continue; // test/e2e/help_examples_test.ts runs them
    for (const example of examples) {
      await t.step(example.split("\n")[0], async () => {
        // It runs until Ctrl-C.
        const line = command === "serve"
          ? `timeout --preserve-status -s INT 3 ${example}`
          : example;
        const own: Record<string, string> = command === "cache"
          ? { DIPPER_CACHE_DIR: join(desk.home, "cache") }
          : {};
        const env = { LAB_SECRET: "secretsecret", ...own };
        const ran = await desk.shell(line, { env });
        const asks = example === "dipper configure"; // needs a person
        assert.equal(ran.code, asks ? 2 : 0, ran.stderr);
      });
    }
  }
});

Deno.test("help fits 80 columns but for commands to copy", async () => {
  const host = new FakeHost({ columns: 80 });
  const { command } = buildProgram(host, new AbortController().signal, await allCommands());
  const all = (one: Command): Command[] => [one, ...one.commands.flatMap(all)];
  for (const one of all(command)) {
    const lines = helpText(one).split("\n").filter((line) => !line.startsWith("  $"));
    for (const line of lines) assert.ok(line.length <= 80, line);
  }
});
