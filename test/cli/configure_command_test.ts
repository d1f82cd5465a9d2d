import assert from "node:assert/strict";
import { join } from "node:path";
import { runCommandLine } from "../../src/cli/run.ts";
import { Desk } from "./command.ts";
import { FakeHost } from "./fake_host.ts";

const SECRET = "canary/Secret+Key0123456789";

Deno.test("configure writes what flags and standard input say", async () => {
  await using desk = await Desk.empty();
  const ran = await desk.run(
    [
      "configure",
      "--profile",
      "lab",
      "--access-key-id",
      "LABKEY",
      "--endpoint",
      "http://127.0.0.1:9000",
      "--region",
      "eu-test-1",
      "--bucket",
      "data",
    ],
    { stdin: `${SECRET}\n` },
  );
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.stdout, "wrote profile lab to ~/.aws/credentials and ~/.aws/config\n");
  assert.match(ran.stderr, /dipper check --profile lab/);
  assert.ok(!(ran.stdout + ran.stderr).includes(SECRET));
  const credentials = join(desk.home, ".aws", "credentials");
  assert.match(await Deno.readTextFile(credentials), new RegExp("LABKEY[^]*canary/Secret"));
  if (Deno.build.os !== "windows") {
    assert.equal((await Deno.stat(credentials)).mode! & 0o777, 0o600);
  }
  assert.match(
    await Deno.readTextFile(join(desk.home, ".aws", "config")),
    /\[profile lab\]\nregion = eu-test-1\nendpoint_url = http:\/\/127\.0\.0\.1:9000\n/,
  );
  const env = { AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
  const noted = ["configure", "--profile", "other", "--endpoint", "http://127.0.0.1:2"];
  assert.match((await desk.run(noted, { env })).stderr, /AWS_ENDPOINT_URL in the environment wins/);
  const again = await desk.run(["configure", "--profile", "lab", "--region", "x"]);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /--yes/);
  const args = ["configure", "--profile", "lab", "--region", "x", "--yes", "--json"];
  assert.equal(JSON.parse(await desk.out(args)).profile, "lab");
});

Deno.test("configure takes the secret from a variable that is named", async () => {
  await using desk = await Desk.empty();
  const args = ["configure", "--access-key-id", "K", "--region", "r", "--secret-env", "LAB_SECRET"];
  assert.equal((await desk.run(args)).code, 2);
  await desk.out(args, { env: { LAB_SECRET: SECRET } });
  const written = await Deno.readTextFile(join(desk.home, ".aws", "credentials"));
  assert.match(written, /\[default\]\naws_access_key_id = K\n/);
});

Deno.test("configure takes over a remote of rclone", async () => {
  await using desk = await Desk.empty();
  const folder = join(desk.home, ".config", "rclone");
  await Deno.mkdir(folder, { recursive: true });
  const remote = (name: string) =>
    `[${name}]\ntype = s3\nprovider = Ceph\naccess_key_id = K${name}\n` +
    `secret_access_key = ${SECRET}\nendpoint = https://s3.${name}.example\n`;
  await Deno.writeTextFile(join(folder, "rclone.conf"), remote("one") + remote("two"));
  const several = await desk.run(["configure", "--from", "rclone"]);
  assert.equal(several.code, 2);
  assert.match(several.stderr, /--remote: one, two/);
  const ran = await desk.run(["configure", "--from", "rclone", "--remote", "two"]);
  assert.equal(ran.code, 0, ran.stderr);
  assert.ok(!(ran.stdout + ran.stderr).includes(SECRET));
  const config = await Deno.readTextFile(join(desk.home, ".aws", "config"));
  assert.match(config, /\[profile two\][^]*https:\/\/s3\.two\.example/);
});

Deno.test("configure without a terminal and without flags is wrong usage", async () => {
  await using desk = await Desk.empty();
  const ran = await desk.run(["configure"]);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /no terminal to ask on/);
});

/** Runs the command in this process, which may not touch the person's own files. */
async function answer(desk: Desk, input: readonly string[]): Promise<FakeHost> {
  const aws = join(desk.home, ".aws");
  const variables = {
    AWS_CONFIG_FILE: join(aws, "config"),
    AWS_SHARED_CREDENTIALS_FILE: join(aws, "credentials"),
  };
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  const host = new FakeHost({ isTerminal: true, input });
  try {
    await runCommandLine(["configure"], host, new AbortController().signal);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
  return host;
}

Deno.test("configure asks a person, and never shows the secret", async () => {
  await using desk = await Desk.empty();
  const answers = ["lab\n", "s3.lab.example\n", "\n", "KEY\n", `${SECRET}\r`, "data\n", "n\n"];
  const host = await answer(desk, answers);
  assert.match(host.written.stderr, /Profile name \[default\]: Endpoint, or aws \[aws\]: /);
  assert.match(host.written.stderr, /Secret key \(not shown\): \n/);
  assert.match(host.written.stdout, /^wrote profile lab to /);
  assert.ok(!(host.written.stdout + host.written.stderr).includes(SECRET));
  assert.deepEqual(host.rawModes, [true, false]);
  const config = await Deno.readTextFile(join(desk.home, ".aws", "config"));
  assert.match(config, /endpoint_url = https:\/\/s3\.lab\.example/);
  assert.match(config, /dipper_bucket = data/);
});

Deno.test("configure reads an address as every other place does", async () => {
  await using desk = await Desk.empty();
  const config = () => Deno.readTextFile(join(desk.home, ".aws", "config"));
  const write = (endpoint: string) =>
    desk.run(["configure", "--profile", "lab", "--region", "r", "--yes", "--endpoint", endpoint]);
  await write("127.0.0.1:9000");
  assert.match(await config(), /endpoint_url = http:\/\/127\.0\.0\.1:9000\n/);
  await write("s3.lab.example/");
  assert.match(await config(), /endpoint_url = https:\/\/s3\.lab\.example\n/);
  const bucket = await write("https://s3.lab.example/data");
  assert.match(bucket.stderr, /more than a host and a port/);
  assert.equal((await write("aws")).code, 0);
  assert.doesNotMatch(await config(), /endpoint_url/);
});

Deno.test("configure stopped half-way writes nothing", async () => {
  await using desk = await Desk.empty();
  const host = await answer(desk, ["lab\n", "\n", "\n", "KEY\n", "half\x03"]);
  assert.match(host.written.stderr, /cancelled\n$/);
  await assert.rejects(Deno.stat(join(desk.home, ".aws")), Deno.errors.NotFound);
});
