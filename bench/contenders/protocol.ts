/**
 * How the bench speaks with a contender's process: JSON, a line each way.
 *
 * @module
 */

/** What the bench asks. */
export interface Ask {
  readonly name: string;
  readonly sql: string;
}

/** Cells of an answer; integers may be text, as they may be large. */
export type AnswerRows = readonly (readonly unknown[])[];

/** What a contender says. */
export interface Told {
  /** From the question to the last row. */
  readonly seconds: number;
  readonly answer: AnswerRows;
}

/** Says that all is prepared, then answers one question after another until the input ends. */
export async function answerQuestions(ask: (question: Ask) => Promise<AnswerRows>): Promise<void> {
  say({ ready: true });
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const began = performance.now();
      const answer = await ask(JSON.parse(line));
      const seconds = (performance.now() - began) / 1000;
      const told: Told = { seconds, answer };
      say(told);
    }
  }
}

function say(value: unknown): void {
  // deno-lint-ignore no-console -- how the bench hears of it
  console.log(JSON.stringify(value, (_key, cell) => typeof cell === "bigint" ? `${cell}` : cell));
}
