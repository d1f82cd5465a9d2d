/**
 * `dipper doctor`: what is here, what is missing, and how to get it.
 *
 * @module
 */
import type { Command } from "commander";
import { type DipperError, isDipperError } from "../../errors.ts";
import type { EngineInspection, InspectedExtension } from "../../engine/inspection.ts";
import type { AmbientSecret } from "../../store/ambient.ts";
import type { Store } from "../../store/store.ts";
import { examples, type Run, VERSION } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { folderSize } from "../folder_size.ts";
import type { Invocation } from "../invocation.ts";
import { findDenoKernel, type Kernel } from "../kernel.ts";

/** Adds the command. */
export function registerDoctor(program: Command, run: Run): void {
  program.command("doctor")
    .summary("what is installed, what is missing, and how to get it")
    .description(
      "Shows versions, platform, DuckDB's extensions, stores, the cache folder, the Jupyter kernel " +
        "and secrets that other DuckDB programs would pick up. Fetches httpfs if it is not here " +
        "yet, as the first query would. Ends with code 1 when something essential is missing.",
    )
    .addHelpText("after", examples("dipper doctor", "dipper doctor --json"))
    .action(run(async (invocation): Promise<ExitCode> => {
      const findings = await examine(invocation);
      if (invocation.flags.json) await invocation.printJson(findings);
      else await print(invocation, findings);
      return findings.problems.length === 0 ? EXIT.done : EXIT.failed;
    }));
}

/** What `--json` prints. */
interface Findings {
  readonly dipper: string;
  readonly deno: string;
  readonly platform: string;
  readonly duckdb: Pick<EngineInspection, "version" | "platform"> | undefined;
  readonly extensions: readonly InspectedExtension[];
  readonly stores: readonly {
    readonly name: string;
    readonly endpoint: string;
    readonly credentials: string;
  }[];
  readonly cache: { readonly path: string; readonly bytes: number; readonly quota: number };
  readonly kernel: Kernel | undefined;
  readonly ambientSecrets: readonly AmbientSecret[];
  /** Why something essential would not work. */
  readonly problems: readonly { readonly message: string; readonly hint: string | undefined }[];
}

async function examine(invocation: Invocation): Promise<Findings> {
  const { settings } = invocation.host;
  const problems: Findings["problems"][number][] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (isDipperError(error, "cancelled")) throw error;
      problems.push(problemOf(error));
      return undefined;
    }
  };
  const engine = await attempt(async () => {
    const { inspectEngine } = await import("../../engine/inspection.ts");
    return await inspectEngine(settings.cacheDirectory, invocation.signal);
  });
  for (const { error } of engine?.extensions ?? []) if (error) problems.push(problemOf(error));
  const stores = await attempt(async () => {
    const { StoreSet } = await import("../../store/store_set.ts");
    return (await StoreSet.resolve(invocation.storeOptions())).all.map(storeLine);
  });
  const { findAmbientSecrets } = await import("../../store/ambient.ts");
  const { processEnvironment } = await import("../../store/environment.ts");
  return {
    dipper: VERSION,
    deno: Deno.version.deno,
    platform: `${Deno.build.os} ${Deno.build.arch}`,
    duckdb: engine && { version: engine.version, platform: engine.platform },
    extensions: engine?.extensions ?? [],
    stores: stores ?? [],
    cache: {
      path: settings.cacheDirectory,
      bytes: await folderSize(settings.cacheDirectory) ?? 0,
      quota: settings.cacheSize,
    },
    kernel: await findDenoKernel(settings.jupyterDirectories),
    ambientSecrets: await attempt(() => findAmbientSecrets(processEnvironment())) ?? [],
    problems,
  };
}

function problemOf(error: unknown): Findings["problems"][number] {
  const { message, hint } = error as Partial<DipperError>;
  return { message: message ?? String(error), hint };
}

function storeLine(store: Store): Findings["stores"][number] {
  const { endpoint, credentials } = store.origins;
  return {
    name: store.name,
    endpoint: endpoint?.value ?? "AWS",
    credentials: credentials === undefined
      ? "none"
      : `${credentials.value} (from ${credentials.source})`,
  };
}

async function print(invocation: Invocation, findings: Findings): Promise<void> {
  const { visible } = await import("../../show/text.ts");
  const { formatBytes } = await import("../../show/human.ts");
  const { style } = invocation;
  const good = style.green("✓");
  const bad = style.red("✗");
  const none = style.dim("–");
  const lines: string[] = [];
  const line = (label: string, mark: string, text: string) =>
    lines.push(`${label.padEnd(10)} ${mark} ${visible(text)}`);

  line("dipper", good, findings.dipper);
  line("deno", good, `${findings.deno}, ${findings.platform}`);
  if (findings.duckdb === undefined) line("duckdb", bad, "does not start");
  else line("duckdb", good, `${findings.duckdb.version}, ${findings.duckdb.platform}`);
  for (const [index, extension] of findings.extensions.entries()) {
    const mark = { loaded: good, found: good, missing: none, failed: bad }[extension.status];
    line(index === 0 ? "extensions" : "", mark, `${extension.name}: ${extensionText(extension)}`);
  }
  for (const [index, store] of findings.stores.entries()) {
    const label = index === 0 ? "stores" : "";
    line(label, good, `${store.name}: ${store.endpoint}, credentials: ${store.credentials}`);
  }
  const { cache, kernel, ambientSecrets, problems } = findings;
  line("cache", good, `${cache.path}: ${formatBytes(cache.bytes)} of ${formatBytes(cache.quota)}`);
  if (kernel === undefined) {
    line("kernel", none, "Jupyter has no Deno kernel; to install it: deno jupyter --install");
  } else line("kernel", good, kernel.path);
  if (ambientSecrets.length === 0) line("secrets", good, "none that DuckDB picks up by itself");
  for (const [index, text] of ambientTexts(ambientSecrets).entries()) {
    line(index === 0 ? "secrets" : "", style.yellow("!"), text);
  }
  await invocation.print(lines.join("\n") + "\n");
  for (const { message, hint } of problems) {
    await invocation.print(`\n${bad} ${visible(message)}\n`);
    if (hint !== undefined) await invocation.print(`  ${style.cyan("hint:")} ${visible(hint)}\n`);
  }
}

function extensionText({ status, path, source }: InspectedExtension): string {
  switch (status) {
    case "loaded":
      return path === undefined ? `works, from ${source}` : `works, ${path}`;
    case "found":
      return path ?? "";
    case "missing":
      return "not here yet; fetched when a query first needs it";
    case "failed":
      return "could not be had, see below";
  }
}

/** What other DuckDB programs would pick up: stored secrets one by one, the usual things together. */
function ambientTexts(secrets: readonly AmbientSecret[]): string[] {
  const names = (kind: AmbientSecret["kind"]) =>
    secrets.filter((secret) => secret.kind === kind).map(({ name }) => name).join(", ");
  const variables = names("variable");
  const files = names("file");
  return [
    ...secrets.filter(({ kind }) => kind === "stored")
      .map(({ name, detail, hint }) => `${name}: ${detail} ${hint}`),
    ...(variables === "" ? [] : [`other DuckDB programs take ${variables} from the environment`]),
    ...(files === "" ? [] : [`secrets with PROVIDER credential_chain read ${files}`]),
  ];
}
