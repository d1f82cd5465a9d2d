import assert from "node:assert/strict";
import { Desk, type Ran } from "../cli/command.ts";
import { startFauxqs } from "../support/fauxqs.ts";
import { startProxy } from "../support/proxy.ts";
import { filesWith, newCanary, sighting } from "./canary.ts";

const SECRET = newCanary();
const TOKEN = newCanary();
/** Part of a URL, so without the signs that a URL cannot have. */
const PROXY_PASSWORD = newCanary().replace(/\W/g, "");
const ALL = [SECRET, TOKEN, PROXY_PASSWORD.slice(4)];

/** Commands that succeed or fail, each in its own way, and its exit code. */
const COMMANDS: readonly (readonly [args: string[], code: number, env?: Record<string, string>])[] =
  [
    [["stores"], 0],
    [["stores", "--json"], 0],
    [["secret"], 0],
    [["query", "FROM duckdb_settings()", "--format", "csv"], 0],
    [["query", "--debug", "--json", "FROM 's3://BUCKET/missing.csv'"], 3],
    [["query", "--debug", "FROM 's3://BUCKET/refused.csv'"], 4],
    [["query", "--debug", "CREATE SECRET (TYPE s3, SECRET 'TYPED' REGION 'x')"], 1],
    [["query", "--debug", "CALL enable_logging('HTTP', storage = 'stdout')"], 1],
    [["query", "--debug", "FROM 's3://BUCKET/x.csv'"], 5, {
      HTTP_PROXY: `http://user:${PROXY_PASSWORD}@127.0.0.1:9`,
    }],
    [["check", "--debug", "s3://BUCKET"], 0],
  ];

function assertUnseen(ran: Ran, canaries: readonly string[], what: string): void {
  for (const canary of canaries) {
    for (const sink of ["stdout", "stderr"] as const) {
      const seen = sighting(ran[sink], canary);
      assert.equal(seen, undefined, `${what}: seen in ${sink}: …${seen}…`);
    }
  }
}

Deno.test("the command prints no secret and leaves none on disk", async () => {
  await using desk = await Desk.empty();
  await using store = await startFauxqs();
  await store.put("x.csv", "a\n1\n");
  await using proxy = startProxy(
    store.endpoint,
    ({ path }) =>
      path.endsWith("refused.csv")
        ? {
          kind: "answer",
          status: 403,
          body: `<Error><Code>AccessDenied</Code><T>${TOKEN}</T></Error>`,
        }
        : undefined,
  );
  const temporary = `${desk.home}/tmp`;
  await Deno.mkdir(temporary);
  const env = {
    AWS_ENDPOINT_URL: proxy.endpoint,
    AWS_REGION: store.region,
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_SESSION_TOKEN: TOKEN,
    TMPDIR: temporary,
    NO_PROXY: "",
  };
  const typed = newCanary();
  await Promise.all(COMMANDS.map(async ([args, code, more]) => {
    const filled = args.map((arg) =>
      arg.replaceAll("BUCKET", store.bucket).replace("TYPED", typed.replace("'", "''"))
    );
    const ran = await desk.run(filled, { env: { ...env, ...more } });
    const what = `dipper ${args.join(" ")}`;
    assertUnseen(ran, [...ALL, typed], what);
    assert.equal(ran.code, code, `${what}\n${ran.stdout}\n${ran.stderr}`);
  }));
  for (const canary of [...ALL, typed]) assert.deepEqual(await filesWith([desk.home], canary), []);
  const control = newCanary();
  const printed = await desk.run(["query", "SELECT $c AS c", "-p", `c=${control}`], { env });
  assert.ok(sighting(printed.stdout, control), "the eyes see what is printed");
  const refused = await desk.run(["query", "SELECT error($c)", "-p", `c=${control}`], { env });
  assert.ok(sighting(refused.stderr, control), "the eyes see what an error prints");
});

