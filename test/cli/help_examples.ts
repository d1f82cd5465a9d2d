/**
 * The examples in the help, and where they can run.
 *
 * @module
 */
import { helpText } from "../../src/cli/help.ts";
import { allCommands } from "../../src/cli/commands.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { FakeHost } from "./fake_host.ts";

/** Commands whose examples need more than the embedded server has: they run on Ceph. */
export const NEEDS_SERVER: readonly string[] = [
  "versions",
  "lifecycle",
  "cors",
  "policy",
  "acl",
  "notify",
  "assume-role",
];

/** A line of shell with one of those commands. */
export const NEEDS_CEPH: RegExp = new RegExp(
  `^(eval "\\$\\()?dipper (${NEEDS_SERVER.join("|")})\\b`,
);

const COMMANDS = await allCommands();

/** The examples of each command's help, by the command's name. */
export function examplesOf(): Map<string, string[]> {
  const { command } = buildProgram(new FakeHost(), new AbortController().signal, COMMANDS);
  return new Map(command.commands.map((one) => {
    const [, after = ""] = helpText(one).split("\nExamples:\n");
    return [one.name(), after.trim().split(/\n? {2}\$ |^\$ /).filter((line) => line !== "")];
  }));
}
