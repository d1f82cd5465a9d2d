import assert from "node:assert/strict";
import { CancelledError, UsageError } from "../../src/errors.ts";
import { Prompt } from "../../src/cli/prompt.ts";
import { FakeHost, type FakeHostOptions } from "./fake_host.ts";

function promptOf(options: FakeHostOptions): { prompt: Prompt; host: FakeHost } {
  const host = new FakeHost(options);
  return { prompt: new Prompt(host, new AbortController().signal), host };
}

Deno.test("lines come in whatever pieces they arrive", async () => {
  const { prompt, host } = promptOf({
    isTerminal: true,
    input: ["al", "pha\r\nbe", "ta\n\n"],
  });
  assert.equal(await prompt.line("Key"), "alpha");
  assert.equal(await prompt.line("Region", "x"), "beta");
  assert.equal(await prompt.line("Region", "us-east-1"), "us-east-1");
  assert.equal(host.written.stderr, "Key: Region [x]: Region [us-east-1]: ");
  assert.equal(host.written.stdout, "");
});

Deno.test("a last line needs no line feed", async () => {
  const { prompt, host } = promptOf({ input: ["only"] });
  assert.equal(await prompt.line("Key"), "only");
  await assert.rejects(prompt.line("Secret"), UsageError);
  assert.equal(host.written.stderr, "", "lines from a pipe need no questions");
});

Deno.test("a secret is read in raw mode, edited, and never written back", async () => {
  const { prompt, host } = promptOf({
    isTerminal: true,
    input: ["wrong\x15s3", "cx\x7fret\x1b", "é\r", "n"],
  });
  assert.equal(await prompt.secret("Secret"), "s3creté");
  assert.deepEqual(host.rawModes, [true, false]);
  assert.equal(host.written.stderr, "Secret: \n");
});

Deno.test("what is typed ahead of a secret's end goes to the next question", async () => {
  const { prompt } = promptOf({ isTerminal: true, input: ["s\rnext\n"] });
  assert.equal(await prompt.secret("Secret"), "s");
  assert.equal(await prompt.line("Region"), "next");
});

Deno.test("Ctrl-C and Ctrl-D cancel a secret and give the terminal back", async () => {
  for (const key of ["\x03", "\x04"]) {
    const { prompt, host } = promptOf({ isTerminal: true, input: [`abc${key}`] });
    await assert.rejects(prompt.secret("Secret"), CancelledError);
    assert.deepEqual(host.rawModes, [true, false]);
  }
});

Deno.test("an abort ends a question that nobody answers", async () => {
  const host = new FakeHost({ isTerminal: true });
  host.stdin.read = () => new Promise(() => {});
  const controller = new AbortController();
  const answer = new Prompt(host, controller.signal).line("Key");
  controller.abort();
  await assert.rejects(answer, CancelledError);
});

Deno.test("only yes is yes", async () => {
  const { prompt } = promptOf({ input: ["y\nYES\nno\n\nyep\n"] });
  const answers = [];
  for (let i = 0; i < 5; i++) answers.push(await prompt.confirm("Go on?"));
  assert.deepEqual(answers, [true, true, false, false, false]);
});