/** A session in a process of its own that leaves as much on disk as a session can. */
const SESSION = `
  import { connect } from ${JSON.stringify(import.meta.resolve("../../src/mod.ts"))};
  await using session = await connect({ memoryLimit: "60MB", threads: 2 });
  const uri = Deno.args[0];
  const control = Deno.env.get("CONTROL").replaceAll("'", "''");
  await session.query("FROM '" + uri + "x.csv'");
  await session.query("CREATE TABLE t AS SELECT range AS a, random() AS b FROM range(4_000_000)");
  await session.query("SET VARIABLE control = '" + control + "'");
  await session.query("CREATE PERSISTENT SECRET kept (TYPE s3, KEY_ID 'x', SECRET '" + control + "')");
  await session.query("SET memory_limit = '400MB'");
  await session.copyTo("FROM t LIMIT 10", uri + "out/", { partitionBy: ["a"] });
  await session.query("FROM '" + uri + "missing.csv'").catch(() => {});
  await session.query("CALL enable_logging('HTTP', storage = 'file')").catch(() => {});
  console.log("ready");
  await Deno.stdin.read(new Uint8Array(1));`;

Deno.test("a session keeps its keys in memory, and gives them to no other process", async () => {
  await using store = await startFauxqs();
  await store.put("x.csv", "a\n1\n");
  const home = await Deno.makeTempDir({ prefix: "dipper-canary-" });
  const [temporary, aws] = [`${home}/tmp`, `${home}/.aws`];
  await Deno.mkdir(temporary);
  await Deno.mkdir(aws);
  // Kept out of the folders that are searched: it holds the keys, as a person's own program may.
  const vault = await Deno.makeTempDir({ prefix: "vault-" });
  const seenByChild = `${vault}/processes`;
  await Deno.writeTextFile(
    `${vault}/keys.sh`,
    `#!/bin/sh\ncat /proc/[0-9]*/cmdline > ${seenByChild}\ncat ${vault}/keys.json\n`,
    { mode: 0o700 },
  );
  await Deno.writeTextFile(
    `${vault}/keys.json`,
    JSON.stringify({
      Version: 1,
      AccessKeyId: "ASIACANARY",
      SecretAccessKey: SECRET,
      SessionToken: TOKEN,
      Expiration: new Date(Date.now() + 120_000).toISOString(),
    }),
  );
  await Deno.writeTextFile(
    `${aws}/config`,
    `[default]\nregion = us-east-1\nendpoint_url = ${store.endpoint}\n` +
      `credential_process = ${vault}/keys.sh\n`,
  );
  await using desk = await Desk.empty();
  const control = newCanary();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--quiet",
      "--no-lock",
      "--config",
      new URL("../../deno.json", import.meta.url).pathname,
      SESSION.replace("Deno.args[0]", JSON.stringify(`s3://${store.bucket}/`)),
    ],
    clearEnv: true,
    env: { ...desk.env(), HOME: home, TMPDIR: temporary, CONTROL: control },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const said = new Response(child.stderr).text();
  const { value, done } = await reader.read();
  if (done) assert.fail(await said);
  assert.equal(new TextDecoder().decode(value).trim(), "ready");
  const processes = await commandLines();
  const during = await Promise.all([SECRET, TOKEN].map((each) => filesWith([home], each)));
  const kept = await filesWith([home], control);
  const writer = child.stdin.getWriter();
  await writer.write(new Uint8Array([10]));
  await writer.close();
  assert.equal((await child.status).code, 0);
  reader.releaseLock();
  await child.stdout.cancel();
  assert.deepEqual(during, [[], []]);
  const spawned = await Deno.readTextFile(seenByChild);
  for (const canary of [SECRET, TOKEN]) {
    assert.equal(sighting(processes, canary), undefined);
    assert.equal(sighting(spawned, canary), undefined);
    assert.deepEqual(await filesWith([home], canary), []);
  }
  assert.ok(spawned.length > 100, "the child saw the processes");
  assert.ok(kept.length > 0, "the eyes see a persistent secret that the person asked for");
  assert.deepEqual(await filesWith([home], control), [], "which goes with the session");
  const shown = new Deno.Command("sh", {
    args: ["-c", "read line", control],
    stdin: "piped",
  }).spawn();
  assert.ok(sighting(await commandLines(), control), "the eyes see arguments of processes");
  await shown.stdin.close();
  await shown.status;
  await Deno.remove(home, { recursive: true });
  await Deno.remove(vault, { recursive: true });
});

async function commandLines(): Promise<string> {
  const lines: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // A process may end while it is looked at.
    lines.push(await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => ""));
  }
  return lines.join("\n");
}
