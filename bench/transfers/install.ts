/**
 * Installs the peers into the bench's own folder, by the registries' own clients.
 *
 * @module
 */
import { join } from "node:path";
import { type Programs, VERSIONS } from "./peers.ts";

const VERSITYGW = "v1.8.0";

const GO: readonly {
  readonly name: string;
  readonly module: string;
  readonly path: string;
  readonly version: string;
}[] = [
  {
    name: "s5cmd",
    module: "github.com/peak/s5cmd/v2",
    path: "github.com/peak/s5cmd/v2",
    version: VERSIONS.s5cmd,
  },
  {
    name: "rclone",
    module: "github.com/rclone/rclone",
    path: "github.com/rclone/rclone",
    version: VERSIONS.rclone,
  },
  {
    name: "versitygw",
    module: "github.com/versity/versitygw",
    path: "github.com/versity/versitygw/cmd/versitygw",
    version: VERSITYGW,
  },
];

/** The peers and the service. */
export interface Installed extends Programs {
  readonly versitygw: string;
}

/** Installs what is missing below `root`. */
export async function installPeers(root: string, say: (text: string) => void): Promise<Installed> {
  const bin = join(root, "peers", "bin");
  for (const program of GO) {
    await installGo(root, join(bin, `${program.name}-${program.version}`), program, say);
  }
  const { awscli, obstore, boto3 } = VERSIONS;
  const venv = join(root, "peers", `python-${awscli}-${obstore}-${boto3}`);
  const python = join(venv, "bin", "python");
  if (!await exists(join(venv, "bin", "aws"))) {
    say("installing aws-cli, obstore and boto3");
    await run("python3", ["-m", "venv", venv]);
    await run(python, [
      "-m",
      "pip",
      "install",
      "--quiet",
      `awscli==${awscli}`,
      `obstore==${obstore}`,
      `boto3==${boto3}`,
    ]);
  }
  const dipper = join(root, "peers", "dipper");
  await installDipper(dipper);
  const path = (name: string) => {
    const { version } = GO.find((program) => program.name === name)!;
    return join(bin, `${name}-${version}`);
  };
  return {
    dipper: join(dipper, "bin", "dipper"),
    s5cmd: path("s5cmd"),
    rclone: path("rclone"),
    versitygw: path("versitygw"),
    aws: join(venv, "bin", "aws"),
    python,
  };
}

/** This checkout's command, as a person installs it. */
async function installDipper(root: string): Promise<void> {
  const here = (path: string) => new URL(`../../${path}`, import.meta.url).pathname;
  const args = ["--global", "--force", "--quiet", "--allow-all", "--name", "dipper"];
  const main = here("src/cli/main.ts");
  const config = here("deno.json");
  await run(Deno.execPath(), ["install", ...args, "--root", root, "--config", config, main]);
}

/** `go install PATH@VERSION` asks for lists of versions, which not every proxy has; a module does not. */
async function installGo(
  root: string,
  binary: string,
  { name, module, path, version }: (typeof GO)[number],
  say: (text: string) => void,
): Promise<void> {
  if (await exists(binary)) return;
  say(`building ${name} ${version}`);
  const folder = join(root, "peers", "build", name);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "go.mod"), `module peer\n\nrequire ${module} ${version}\n`);
  await Deno.writeTextFile(
    join(folder, "peer.go"),
    `//go:build peer\n\npackage peer\n\nimport _ "${path}"\n`,
  );
  await run("go", ["build", "-mod=mod", "-o", binary, path], folder);
}

async function run(command: string, args: string[], cwd?: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, cwd, stdout: "null" })
    .output();
  if (!success) {
    throw new Error(`${command} ${args.join(" ")}\n${new TextDecoder().decode(stderr)}`);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
