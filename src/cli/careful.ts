/**
 * Asking before something is gone.
 *
 * @module
 */
import { CancelledError, UsageError } from "../errors.ts";
import type { Invocation } from "./invocation.ts";

/**
 * Goes on when the person agrees, or has with `--yes`.
 *
 * @param what will happen, a sentence: `remove 3 objects (1.2 MB) from s3://b`
 * @throws {UsageError} where there is nobody to ask
 * @throws {CancelledError} when they do not agree
 */
export async function agreed(
  invocation: Invocation,
  what: string,
  { yes }: { readonly yes: boolean },
): Promise<void> {
  if (yes) return;
  if (!invocation.prompt.interactive) {
    throw new UsageError(`this will ${what}, and there is nobody to ask`, {
      hint: "Add --yes to do it without asking.",
    });
  }
  const { visible } = await import("../show/text.ts");
  const { host, errorStyle } = invocation;
  await host.stderr.write(`${errorStyle.yellow("This will")} ${visible(what)}.\n`);
  if (await invocation.prompt.confirm("Go on?")) return;
  throw new CancelledError("nothing was changed");
}

/** A line about what was done, beside the result. */
export async function say(invocation: Invocation, text: string): Promise<void> {
  if (invocation.flags.quiet || invocation.flags.json) return;
  const { visible } = await import("../show/text.ts");
  await invocation.host.stderr.write(invocation.errorStyle.dim(visible(text)) + "\n");
}
