/**
 * The `dipper` command.
 *
 * @module
 */
import { errorText } from "./error_text.ts";
import { EXIT, exitCodeFor } from "./exit_codes.ts";
import { type Host, processHost } from "./host.ts";
import { runCommandLine } from "./run.ts";
import { Style } from "./style.ts";

/** What cleaning up after an interruption may take. */
const PATIENCE_MS = 2000;

if (import.meta.main) await main();

async function main(): Promise<void> {
  const host = startHost();
  const controller = new AbortController();
  interruptOn(controller, host);
  const running = runCommandLine(Deno.args, host, controller.signal);
  const code = await Promise.race([running, patience(controller.signal)]);
  Deno.exit(controller.signal.aborted ? EXIT.interrupted : code);
}

function startHost(): Host {
  try {
    return processHost();
  } catch (error) { // a setting that cannot be understood
    const style = new Style(false);
    Deno.stderr.writeSync(
      new TextEncoder().encode(errorText(error, { style, columns: 80, detail: "message" })),
    );
    Deno.exit(exitCodeFor(error));
  }
}

/**
 * Resolves a moment after an interruption: DuckDB does not come back from a server that is silent
 * before its own time-outs have passed, minutes later.
 */
function patience(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    signal.addEventListener(
      "abort",
      () => setTimeout(() => resolve(EXIT.interrupted), PATIENCE_MS),
    );
  });
}

/** The first Ctrl-C stops the work, the second the process. */
function interruptOn(controller: AbortController, host: Host): void {
  const stop = () => {
    if (controller.signal.aborted) {
      host.stdin.setRaw(false);
      Deno.exit(EXIT.interrupted);
    }
    controller.abort(new DOMException("interrupted", "AbortError"));
  };
  host.signals.take(stop);
}
