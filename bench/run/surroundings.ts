/**
 * What every contender's process is started with: the same environment, and nothing of the person's.
 *
 * @module
 */
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import {
  type ExtensionName,
  extensionPlaces,
  findExtension,
  loadExtension,
  ownExtensionDirectory,
} from "../../src/engine/extensions.ts";
import { readSettings } from "../../src/settings.ts";
import type { BenchFolders } from "../folders.ts";
import { POLARS_VERSION } from "./contender.ts";

const EXTENSIONS: readonly ExtensionName[] = ["httpfs", "spatial"];
const PASSED_ON = ["PATH", "TMPDIR", "DENO_TLS_CA_STORE", "LD_LIBRARY_PATH"];

/** The keys that contenders sign with; the origin does not look. */
export const KEYS = { accessKeyId: "bench", secretAccessKey: "bench-secret-key" } as const;

/** The environment of a contender whose cache folder is `cache`. */
export async function environmentFor(
  endpoint: string,
  cache: string,
): Promise<Record<string, string>> {
  const passed = PASSED_ON.flatMap((name): [string, string][] => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(passed),
    HOME: cache,
    DENO_DIR: await denoDirectory(),
    DIPPER_CACHE_DIR: cache,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_REGION: "us-east-1",
    NO_COLOR: "1",
  };
}

/** An empty cache folder in which DuckDB's extensions are. */
export async function cacheFolder({ scratch, extensions }: BenchFolders): Promise<string> {
  const folder = await Deno.makeTempDir({ dir: scratch });
  await Deno.symlink(extensions, join(folder, "extensions"));
  return folder;
}

/** Puts links to the extensions where contenders find them. */
export async function provideExtensions({ extensions }: BenchFolders): Promise<void> {
  const { cacheDirectory } = readSettings();
  const instance = await DuckDBInstance.create(":memory:", {
    extension_directory: ownExtensionDirectory(cacheDirectory),
  });
  const connection = await instance.connect();
  try {
    const places = await extensionPlaces(connection, cacheDirectory);
    for (const name of EXTENSIONS) {
      await loadExtension(connection, places, name);
      const { path } = await findExtension(places, name);
      if (path === undefined) {
        throw new Error(`the extension ${name} is loaded and nowhere to be found`);
      }
      const folder = join(extensions, places.version, places.platform);
      await Deno.mkdir(folder, { recursive: true });
      const link = join(folder, `${name}.duckdb_extension`);
      await Deno.remove(link).catch(() => {
        // It was not there.
      });
      await Deno.symlink(path, link);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Installs polars where it is missing; the path of its Python. */
export async function providePolars(
  { root }: BenchFolders,
  say: (text: string) => void,
): Promise<string> {
  const folder = join(root, `polars-${POLARS_VERSION}`);
  const python = join(folder, "bin", "python");
  const works = await succeeds(python, ["-c", "import polars"]);
  if (!works) {
    say(`installing polars ${POLARS_VERSION} in ${folder}`);
    await need("python3", ["-m", "venv", folder]);
    await need(python, ["-m", "pip", "install", "--quiet", `polars==${POLARS_VERSION}`]);
  }
  return python;
}

async function succeeds(command: string, args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output())
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function need(command: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stdout: "null" }).output();
  if (!success) {
    throw new Error(`${command} ${args.join(" ")}\n${new TextDecoder().decode(stderr)}`);
  }
}

let knownDenoDirectory: string | undefined;

async function denoDirectory(): Promise<string> {
  if (knownDenoDirectory === undefined) {
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] })
      .output();
    knownDenoDirectory = JSON.parse(new TextDecoder().decode(stdout)).denoDir as string;
  }
  return knownDenoDirectory;
}
