/**
 * The examples of the documentation, and a place in which they can run.
 *
 * @module
 */
import { codeOf, projectFiles, readText } from "./source.ts";

/** One example, or one command of a block of them. */
export interface Example {
  readonly file: string;
  /** Line of the file, from 1. */
  readonly line: number;
  readonly language: "ts" | "sh";
  readonly code: string;
}

/** Code blocks of a Markdown file, in order. */
export function markdownExamples(file: string): Example[] {
  return blocks(file, readText(file).split("\n"), (line) => line);
}

/** The `@example`s in the doc comments of the product's source. */
export function sourceExamples(): Example[] {
  const files = projectFiles().filter((path) => /^(src|datasets)\/.*\.ts$/.test(path));
  return files.flatMap((file) => {
    const lines = readText(file).split("\n");
    const inComment = lines.map((line) => /^\s*\* ?/.test(line) ? line : "");
    return blocks(file, inComment, (line) => line.replace(/^\s*\* ?/, ""));
  });
}

/** The commands of a shell block, each with its continuation lines, comments left out. */
export function commandsOf(example: Example): Example[] {
  const commands: Example[] = [];
  let open = false;
  for (const [index, line] of example.code.split("\n").entries()) {
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const last = commands.at(-1);
    if (open && last !== undefined) {
      commands[commands.length - 1] = { ...last, code: `${last.code}\n${line}` };
    } else commands.push({ ...example, line: example.line + index, code: line });
    open = line.endsWith("\\");
  }
  return commands;
}

/** A module that runs: what the example takes for granted is imported and opened. */
export function runnableModule(example: Example, moduleUrl: string): string {
  const code = example.code.replaceAll(
    /"(?:\.{1,2}\/)+src\/mod\.ts"|"@dipper\/dipper"/g,
    () => JSON.stringify(moduleUrl),
  );
  const uses = (name: string) => new RegExp(`(?<![\\w.])${name}\\b`).test(code);
  const declares = (name: string) =>
    new RegExp(`(const|let|using|import)[^;=]*\\b${name}\\b`).test(code);
  const exported = [...codeOf("src/mod.ts").matchAll(/\b([A-Za-z]\w*)\b(?=\s*[,}])/g)]
    .map(([, name]) => name);
  const needsSession = uses("session") && !declares("session");
  const wanted = exported.filter((name) =>
    (uses(name) || (name === "connect" && needsSession)) && !declares(name)
  );
  return [
    ...(wanted.length === 0 ? [] : [`import { ${wanted.join(", ")} } from "${moduleUrl}";`]),
    ...(needsSession ? ["await using session = await connect();"] : []),
    code,
  ].join("\n");
}

function blocks(
  file: string,
  lines: readonly string[],
  strip: (line: string) => string,
): Example[] {
  const found: Example[] = [];
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(ts|typescript|sh|bash)\b/.exec(strip(lines[at]))?.[1];
    if (language === undefined) continue;
    const start = at + 1;
    do at++; while (at < lines.length && !strip(lines[at]).startsWith("```"));
    const code = lines.slice(start, at).map(strip).join("\n");
    found.push({ file, line: start + 1, language: language.startsWith("t") ? "ts" : "sh", code });
  }
  return found;
}
