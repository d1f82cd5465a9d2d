/**
 * The corpora that stand beside the checkout on the machines that have them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** Where `name` is, such as `parquet-testing`; undefined where it is not, which is printed. */
export function corpus(name: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../../shared/corpora/${name}`, import.meta.url));
  try {
    Deno.statSync(path);
    return path;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    // deno-lint-ignore no-console -- a test that does not run must say so
    console.log(`skipped: the corpus ${name} is not at ${path}`);
    return undefined;
  }
}

/** Files of a folder, by name. */
export function filesIn(folder: string, ending: RegExp): string[] {
  return [...Deno.readDirSync(folder)].filter((entry) => entry.isFile && ending.test(entry.name))
    .map((entry) => `${folder}/${entry.name}`).sort();
}
