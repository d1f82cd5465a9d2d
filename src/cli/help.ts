/**
 * How help is laid out.
 *
 * @module
 */
import { type Command, Help, type HelpConfiguration, type Option } from "commander";

/** Commands first, flags after them; defaults only where they say something. */
export const HELP: HelpConfiguration = {
  showGlobalOptions: true,
  subcommandTerm,
  optionDescription,
  formatHelp: (command, helper) =>
    commandsFirst(Help.prototype.formatHelp.call(helper, command, helper)),
};

/** A command with its arguments; below a group the name alone, which leaves room for what it does. */
function subcommandTerm(command: Command): string {
  if (command.parent?.parent) return command.name();
  const args = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`
  );
  return [command.name(), ...args].join(" ");
}

function optionDescription({ description, argChoices }: Option): string {
  return argChoices === undefined ? description : `${description}: ${argChoices.join(", ")}`;
}

/** Commander puts the options before the commands. */
function commandsFirst(text: string): string {
  const sections = text.trimEnd().split("\n\n");
  const at = sections.findIndex((section) => section.startsWith("Commands:"));
  if (at < 0) return text;
  const [commands] = sections.splice(at, 1);
  const options = sections.findIndex((section) => section.startsWith("Options:"));
  sections.splice(options, 0, commands);
  return sections.join("\n\n") + "\n";
}

/** The whole help of a command, with what stands after it. */
export function helpText(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => void (text += part) }).outputHelp();
  return text;
}
