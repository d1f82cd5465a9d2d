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

if (import.meta.main) await main();

async function main(): Promise<void> {
  const host = startHost();
  const controller = new AbortController();
  interruptOn(controller, host);
  const code = await runCommandLine(Deno.args, host, controller.signal);
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

/** The first Ctrl-C stops the work, the second the process. */
function interruptOn(controller: AbortController, host: Host): void {
  const stop = () => {
    if (controller.signal.aborted) {
      host.stdin.setRaw(false);
      Deno.exit(EXIT.interrupted);
    }
    controller.abort(new DOMException("interrupted", "AbortError"));
  };
  Deno.addSignalListener("SIGINT", stop);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);
}
