/**
 * The commands that there are, in the order of the help; each is loaded when it may be meant. All of them,
 * and what they need to say their help, take 100 ms, one 10.
 *
 * @module
 */
import type { Command } from "commander";
import type { Run } from "./command.ts";

/** Adds a command to the program. */
export type RegisterCommand = (program: Command, run: Run) => void;

/** By name: the module in `commands/`, and what it exports. */
const COMMANDS: Readonly<Record<string, readonly [module: string, register: string]>> = {
  query: ["query", "registerQuery"],
  explain: ["explain", "registerExplain"],
  describe: ["describe", "registerDescribe"],
  ls: ["ls", "registerLs"],
  cp: ["cp", "registerCp"],
  mv: ["mv", "registerMv"],
  sync: ["sync", "registerSync"],
  rm: ["rm", "registerRm"],
  du: ["du", "registerDu"],
  find: ["find", "registerFind"],
  stat: ["stat", "registerStat"],
  head: ["head", "registerHead"],
  cat: ["cat", "registerCat"],
  mb: ["mb", "registerMb"],
  rb: ["rb", "registerRb"],
  presign: ["presign", "registerPresign"],
  versions: ["versions", "registerVersions"],
  uploads: ["uploads", "registerUploads"],
  lifecycle: ["lifecycle", "registerLifecycle"],
  cors: ["cors", "registerCors"],
  policy: ["policy", "registerPolicy"],
  acl: ["acl", "registerAcl"],
  notify: ["notify", "registerNotify"],
  "assume-role": ["assume_role", "registerAssumeRole"],
  check: ["check", "registerCheck"],
  "bench-store": ["bench_store", "registerBenchStore"],
  configure: ["configure", "registerConfigure"],
  stores: ["stores", "registerStores"],
  secret: ["secret", "registerSecret"],
  serve: ["serve", "registerServe"],
  exec: ["exec", "registerExec"],
  cache: ["cache", "registerCache"],
  doctor: ["doctor", "registerDoctor"],
  demo: ["demo_entry", "registerDemoCommand"],
};

/** Those that `args` may mean: what is named first, or all when that is none. */
export async function commandsFor(args: readonly string[]): Promise<RegisterCommand[]> {
  if (args.length === 1 && /^(-V|--version)$/.test(args[0])) return [];
  const first = args.find((argument) => !argument.startsWith("-"));
  if (first === undefined || !Object.hasOwn(COMMANDS, first)) return await allCommands();
  // What looks like the command may be a flag's value, and the command stand behind it.
  const named = Object.keys(COMMANDS).filter((name) => args.includes(name));
  return await Promise.all(named.map(load));
}

/** All of them. */
export async function allCommands(): Promise<RegisterCommand[]> {
  return await Promise.all(Object.keys(COMMANDS).map(load));
}

/**
 * The address is put together here because Deno opens all modules that it can see to be imported, however
 * late: 494 files and 60 ms before the first line runs, for each command.
 */
async function load(name: string): Promise<RegisterCommand> {
  const [module, register] = COMMANDS[name];
  const address = new URL(`./commands/${module}.ts`, import.meta.url).href;
  return (await import(address) as Record<string, RegisterCommand>)[register];
}
