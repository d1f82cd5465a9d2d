/**
 * The reference of the command line as Markdown, from the commands themselves: `docs/cli.md`.
 *
 * `deno run -A src/cli/reference.ts` writes the file; a test compares.
 *
 * @module
 */
import type { Argument, Command, Option } from "commander";
import { allCommands } from "./commands.ts";
import { helpText } from "./help.ts";
import type { Host, Sink } from "./host.ts";
import { buildProgram } from "./program.ts";

const COMMANDS = await allCommands();

/** Text of `docs/cli.md`. */
export function cliReference(): string {
  const { command } = buildProgram(NO_HOST, new AbortController().signal, COMMANDS);
  return [
    "<!-- deno-fmt-ignore-file -->",
    "",
    "# The command line",
    "",
    "_Made by `deno run -A src/cli/reference.ts`; a test keeps it in step with the commands._",
    "",
    command.description(),
    "",
    "```",
    "dipper [flags] COMMAND [arguments]",
    "```",
    "",
    "| command | |",
    "|---|---|",
    ...command.commands.map((one) =>
      `| [\`${one.name()}\`](#dipper-${one.name()}) | ${cell(one.summary())} |`
    ),
    "",
    "## Flags of every command",
    "",
    "They may stand before or after the command's name.",
    "",
    ...optionTable(command),
    "",
    ...PROSE.split("\n"),
    "",
    ...command.commands.flatMap(commandReference),
  ].join("\n");
}

const PROSE = `## Install

From a checkout, one line puts \`dipper\` on the path (\`deno uninstall -g dipper\` takes it away):

\`\`\`sh
deno install -g -A -n dipper --config deno.json src/cli/main.ts
\`\`\`

\`deno task dipper …\` runs it without installing anything.

## Output

Results go to standard output and nothing else does. Progress (only on a terminal, only past half a
second), notices and the line that says what a query cost go to standard error; \`--quiet\` takes
them away. With \`--json\` every command prints JSON, and errors and notices are one JSON object a
line on standard error: \`{"error": {"tag", "message", "hint", "context", "exitCode"}}\`,
\`{"notice": "…"}\`.

A query's result is a table on a terminal and CSV in a pipe or a redirected file: what people read
is fitted to the screen and cut, what programs read is whole. \`--format\` and the extension of \`-o\`
say otherwise. Tables show the first 40 rows; \`--limit N\` shows N. In every other format all rows
are written as they arrive, in memory that does not grow with the result.

| | NULL | empty string |
|---|---|---|
| table | \`NULL\`, dim | nothing |
| csv | an empty field | \`""\` |
| tsv | \`\\N\` | nothing |
| json, ndjson | \`null\` | \`""\` |
| markdown | \`*NULL*\` | nothing |

Colour is used on a terminal only, and not with \`--no-color\`, \`NO_COLOR\` or \`TERM=dumb\`. Control
characters in names and values are spelled out on a terminal. \`COLUMNS\` overrides its width.

## Exit codes

| code | meaning |
|---|---|
| 0 | done; also when the reader of a pipe has gone (\`dipper query … \\| head -1\`) |
| 1 | failed |
| 2 | wrong usage |
| 3 | bucket or object not found |
| 4 | no permission, or bad credentials |
| 5 | network: not reachable, wrong region or endpoint, time-out, TLS, clock |
| 6 | partial: some of it was done |
| 130 | interrupted: the first Ctrl-C cancels the work, the second ends the process |

## Settings

Stores come from the AWS environment and files, as in every AWS tool; \`dipper stores\` shows what was
found and where. Of Dipper's own:

| variable | meaning | default |
|---|---|---|
| \`DIPPER_BUCKET\` | default bucket | |
| \`DIPPER_CACHE_DIR\` | folder for what may be deleted at any time | the platform's cache folder |
| \`DIPPER_CACHE_SIZE\` | most bytes of objects kept in it, such as \`500 MB\`; direct transport keeps none | \`10 GiB\` |
| \`DIPPER_CACHE\` | \`off\`: keep no bytes of objects on disk | \`on\` |
| \`DIPPER_OFFLINE\` | \`on\`: read what the cache has, and send no request for it | \`off\` |
| \`DIPPER_AMQP_PASSWORD\` | password of a broker whose address names a user alone: \`notify listen --amqp\` | |`;

function commandReference(command: Command): string[] {
  const args = command.registeredArguments;
  const options = command.options.filter((option) => !option.hidden);
  return [
    `## dipper ${command.name()}`,
    "",
    command.description(),
    "",
    "```",
    `dipper ${command.name()} ${command.usage()}`,
    "```",
    "",
    ...(args.length === 0 ? [] : [
      "| argument | |",
      "|---|---|",
      ...args.map((arg: Argument) => `| \`${arg.name()}\` | ${cell(arg.description)} |`),
      "",
    ]),
    ...(options.length === 0 ? [] : [...optionTable(command), ""]),
    ...helpAfter(command),
    ...command.commands.flatMap(subcommandReference),
  ];
}

/** A command below a command. */
function subcommandReference(command: Command): string[] {
  const args = command.registeredArguments;
  return [
    `### dipper ${command.parent?.name()} ${command.name()}`,
    "",
    command.description(),
    "",
    "```",
    `dipper ${command.parent?.name()} ${command.name()} ${command.usage()}`,
    "```",
    "",
    ...(args.length === 0 ? [] : [
      "| argument | |",
      "|---|---|",
      ...args.map((arg: Argument) => `| \`${arg.name()}\` | ${cell(arg.description)} |`),
      "",
    ]),
    ...(command.options.length === 0 ? [] : [...optionTable(command), ""]),
  ];
}

function optionTable(command: Command): string[] {
  return [
    "| flag | |",
    "|---|---|",
    ...command.options.map((option) =>
      `| \`${option.flags.replaceAll("|", "\\|")}\` | ${describe(option)} |`
    ),
  ];
}

function describe(option: Option): string {
  const choices = option.argChoices === undefined
    ? ""
    : `: ${option.argChoices.map((choice) => `\`${choice}\``).join(", ")}`;
  return cell(option.description) + choices;
}

/** The examples, as the help shows them. */
function helpAfter(command: Command): string[] {
  const text = helpText(command);
  const at = text.indexOf("\nExamples:\n");
  if (at < 0) return [];
  const lines = text.slice(at + "\nExamples:\n".length).trimEnd().split("\n");
  return ["```sh", ...lines.map((line) => line.replace(/^ {2}(\$ )?/, "")), "```", ""];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

const NO_SINK: Sink = { isTerminal: false, columns: 80, write: () => Promise.resolve() };

/** The reference is the same in every environment. */
const NO_HOST: Host = {
  stdin: { isTerminal: false, read: () => Promise.resolve(undefined), setRaw: () => {} },
  stdout: NO_SINK,
  stderr: NO_SINK,
  signals: { take: () => ({ [Symbol.dispose]: () => {} }) },
  settings: {
    cacheDirectory: "",
    cacheSize: 0,
    cacheEnabled: false,
    offline: false,
    colour: false,
    columns: undefined,
    jupyterDirectories: [],
  },
};

if (import.meta.main) {
  await Deno.writeTextFile(new URL("../../docs/cli.md", import.meta.url), cliReference());
}
