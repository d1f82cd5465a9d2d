/**
 * Runs the real command in a process of its own, with nothing of the person's in its environment.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DemoStore, startDemoStore } from "../../datasets/demo_store.ts";
import { readSettings } from "../../src/settings.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** What a command did. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
}

/** A home folder, and perhaps a demo store, for the commands of one test. */
export class Desk implements AsyncDisposable {
  readonly #demo: DemoStore | undefined;

  private constructor(readonly home: string, demo: DemoStore | undefined) {
    this.#demo = demo;
  }

  /** Nothing but an empty home folder. */
  static async empty(): Promise<Desk> {
    return new Desk(await Deno.makeTempDir({ prefix: "dipper-cli-" }), undefined);
  }

  /** With the demo store, its keys in the environment. */
  static async withDemo(): Promise<Desk> {
    const home = await Deno.makeTempDir({ prefix: "dipper-cli-" });
    return new Desk(home, await startDemoStore({ names: ["flights", "airlines", "airports"] }));
  }

  get demo(): DemoStore {
    assert.ok(this.#demo, "this desk has no demo store");
    return this.#demo;
  }

  /** Environment of the commands. */
  env(): Record<string, string> {
    return {
      ...inherited(),
      HOME: this.home,
      USERPROFILE: this.home,
      AWS_EC2_METADATA_DISABLED: "true",
      DIPPER_CACHE_DIR: readSettings().cacheDirectory,
      ...(this.#demo === undefined ? {} : {
        AWS_ENDPOINT_URL: this.#demo.endpoint,
        AWS_ACCESS_KEY_ID: this.#demo.accessKeyId,
        AWS_SECRET_ACCESS_KEY: this.#demo.secretAccessKey,
        AWS_REGION: this.#demo.region,
      }),
    };
  }

  /** Starts `dipper ARGS`. */
  spawn(args: readonly string[], options: RunOptions = {}): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-check", MAIN, ...args],
      env: { ...this.env(), ...options.env },
      clearEnv: true,
      cwd: options.cwd ?? this.home,
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs `dipper ARGS` to its end. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const child = this.spawn(args, options);
    if (options.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(options.stdin));
      await writer.close();
    }
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  /** Runs `dipper ARGS`, which must succeed; its standard output. */
  async out(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const ran = await this.run(args, options);
    assert.equal(ran.code, 0, `dipper ${args.join(" ")}\n${ran.stderr}`);
    return ran.stdout;
  }

  /** Runs a line of shell, in which `dipper` is the command. */
  async shell(line: string, options: RunOptions = {}): Promise<Ran> {
    const bin = join(this.home, "bin");
    await Deno.mkdir(bin, { recursive: true });
    const script =
      `#!/bin/sh\nexec "${Deno.execPath()}" run -A --quiet --no-check "${MAIN}" "$@"\n`;
    await Deno.writeTextFile(join(bin, "dipper"), script, { mode: 0o755 });
    const env = this.env();
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", line],
      env: { ...env, PATH: `${bin}:${env.PATH}`, ...options.env },
      clearEnv: true,
      cwd: options.cwd ?? this.home,
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#demo?.[Symbol.asyncDispose]();
    await Deno.remove(this.home, { recursive: true });
  }
}

/** What a process needs to run at all: programs, Deno's cache, certificates. */
function inherited(): Record<string, string> {
  const names = ["PATH", "DENO_DIR", "DENO_TLS_CA_STORE", "SystemRoot", "TEMP", "TMPDIR"];
  const kept = names.map((name) => [name, Deno.env.get(name)]);
  const home = Deno.env.get("HOME") ?? "";
  return {
    DENO_DIR: `${Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`}/deno`,
    ...Object.fromEntries(kept.filter(([, value]) => value !== undefined)),
  };
}
