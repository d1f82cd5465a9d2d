/**
 * Whether Jupyter would find Deno's kernel.
 *
 * @module
 */
import { join } from "node:path";

/** The kernel that Jupyter would start. */
export interface Kernel {
  /** Path of its `kernel.json`. */
  readonly path: string;
  /** Program that it starts, where the file can be read. */
  readonly program: string | undefined;
}

/** Looks through Jupyter's folders, the one that wins first. */
export async function findDenoKernel(directories: readonly string[]): Promise<Kernel | undefined> {
  for (const directory of directories) {
    const path = join(directory, "kernels", "deno", "kernel.json");
    const text = await Deno.readTextFile(path).catch(() => undefined); // not there: look further
    if (text !== undefined) return { path, program: programOf(text) };
  }
  return undefined;
}

function programOf(text: string): string | undefined {
  try {
    const program = (JSON.parse(text) as { argv?: unknown[] }).argv?.[0];
    return typeof program === "string" ? program : undefined;
  } catch {
    return undefined; // Jupyter will say what is wrong with the file
  }
}
