/**
 * Takes a DuckDB extension out of its wheel on the Python package index, with the pip and the index
 * that the machine is set up for.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { ExtensionName } from "./extensions.ts";

/** How long pip may take: a wheel has up to 30 MB. */
const PIP_TIMEOUT_MS = 180_000;

/** Python interpreters to try, in this order. */
const INTERPRETERS = ["python3", "python", "py"];

/**
 * Puts the file of `duckdb-extension-NAME` at `target`, atomically.
 *
 * @param version such as `v1.5.5`
 * @returns undefined when it is there, else why it is not
 */
export async function installWithPip(
  name: ExtensionName,
  version: string,
  target: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  await Deno.mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const work = await Deno.makeTempDir({ dir: dirname(target), prefix: ".pip-" });
  try {
    const python = await findPython(signal);
    if (python === undefined) return "no Python with pip on this machine";
    const requirement = `duckdb-extension-${name}==${version.replace(/^v/, "")}`;
    const download = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"];
    const failure = await run(python, [...download, "--dest", work, requirement], signal);
    if (failure !== undefined) return failure;
    const wheel = (await namesIn(work)).find((entry) => entry.endsWith(".whl"));
    if (wheel === undefined) return `pip downloaded no wheel for ${requirement}`;
    const unpacked = await run(python, ["-m", "zipfile", "-e", join(work, wheel), work], signal);
    if (unpacked !== undefined) return unpacked;
    const file = join(
      work,
      `duckdb_extension_${name}`,
      "extensions",
      version,
      `${name}.duckdb_extension`,
    );
    await Deno.rename(file, target);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function findPython(signal?: AbortSignal): Promise<string | undefined> {
  for (const python of INTERPRETERS) {
    if (await run(python, ["-m", "pip", "--version"], signal) === undefined) return python;
  }
  return undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) names.push(entry.name);
  return names;
}

/** Runs a program; returns undefined when it succeeds, else the last line of what it said. */
async function run(
  program: string,
  args: string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  const limit = AbortSignal.timeout(PIP_TIMEOUT_MS);
  try {
    const output = await new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    }).output();
    if (output.success) return undefined;
    const said = new TextDecoder().decode(output.stderr).trim().split("\n");
    // An index's address may hold a password.
    return said.at(-1)?.replace(/\/\/[^/@\s]*@/g, "//") ||
      `${program} ended with code ${output.code}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
