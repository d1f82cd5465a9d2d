import assert from "node:assert/strict";
import { CancelledError, UsageError } from "../../src/errors.ts";
import { agreed } from "../../src/cli/careful.ts";
import { Invocation } from "../../src/cli/invocation.ts";
import { thrownBy } from "../store/scripted.ts";
import { FakeHost, type FakeHostOptions } from "./fake_host.ts";

function invocation(options: FakeHostOptions): { invocation: Invocation; host: FakeHost } {
  const host = new FakeHost(options);
  const flags = { store: [], json: false, debug: false, quiet: false, color: false };
  return { invocation: new Invocation(host, flags, new AbortController().signal), host };
}

const WHAT = "remove s3://b with 3 objects (1.2 kB)\x1b[2J";

Deno.test("a person is told what will go, and asked", async () => {
  const yes = invocation({ isTerminal: true, input: ["y\n"] });
  await agreed(yes.invocation, WHAT, { yes: false });
  assert.match(yes.host.written.stderr, /This will remove s3:\/\/b with 3 objects \(1\.2 kB\)/);
  assert.ok(!yes.host.written.stderr.includes("\x1b[2J"));
  for (const answer of ["\n", "n\n", "yess\n"]) {
    const no = invocation({ isTerminal: true, input: [answer] });
    const error = await thrownBy(() => agreed(no.invocation, WHAT, { yes: false }));
    assert.ok(error instanceof CancelledError, answer);
  }
});

Deno.test("where nobody can be asked nothing is done without --yes", async () => {
  const script = invocation({ input: ["y\n"] });
  const error = await thrownBy(() => agreed(script.invocation, WHAT, { yes: false }));
  assert.ok(error instanceof UsageError);
  assert.match(error.hint!, /--yes/);
  await agreed(script.invocation, WHAT, { yes: true });
  assert.equal(script.host.written.stderr, "");
});
