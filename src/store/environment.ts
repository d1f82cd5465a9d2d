/**
 * The only reader of the environment for stores.
 *
 * @module
 */
import { homedir } from "node:os";

/** Environment variables and the home folder, so that tests decide both. */
export interface Environment {
  /** The variable's value; undefined when it is unset or empty. */
  get(name: string): string | undefined;
  /** Absolute path of the home folder. */
  readonly home: string;
}

/** The environment of this process. */
export function processEnvironment(): Environment {
  return {
    get: (name) => Deno.env.get(name) || undefined,
    home: Deno.env.get("HOME") || Deno.env.get("USERPROFILE") || homedir(),
  };
}

/** An environment made of `variables` alone. */
export function environmentOf(
  variables: Readonly<Record<string, string>>,
  home = "/nonexistent",
): Environment {
  return { get: (name) => variables[name] || undefined, home };
}

/** Whether a variable says yes, as AWS tools read it: `true`, in any case. */
export function isTrue(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === "true";
}

/** Every variable of this process, for a process that is started from it. */
export function processVariables(): Record<string, string> {
  return Deno.env.toObject();
}
