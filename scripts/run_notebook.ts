/**
 * Runs notebooks in the Deno kernel: `deno task notebook [--write] [FILE.ipynb …]`, all of
 * `notebooks/` when none is named. Fails when a cell fails or an output is missing; `--write` keeps
 * the outputs in the files.
 *
 * The kernel is the Deno that runs this script. Jupyter's client is installed with pip into
 * `.cache/notebook`, and nothing of the person's own Jupyter is used or touched.
 *
 * @module
 */
import { basename, join } from "node:path";

const ROOT = new URL("../", import.meta.url).pathname;
const HOME = join(ROOT, ".cache", "notebook");
const REQUIREMENTS = ["nbclient==0.10.2", "nbformat==5.10.4", "jupyter_client==8.6.3"];

async function run(command: string, args: string[], env: Record<string, string> = {}) {
  const { success } = await new Deno.Command(command, { args, env }).output().then(
    async (output) => {
      if (!output.success) await Deno.stderr.write(output.stderr);
      return output;
    },
  );
  if (!success) throw new Error(`${basename(command)} ${args.slice(0, 4).join(" ")} failed`);
}

/** Path of a Python that has Jupyter's client, made once for one list of requirements. */
async function pythonWithClient(): Promise<string> {
  const venv = join(HOME, "venv");
  const python = Deno.build.os === "windows"
    ? join(venv, "Scripts", "python.exe")
    : join(venv, "bin", "python");
  const stamp = join(venv, "requirements.txt");
  const wanted = REQUIREMENTS.join("\n");
  if (await Deno.readTextFile(stamp).catch(() => "") === wanted) return python;
  await run(Deno.build.os === "windows" ? "python" : "python3", ["-m", "venv", "--clear", venv]);
  await run(python, ["-m", "pip", "install", "--quiet", ...REQUIREMENTS]);
  await Deno.writeTextFile(stamp, wanted);
  return python;
}

/** A Jupyter folder with one kernel in it; `deno jupyter --install` would choose its own place. */
async function jupyterFolder(): Promise<string> {
  const kernel = join(HOME, "jupyter", "kernels", "deno");
  await Deno.mkdir(kernel, { recursive: true });
  await Deno.writeTextFile(
    join(kernel, "kernel.json"),
    JSON.stringify({
      argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
      display_name: "Deno",
      language: "typescript",
    }),
  );
  return join(HOME, "jupyter");
}

async function notebooks(): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(join(ROOT, "notebooks"))) {
    if (entry.name.endsWith(".ipynb")) found.push(join(ROOT, "notebooks", entry.name));
  }
  return found.sort();
}

const flags = Deno.args.filter((argument) => argument.startsWith("--"));
const named = Deno.args.filter((argument) => !argument.startsWith("--"));
const python = await pythonWithClient();
const { code } = await new Deno.Command(python, {
  args: [
    join(ROOT, "scripts", "run_notebook.py"),
    ...flags,
    ...(named.length > 0 ? named : await notebooks()),
  ],
  env: {
    JUPYTER_PATH: await jupyterFolder(),
    JUPYTER_PLATFORM_DIRS: "1",
    DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla",
    NO_COLOR: "1",
  },
}).spawn().status;
Deno.exit(code);
