/** Memory while large objects are read, each in a process of its own. 10 GiB are for the hand. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** MiB over what the process had after its first rows. */
const MOST = 300;

async function probe(kind: string, gib: number): Promise<{ rows: number; over: number }> {
  const script = fileURLToPath(new URL("./support/memory_probe.ts", import.meta.url));
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", script, kind, String(gib)],
  });
  const { stdout, stderr } = await command.output();
  const text = new TextDecoder().decode(stdout);
  assert.notEqual(text, "", new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

for (const [kind, gib] of [["parquet", 1], ["parquet-large-groups", 1], ["csv", 0.5]] as const) {
  Deno.test(`${gib} GiB of ${kind} in at most ${MOST} MiB`, async () => {
    const { rows, over } = await probe(kind, gib);
    assert.ok(rows > 5_000_000, `${rows} rows`);
    assert.ok(over <= MOST, `${over} MiB over idle`);
  });
}
