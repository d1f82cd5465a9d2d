/**
 * `dipper assume-role`: a command with temporary, narrower credentials.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { UsageError } from "../../errors.ts";
import type { Credentials, Store } from "../../store/store.ts";
import { examples, type Run } from "../command.ts";
import type { Invocation } from "../invocation.ts";

interface AssumeFlags {
  readonly scope: readonly string[];
  readonly readOnly: boolean;
  readonly duration: string;
  readonly stsEndpoint?: string;
  readonly print?: "env" | "process";
  readonly static: boolean;
}

/** Adds the command. */
export function registerAssumeRole(program: Command, run: Run): void {
  program.command("assume-role")
    .summary("run a command with temporary, narrower credentials")
    .description(
      "Assumes a role and runs a command, or your shell, with its temporary credentials: for one " +
        "bucket or prefix (--scope), or for reading only. AWS tools and SDKs fetch them from this " +
        "process, which renews them as long as the command runs; for tools that only know " +
        "variables there is --static, without renewal.",
    )
    .argument("<role>", "ARN of the role")
    .argument("[command...]", "the command and its arguments, after --; your shell unless told")
    .option("--scope <uri>", "only s3://BUCKET[/PREFIX], again for each", collect, [])
    .option("--read-only", "only what reads", false)
    .option("--duration <span>", "length of one session: 15m to 12h", "1h")
    .option("--static", "put the keys themselves into the environment", false)
    .option("--sts-endpoint <url>", "address of STS; the service's own unless told")
    .addOption(
      new Option(
        "--print <form>",
        "print the credentials instead: env for eval in a shell, process for credential_process in " +
          "a profile",
      ).choices(["env", "process"]),
    )
    .addHelpText(
      "after",
      examples(
        "dipper assume-role arn:aws:iam:::role/reader --read-only -- dipper ls s3://demo",
        "dipper assume-role arn:aws:iam:::role/reader --scope s3://demo/climate/ -- \\\n" +
          "      dipper stat s3://demo/climate/darwin-soi.nc",
        'eval "$(dipper assume-role arn:aws:iam:::role/reader --print env)"',
      ),
    )
    .action(run(async (invocation, role: string, command: string[], flags: AssumeFlags) => {
      const { StoreSet } = await import("../../store/store_set.ts");
      const { roleCredentials, renewedRole } = await import("../../store/role_session.ts");
      const stores = await StoreSet.resolve(invocation.storeOptions());
      const store = stores.default;
      if (store === undefined) {
        throw new UsageError("it is not said which of the stores the role is of", {
          hint: "Choose one: --profile NAME.",
        });
      }
      const options = { ...await sessionOf(role, flags), signal: invocation.signal };
      if (flags.print !== undefined) {
        if (command.length > 0) throw new UsageError("--print prints, and runs no command");
        return await print(invocation, await roleCredentials(store, options), flags.print);
      }
      const renewed = renewedRole(store, options);
      const first = await renewed(); // refused now rather than inside of the command
      return flags.static
        ? await runWith(invocation, command, store, staticVariables(first))
        : await runServed(invocation, command, store, renewed);
    }));
}

async function sessionOf(roleArn: string, flags: AssumeFlags) {
  const { sessionPolicy } = await import("../../objects/access/session_policy.ts");
  const { parseDuration } = await import("../../objects/browse/duration.ts");
  const { parseS3Uri } = await import("../../store/uri.ts");
  const policy = sessionPolicy({
    places: flags.scope.map(parseS3Uri),
    access: flags.readOnly ? "read-only" : "read-write",
  });
  if (flags.stsEndpoint !== undefined && !URL.canParse(flags.stsEndpoint)) {
    throw new UsageError(`${flags.stsEndpoint} is no address`);
  }
  return {
    roleArn,
    duration: parseDuration(flags.duration, "--duration"),
    policy: policy === undefined ? undefined : JSON.stringify(policy),
    stsEndpoint: flags.stsEndpoint === undefined ? undefined : new URL(flags.stsEndpoint),
  };
}

/** Variables that hold, or lead to, other credentials than ours. */
const OTHER_CREDENTIALS = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
];

async function runServed(
  invocation: Invocation,
  command: readonly string[],
  store: Store,
  renewed: () => Promise<Credentials>,
): Promise<number> {
  const { serveCredentials } = await import("../credentials_server.ts");
  await using server = serveCredentials(renewed);
  return await runWith(invocation, command, store, {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: server.url,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: server.token,
  });
}

async function runWith(
  { host }: Invocation,
  command: readonly string[],
  store: Store,
  variables: Readonly<Record<string, string>>,
): Promise<number> {
  const { runChild } = await import("../door/child.ts");
  const { processVariables } = await import("../../store/environment.ts");
  const inherited = Object.entries(processVariables())
    .filter(([name]) => !OTHER_CREDENTIALS.includes(name));
  const own = Object.fromEntries(inherited);
  const shell = own.SHELL ?? "/bin/sh";
  return await runChild(command.length > 0 ? command : [shell], {
    environment: {
      ...own,
      AWS_REGION: store.region,
      ...(store.endpoint === undefined ? {} : { AWS_ENDPOINT_URL_S3: store.endpoint.origin }),
      ...variables,
    },
    signals: host.signals,
    onTerminal: [host.stdin, host.stdout, host.stderr].some((each) => each.isTerminal),
  });
}

function staticVariables(
  { accessKeyId, secretAccessKey, sessionToken = "" }: Credentials,
): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}

async function print(
  invocation: Invocation,
  credentials: Credentials,
  form: "env" | "process",
): Promise<void> {
  if (form === "process") {
    return await invocation.print(
      JSON.stringify({
        Version: 1,
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        SessionToken: credentials.sessionToken,
        Expiration: credentials.expiration?.toISOString(),
      }) + "\n",
    );
  }
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const lines = Object.entries(staticVariables(credentials))
    .map(([name, value]) => `export ${name}=${quote(value)}\n`);
  await invocation.print(lines.join(""));
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
