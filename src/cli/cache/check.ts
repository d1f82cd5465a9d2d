/**
 * `dipper cache check`.
 *
 * @module
 */
import { checkCache, type DamagedFile } from "../../range/cache/manage.ts";
import { formatBytes, formatQuantity } from "../../show/human.ts";
import { visible } from "../../show/text.ts";
import { formatS3Uri } from "../../store/uri.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import type { Invocation } from "../invocation.ts";
import { showProgress } from "../progress.ts";

/** Verifies every checksum; the exit code is 0 when all were right. */
export async function checkCacheCommand(invocation: Invocation): Promise<ExitCode> {
  const { signal, host, flags } = invocation;
  using progress = showProgress(invocation);
  const bad: DamagedFile[] = [];
  const found = await checkCache(host.settings.cacheDirectory, {
    signal,
    onProgress: (done, all) => progress.fraction(all === 0 ? 1 : done / all),
    onDamaged: (file) => bad.push(file),
  });
  progress.clear();
  const isGood = found.damaged === 0 && found.unreadable === 0;
  if (flags.json) await invocation.printJson({ ...found, removed: bad });
  else {
    for (const { name, object } of bad) {
      const whose = object === undefined ? name : formatS3Uri(object);
      await invocation.print(`damaged, removed: ${visible(whose)}\n`);
    }
    await invocation.print(
      `${formatQuantity(found.files, "file")}, ${formatBytes(found.bytes)} right` +
        (found.damaged > 0 ? `, ${found.damaged} damaged and removed` : "") +
        (found.unreadable > 0 ? `, ${found.unreadable} unreadable` : "") +
        (found.abandoned > 0 ? `, ${found.abandoned} unfinished and removed` : "") + "\n",
    );
  }
  return isGood ? EXIT.done : EXIT.failed;
}
