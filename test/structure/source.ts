/**
 * The project's files as the structure tests see them.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The checkout, with a slash at its end. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Paths, from the root, of the files that are or would be committed. */
export function projectFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return [...new Set(listed.split("\0"))].filter((path) => path !== "" && existsSync(ROOT + path))
    .sort();
}

/** Paths of the TypeScript files of the product itself. */
export function sourceFiles(): string[] {
  return projectFiles().filter((path) => /^(src|datasets)\/.*\.ts$/.test(path));
}

export function readText(path: string): string {
  return readFileSync(ROOT + path, "utf8");
}

/** The code of a file without its comments, line for line. */
export function codeOf(path: string): string {
  const token =
    /\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  return readText(path).replace(
    token,
    (found) => found.startsWith("/") ? found.replace(/[^\n]/g, "") : found,
  );
}
