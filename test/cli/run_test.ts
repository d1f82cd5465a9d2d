import assert from "node:assert/strict";
import { runCommandLine } from "../../src/cli/run.ts";
import type { Sink } from "../../src/cli/host.ts";
import { FakeHost } from "./fake_host.ts";

Deno.test("a command has ended only when standard error has taken every word", async () => {
  const host = new FakeHost({ input: ["canary/Secret+Key0123456789\n"] });
  let last: Promise<void> = Promise.resolve();
  let taken = "";
  const slow: Sink = {
    isTerminal: false,
    columns: 80,
    write: (data) => {
      last = last.then(async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        taken += String(data);
      });
      return last;
    },
  };
  await using folder = await temporaryFolder();
  const restore = pointAwsFilesTo(folder.path);
  try {
    const code = await runCommandLine(
      [
        ...["configure", "--profile", "lab", "--access-key-id", "LABKEY"],
        ...["--endpoint", "http://127.0.0.1:9000", "--region", "eu-test-1", "--bucket", "data"],
      ],
      Object.assign(Object.create(host), { stderr: slow }),
      new AbortController().signal,
    );
    assert.equal(code, 0);
    const said = taken;
    await last;
    assert.equal(said, taken);
    assert.match(said, /dipper check --profile lab/);
  } finally {
    restore();
  }
});

function pointAwsFilesTo(folder: string): () => void {
  const names = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"];
  const before = names.map((name) => Deno.env.get(name));
  names.forEach((name) => Deno.env.set(name, `${folder}/${name}`));
  return () =>
    names.forEach((name, i) => {
      const value = before[i];
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    });
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
