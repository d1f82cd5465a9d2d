import assert from "node:assert/strict";
import { join } from "node:path";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SignalTakers } from "../../src/cli/end_signals.ts";
import { Desk } from "./command.ts";

/** Lines of a stream as they come. */
function linesOf(stream: ReadableStream<Uint8Array>): () => Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let ahead = "";
  return async () => {
    while (!ahead.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`ended: ${ahead}`);
      ahead += value;
    }
    const end = ahead.indexOf("\n");
    const line = ahead.slice(0, end);
    ahead = ahead.slice(end + 1);
    return line;
  };
}

interface Address {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly set: Readonly<Record<string, string>>;
}

Deno.test("serve serves the buckets it was told, reads only, and ends cleanly on Ctrl-C", async () => {
  await using desk = await Desk.withDemo();
  const child = desk.spawn(["serve", "--json", "--bucket", "demo", "--write-profile"]);
  const address = JSON.parse(await linesOf(child.stdout)()) as Address;
  const config = join(desk.home, ".aws", "config");
  assert.match(await Deno.readTextFile(config), /\[profile dipper\]/);
  assert.equal(address.set.AWS_ENDPOINT_URL, address.endpoint);
  const { endpoint, accessKeyId, secretAccessKey, region } = address;
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  const at = { Bucket: "demo", Key: "nycflights13/airlines.csv" };
  const answer = await client.send(new GetObjectCommand(at));
  assert.match(await answer.Body!.transformToString(), /^carrier,name/);
  const denied = { name: "AccessDenied" };
  await assert.rejects(client.send(new PutObjectCommand({ ...at, Body: "x" })), denied);
  await assert.rejects(client.send(new GetObjectCommand({ ...at, Bucket: "other" })), denied);
  client.destroy();
  child.kill("SIGINT");
  child.kill("SIGTERM");
  const { code } = await child.status;
  const report = JSON.parse(await linesOf(child.stderr)());
  assert.equal(code, 0);
  assert.deepEqual([report.report.received.get, report.report.received.put], [2, 1]);
  assert.doesNotMatch(await Deno.readTextFile(config), /dipper/);
});

Deno.test("serve says what a shell needs", async () => {
  await using desk = await Desk.withDemo();
  const child = desk.spawn(["serve"]);
  const next = linesOf(child.stdout);
  assert.match(await next(), /^unset .*AWS_SESSION_TOKEN/);
  assert.equal(await next(), "export AWS_ACCESS_KEY_ID=dipper");
  const secret = (await next()).replace("export AWS_SECRET_ACCESS_KEY=", "");
  assert.ok(secret.length >= 40 && !secret.includes(desk.demo.secretAccessKey));
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
  await Promise.all([child.stdout.cancel().catch(() => {}), child.stderr.cancel()]);
});

Deno.test("serve refuses a port that is taken", async () => {
  await using desk = await Desk.withDemo();
  const { port } = new URL(desk.demo.endpoint);
  const ran = await desk.run(["serve", "--port", port]);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, new RegExp(`port ${port} is taken`));
  assert.equal((await desk.run(["serve", "--port", "eighty"])).code, 2);
});

Deno.test("exec hands input, output, arguments and the exit code through", async () => {
  await using desk = await Desk.withDemo();
  const script =
    'cat; echo "$1|$2" >&2; echo "$AWS_ENDPOINT_URL_S3 $AWS_SECRET_ACCESS_KEY"; exit 7';
  const ran = await desk.run(
    ["exec", "--report", "--", "sh", "-c", script, "sh", "-- a comment", "--json"],
    { stdin: "from here\n", env: { AWS_SESSION_TOKEN: "real-token" } },
  );
  assert.equal(ran.code, 7);
  const [first, second] = ran.stdout.split("\n");
  assert.equal(first, "from here");
  assert.match(second, /^http:\/\/127\.0\.0\.1:\d+ [\w-]{40}$/);
  assert.ok(!second.includes(desk.demo.secretAccessKey));
  assert.match(ran.stderr, /^-- a comment\|--json\n0 requests · 0 requests sent on/);
});

Deno.test("exec passes signals on, and says how the command ended", async () => {
  await using desk = await Desk.withDemo();
  const trap = "trap 'echo got it; exit 9' TERM; trap 'echo int; exit 8' INT; " +
    "echo ready; while :; do sleep 0.05; done";
  for (const [signal, code, said] of [["SIGTERM", 9, "got it"], ["SIGINT", 8, "int"]] as const) {
    const child = desk.spawn(["exec", "--", "sh", "-c", trap]);
    const next = linesOf(child.stdout);
    assert.equal(await next(), "ready");
    child.kill(signal);
    assert.equal(await next(), said);
    assert.equal((await child.status).code, code);
    await child.stderr.cancel();
  }
  assert.equal((await desk.run(["exec", "--", "sh", "-c", "kill -KILL $$"])).code, 137);
  const none = await desk.run(["exec", "--", "no-such-command"]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /no-such-command is not there/);
});

Deno.test("the program's files of AWS lead to the gateway and are gone with it", async () => {
  await using desk = await Desk.withDemo();
  const script = 'cat "$AWS_CONFIG_FILE"; echo "$AWS_CONFIG_FILE"';
  const out = (await desk.out(["exec", "--", "sh", "-c", script])).trim().split("\n");
  assert.match(out.join("\n"), /\[default\][^]*addressing_style = path/);
  await assert.rejects(Deno.stat(out.at(-1)!), Deno.errors.NotFound);
});

Deno.test("the one who took the signals last gets them", () => {
  const takers = new SignalTakers();
  const got: string[] = [];
  takers.take((signal) => got.push(`first ${signal}`));
  {
    using _second = takers.take((signal) => got.push(`second ${signal}`));
    takers.deliver("SIGINT");
  }
  takers.deliver("SIGTERM");
  assert.deepEqual(got, ["second SIGINT", "first SIGTERM"]);
});
