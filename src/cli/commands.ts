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

const COMMANDS: Readonly<Record<string, () => Promise<RegisterCommand>>> = {
  query: async () => (await import("./commands/query.ts")).registerQuery,
  explain: async () => (await import("./commands/explain.ts")).registerExplain,
  describe: async () => (await import("./commands/describe.ts")).registerDescribe,
  ls: async () => (await import("./commands/ls.ts")).registerLs,
  cp: async () => (await import("./commands/cp.ts")).registerCp,
  mv: async () => (await import("./commands/mv.ts")).registerMv,
  sync: async () => (await import("./commands/sync.ts")).registerSync,
  rm: async () => (await import("./commands/rm.ts")).registerRm,
  du: async () => (await import("./commands/du.ts")).registerDu,
  find: async () => (await import("./commands/find.ts")).registerFind,
  stat: async () => (await import("./commands/stat.ts")).registerStat,
  head: async () => (await import("./commands/head.ts")).registerHead,
  cat: async () => (await import("./commands/cat.ts")).registerCat,
  mb: async () => (await import("./commands/mb.ts")).registerMb,
  rb: async () => (await import("./commands/rb.ts")).registerRb,
  presign: async () => (await import("./commands/presign.ts")).registerPresign,
  versions: async () => (await import("./commands/versions.ts")).registerVersions,
  uploads: async () => (await import("./commands/uploads.ts")).registerUploads,
  lifecycle: async () => (await import("./commands/lifecycle.ts")).registerLifecycle,
  cors: async () => (await import("./commands/cors.ts")).registerCors,
  policy: async () => (await import("./commands/policy.ts")).registerPolicy,
  acl: async () => (await import("./commands/acl.ts")).registerAcl,
  notify: async () => (await import("./commands/notify.ts")).registerNotify,
  "assume-role": async () => (await import("./commands/assume_role.ts")).registerAssumeRole,
  check: async () => (await import("./commands/check.ts")).registerCheck,
  "bench-store": async () => (await import("./commands/bench_store.ts")).registerBenchStore,
  configure: async () => (await import("./commands/configure.ts")).registerConfigure,
  stores: async () => (await import("./commands/stores.ts")).registerStores,
  secret: async () => (await import("./commands/secret.ts")).registerSecret,
  serve: async () => (await import("./commands/serve.ts")).registerServe,
  exec: async () => (await import("./commands/exec.ts")).registerExec,
  cache: async () => (await import("./commands/cache.ts")).registerCache,
  doctor: async () => (await import("./commands/doctor.ts")).registerDoctor,
  demo: async () => (await import("./commands/demo_entry.ts")).registerDemoCommand,
};

/** Those that `args` may mean: what is named first, or all when that is none. */
export async function commandsFor(args: readonly string[]): Promise<RegisterCommand[]> {
  if (args.length === 1 && /^(-V|--version)$/.test(args[0])) return [];
  const first = args.find((argument) => !argument.startsWith("-"));
  if (first === undefined || !Object.hasOwn(COMMANDS, first)) return await allCommands();
  // What looks like the command may be a flag's value, and the command stand behind it.
  const named = Object.keys(COMMANDS).filter((name) => args.includes(name));
  return await Promise.all(named.map((name) => COMMANDS[name]()));
}

/** All of them. */
export async function allCommands(): Promise<RegisterCommand[]> {
  return await Promise.all(Object.values(COMMANDS).map((load) => load()));
}
