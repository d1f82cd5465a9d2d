/**
 * Programs of this folder that listen, each in a process of its own.
 *
 * @module
 */
import { LineReader } from "../run/line_reader.ts";

/** One that listens. Dispose of it to end it. */
export interface Listening extends AsyncDisposable {
  readonly endpoint: string;
}

/** Starts the program in `file`, which prints its port. */
export async function startListening(file: string, args: readonly string[]): Promise<Listening> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", new URL(file, import.meta.url).pathname, ...args],
    stdout: "piped",
  }).spawn();
  const lines = new LineReader(process.stdout);
  const port = await lines.next();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await lines.close();
      await process.status;
    },
  };
}
