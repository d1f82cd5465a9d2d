/** Memory while a large object is uploaded, in a process of its own. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** MiB of the object, and MiB that the process may take over what it had. */
const SIZE = 768;
const MOST = 192;

for (const how of ["at once", "held"]) {
  Deno.test(`${SIZE} MiB are uploaded ${how} in at most ${MOST} MiB`, async () => {
    const script = fileURLToPath(new URL("./support/upload_probe.ts", import.meta.url));
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", script, how, String(SIZE)],
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.notEqual(text, "", new TextDecoder().decode(stderr));
    const { received, over } = JSON.parse(text);
    assert.ok(received >= SIZE * 2 ** 20, `${received} bytes came`);
    assert.ok(over <= MOST, `${over} MiB over idle`);
  });
}
