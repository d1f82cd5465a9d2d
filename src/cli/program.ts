/**
 * The command line: commands, flags, help.
 *
 * @module
 */
import { Command } from "commander";
import { type Action, type Run, VERSION } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { addGlobalFlags, type GlobalFlags } from "./globals.ts";
import { HELP } from "./help.ts";
import { Invocation } from "./invocation.ts";
import type { Host } from "./host.ts";
import { registerBenchStore } from "./commands/bench_store.ts";
import { registerCat } from "./commands/cat.ts";
import { registerCache } from "./commands/cache.ts";
import { registerCheck } from "./commands/check.ts";
import { registerConfigure } from "./commands/configure.ts";
import { registerCp } from "./commands/cp.ts";
import { registerDemoCommand } from "./commands/demo_entry.ts";
import { registerDescribe } from "./commands/describe.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerExec } from "./commands/exec.ts";
import { registerDu } from "./commands/du.ts";
import { registerFind } from "./commands/find.ts";
import { registerHead } from "./commands/head.ts";
import { registerMb } from "./commands/mb.ts";
import { registerRb } from "./commands/rb.ts";
import { registerPresign } from "./commands/presign.ts";
import { registerVersions } from "./commands/versions.ts";
import { registerUploads } from "./commands/uploads.ts";
import { registerLifecycle } from "./commands/lifecycle.ts";
import { registerCors } from "./commands/cors.ts";
import { registerPolicy } from "./commands/policy.ts";
import { registerAcl } from "./commands/acl.ts";
import { registerNotify } from "./commands/notify.ts";
import { registerAssumeRole } from "./commands/assume_role.ts";
import { registerExplain } from "./commands/explain.ts";
import { registerLs } from "./commands/ls.ts";
import { registerMv } from "./commands/mv.ts";
import { registerQuery } from "./commands/query.ts";
import { registerRm } from "./commands/rm.ts";
import { registerSecret } from "./commands/secret.ts";
import { registerServe } from "./commands/serve.ts";
import { registerStat } from "./commands/stat.ts";
import { registerStores } from "./commands/stores.ts";
import { registerSync } from "./commands/sync.ts";

/** A program for one run, and where the run leaves its traces. */
export interface Program {
  readonly command: Command;
  /** The run's state, once a command's code has started. */
  readonly invocation: () => Invocation | undefined;
  /** What the command's code returned; 0 when it said nothing. */
  readonly exitCode: () => number;
  /** Resolves when help or version is written. */
  readonly helpWritten: () => Promise<void>;
}

/** Builds the command line. Nothing heavy is loaded before a command's code runs. */
export function buildProgram(host: Host, signal: AbortSignal): Program {
  const command = new Command("dipper");
  let invocation: Invocation | undefined;
  let exitCode: number = EXIT.done;
  let helpWritten = Promise.resolve();

  command
    .description("Query, look into and check datasets in S3 buckets, with SQL.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .exitOverride()
    .configureHelp(HELP)
    .configureOutput({
      writeOut: (text) => void (helpWritten = host.stdout.write(text)),
      writeErr: () => {}, // usage errors are written with all the others
      getOutHelpWidth: () => Math.min(host.stdout.columns, 100),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText("after", OVERVIEW);
  addGlobalFlags(command);

  const run: Run = <Args extends unknown[]>(action: Action<Args>) => async (...args) => {
    const self = args.at(-1) as Command;
    invocation = new Invocation(host, self.optsWithGlobals<GlobalFlags>(), signal);
    exitCode = await action(invocation, ...args.slice(0, -1) as unknown[] as Args) ?? EXIT.done;
  };

  registerQuery(command, run);
  registerExplain(command, run);
  registerDescribe(command, run);
  registerLs(command, run);
  registerCp(command, run);
  registerMv(command, run);
  registerSync(command, run);
  registerRm(command, run);
  registerDu(command, run);
  registerFind(command, run);
  registerStat(command, run);
  registerHead(command, run);
  registerCat(command, run);
  registerMb(command, run);
  registerRb(command, run);
  registerPresign(command, run);
  registerVersions(command, run);
  registerUploads(command, run);
  registerLifecycle(command, run);
  registerCors(command, run);
  registerPolicy(command, run);
  registerAcl(command, run);
  registerNotify(command, run);
  registerAssumeRole(command, run);
  registerCheck(command, run);
  registerBenchStore(command, run);
  registerConfigure(command, run);
  registerStores(command, run);
  registerSecret(command, run);
  registerServe(command, run);
  registerExec(command, run);
  registerCache(command, run);
  registerDoctor(command, run);
  registerDemoCommand(command, run);
  return {
    command,
    invocation: () => invocation,
    exitCode: () => exitCode,
    helpWritten: () => helpWritten,
  };
}

const OVERVIEW = `
Start here:
  $ dipper demo                     the whole job on real data, no account needed
  $ dipper configure                keys and address of your own service
  $ dipper check s3://BUCKET        prove the connection, step by step
  $ dipper query "SELECT 42"

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 no permission or bad
credentials, 5 network, 6 partial, 130 interrupted.`;
