/**
 * Which code is measured.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** The commit, and a mark of what is changed below `src` and `bench` since; a date without git. */
export async function revision(): Promise<string> {
  const commit = await git("rev-parse", "--short", "HEAD");
  if (commit === undefined) return new Date().toISOString();
  const changes = await git("diff", "HEAD", "--", "src", "bench");
  if (!changes) return commit;
  return `${commit}+${createHash("sha256").update(changes).digest("hex").slice(0, 8)}`;
}

async function git(...args: string[]): Promise<string | undefined> {
  const cwd = new URL("../..", import.meta.url).pathname;
  try {
    const { success, stdout } = await new Deno.Command("git", { args, cwd, stderr: "null" })
      .output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
