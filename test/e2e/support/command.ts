/**
 * The `dipper` command in a process of its own.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type Person, withHome } from "./environment.ts";
import type { Server } from "./servers.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Milliseconds after which a command hangs. */
const LONGEST = 60_000;

/** What it printed and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it as that person. */
export async function dipper(person: Person, ...args: string[]): Promise<Ended> {
  return await withHome(person, async (environment) => {
    const { code, stdout, stderr } = await start(environment, args).output();
    return { code, stdout: text(stdout), stderr: text(stderr) };
  });
}

/** Runs it as that person, and sends it SIGINT when `when` resolves. */
export async function interrupted(
  person: Person,
  when: () => Promise<void>,
  ...args: string[]
): Promise<Ended> {
  return await withHome(person, async (environment) => {
    const child = start(environment, args).spawn();
    const output = child.output();
    await when();
    child.kill("SIGINT");
    const { code, stdout, stderr } = await output;
    return { code, stdout: text(stdout), stderr: text(stderr) };
  });
}

/** A person who has set the variables of `keys` for `server`. */
export function personOf(server: Server, keys: Server["owner"] = server.owner): Person {
  return {
    variables: {
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      ...(keys.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: keys.sessionToken }),
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL_S3: server.endpoint,
      NO_COLOR: "1",
    },
  };
}

/** The command as a person with that environment starts it. */
export function start(environment: Record<string, string>, args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}src/cli/main.ts`, ...args],
    clearEnv: true,
    env: environment,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(LONGEST),
  });
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
