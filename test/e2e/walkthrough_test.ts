import assert from "node:assert/strict";
import { closeClients } from "../../src/store/client.ts";
import { environmentOf } from "../../src/store/environment.ts";
import { emptyBucket, removeBucket } from "../../src/objects/buckets/remove.ts";
import { removeRules } from "../../src/objects/notify/rules.ts";
import { isDipperError } from "../../src/errors.ts";
import { resolveStore } from "../../src/store/resolve.ts";
import { Desk } from "../cli/command.ts";
import { transcripts } from "../structure/transcripts.ts";
import { commandsOf } from "../structure/examples.ts";
import { freshBucket } from "../support/names.ts";
import { Broker } from "./support/broker.ts";
import { server } from "./support/servers.ts";

/** What the document calls things, and what they are here. */
type Names = readonly (readonly [shown: string, real: string])[];

Deno.test("ceph: docs/walkthrough.md runs as it is written, and prints what it shows", async (t) => {
  const { endpoint, owner, options } = server("ceph");
  await using desk = await Desk.empty();
  const bucket = freshBucket("walk");
  const names: Names = [
    ["https://s3.example.org", endpoint],
    ["amqp://mq.example.org/lab", new Broker().open],
    ["ACCESSKEY", owner.accessKeyId],
    ["climate-2026", bucket],
  ];
  const env: Record<string, string> = { LAB_SECRET: owner.secretAccessKey };
  const all = transcripts("docs/walkthrough.md");
  assert.ok(all.length >= 18, `only ${all.length} blocks`);
  try {
    for (const { commands, printed } of all) {
      await t.step(`line ${commands.line}`, async () => {
        let output = "";
        for (const { code } of commandsOf(commands)) {
          const [, name, value] = /^export (\w+)=(\S+)$/.exec(code) ?? [];
          if (name !== undefined) env[name] = value;
          const ran = await desk.shell(`exec 2>&1\n${toReal(code, names)}`, { env });
          assert.equal(ran.code, 0, `${code}\n${ran.stdout}`);
          output += ran.stdout.endsWith("\n") || ran.stdout === "" ? ran.stdout : `${ran.stdout}\n`;
        }
        const shown = toShown(output, names);
        assert.match(plain(shown), patternOf(printed), `it prints\n${shown}`);
      });
    }
  } finally {
    await clear(bucket, options);
  }
});

function toReal(text: string, names: Names): string {
  return names.reduce((all, [shown, real]) => all.replaceAll(shown, real), text);
}

function toShown(text: string, names: Names): string {
  return names.reduce((all, [shown, real]) => all.replaceAll(real, shown), text);
}

/** Without what differs from run to run: times, ids of versions, hashes, widths of columns. */
function plain(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+Z/g, "TIME")
    .replace(/\b\d+(\.\d+)? s$/gm, "N s")
    .replace(/[\w.-]{31,32}(?= {2}first\.csv)/g, "ID")
    .replace(/-[0-9a-f]{8}\b/g, "-HASH")
    .replaceAll("\r", "")
    .replace(/[ \t]+/g, " ");
}

/** `…` stands for anything in a line; alone in a line, for any lines. */
function patternOf(shown: string): RegExp {
  const escaped = plain(shown).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const source = escaped.replace(/^…\n/gm, "[^]*?").replaceAll("…", ".*");
  return new RegExp(`^${source}$`);
}

/** When a step has failed before the last one. */
async function clear(
  bucket: string,
  options: Parameters<typeof resolveStore>[1],
): Promise<void> {
  const store = await resolveStore("default", options, environmentOf({}));
  try {
    await removeRules(store, bucket, "all");
    await emptyBucket(store, bucket);
    await removeBucket(store, bucket);
  } catch (error) {
    if (!isDipperError(error, "bucket_not_found")) throw error;
  } finally {
    closeClients(store);
  }
}
