/**
 * Commands that have commands of their own: `dipper versions list`.
 *
 * @module
 */
import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import { nearestNames } from "../store/nearest.ts";
import { examples, type Run } from "./command.ts";

/** How a group presents itself. */
export interface GroupText {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
}

/** Adds a group to the program; what is left is to add its commands to it. */
export function commandGroup(program: Command, run: Run, text: GroupText): Command {
  const group = program.command(text.name)
    .summary(text.summary)
    .description(text.description)
    .usage("COMMAND [options]")
    .argument("[command]", "what to do")
    .allowExcessArguments()
    .allowUnknownOption()
    .helpCommand(false)
    .addHelpText("after", examples(...text.examples));
  group.action(run((_invocation, named: string | undefined) => {
    const names = group.commands.map((each) => each.name());
    const near = named === undefined ? [] : nearestNames(named, names);
    throw new UsageError(
      named === undefined
        ? `dipper ${text.name} needs a command`
        : `there is no dipper ${text.name} ${named}`,
      {
        hint: near.length > 0
          ? `Did you mean ${near.map((name) => `dipper ${text.name} ${name}`).join(", ")}?`
          : `There are ${names.join(", ")}.`,
      },
    );
  }));
  return group;
}
