/**
 * `dipper configure`: writes a profile, asked for or taken over from another tool.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { UsageError } from "../../errors.ts";
import type { Environment } from "../../store/environment.ts";
import type { ImportedProfile } from "../../store/import/imported.ts";
import type { ImportSource } from "../../store/import/import.ts";
import type { ProfileChange, ProfileSettings, ProfileSummary } from "../../store/profiles.ts";
import { examples, type Run } from "../command.ts";
import type { Invocation } from "../invocation.ts";

interface ConfigureFlags {
  readonly accessKeyId?: string;
  readonly secretEnv?: string;
  readonly bucket?: string;
  readonly addressing?: "auto" | "path" | "virtual";
  readonly caBundle?: string;
  readonly from?: ImportSource;
  readonly remote?: string;
  readonly file?: string;
  readonly yes: boolean;
}

/** Adds the command. */
export function registerConfigure(program: Command, run: Run): void {
  program.command("configure")
    .summary("write a profile: keys, region, endpoint")
    .description(
      "Writes a profile into the AWS files (~/.aws/credentials and ~/.aws/config, mode 0600), " +
        "where every other S3 tool finds it too. Asks for what no flag gives; the secret is not " +
        "shown and is never an argument: a script gives it on standard input or in an " +
        "environment variable. Other profiles and comments stay as they are.",
    )
    .option("--access-key-id <id>", "access key; the secret is then read from standard input")
    .option("--secret-env <variable>", "environment variable that holds the secret")
    .option("--bucket <name>", "default bucket, so that dipper ls and relative keys are short")
    .addOption(
      new Option("--addressing <style>", "how a bucket goes into the address")
        .choices(["auto", "path", "virtual"]),
    )
    .option("--ca-bundle <file>", "PEM certificates to trust besides the system's")
    .addOption(
      new Option("--from <tool>", "take over what another tool has")
        .choices(["rclone", "s3cfg", "passwd-s3fs"]),
    )
    .option("--remote <name>", "which one of several in the tool's file")
    .option("--file <path>", "the tool's file, where it is not in its usual place")
    .option("-y, --yes", "replace a profile that exists without asking", false)
    .addHelpText(
      "after",
      examples(
        "dipper configure",
        "dipper configure --from rclone --remote ceph --profile ceph",
        "printenv LAB_SECRET | dipper configure --profile lab --access-key-id KEY \\\n" +
          "      --endpoint https://s3.lab.example --region us-east-1",
      ),
    )
    .action(run(async (invocation, flags: ConfigureFlags) => {
      const { processEnvironment } = await import("../../store/environment.ts");
      const { listProfiles, writeProfile } = await import("../../store/profiles.ts");
      const environment = processEnvironment();
      const profiles = await listProfiles(environment);
      const wanted = flags.from === undefined
        ? await askForProfile(invocation, flags, profiles, environment)
        : await takeOver(invocation, flags, flags.from, profiles, environment);
      const change = await writeProfile(wanted.profile, wanted.settings, environment);
      await report(invocation, change, environment);
      await noteWhatWins(invocation, wanted, environment);
      await offerCheck(invocation, change);
    }));
}

interface Wanted {
  readonly profile: string;
  readonly settings: ProfileSettings;
}

async function askForProfile(
  invocation: Invocation,
  flags: ConfigureFlags,
  profiles: readonly ProfileSummary[],
  environment: Environment,
): Promise<Wanted> {
  const { prompt, flags: globals } = invocation;
  const asks = prompt.interactive;
  if (!asks && flags.accessKeyId === undefined && !hasSettings(invocation, flags)) {
    throw new UsageError("there is no terminal to ask on, and no flag says what to write", {
      hint: "Give --access-key-id with the secret on standard input, or --endpoint, --region, " +
        "--bucket; or run it in a terminal.",
    });
  }
  if (asks) {
    await invocation.host.stderr.write(
      "An empty answer takes what is in [brackets]. Ctrl-C leaves everything as it is.\n",
    );
  }
  const ask = async (given: string | undefined, question: string, preset: string) =>
    given ?? (asks ? await prompt.line(question, preset) : preset);
  const profile = await ask(globals.profile, "Profile name", "default");
  await agreeToReplace(invocation, flags, profile, profiles);
  const before = profiles.find((one) => one.profile === profile);
  const endpoint = await ask(globals.endpoint, "Endpoint, or aws", before?.endpoint ?? "aws");
  const region = await ask(globals.region, "Region", before?.region ?? "us-east-1");
  const keys = await askForKeys(invocation, flags, before, environment);
  const bucket = await ask(flags.bucket, "Default bucket, or none", "none");
  return {
    profile,
    settings: {
      ...keys,
      endpoint: await endpointText(endpoint),
      ...(region === "" ? {} : { region }),
      ...(bucket === "none" || bucket === "" ? {} : { bucket }),
      ...others(flags),
    },
  };
}

/** As every other place reads it, so that a profile means what the same text means in a flag. */
async function endpointText(typed: string): Promise<string> {
  if (typed.toLowerCase() === "aws") return "aws";
  const { parseEndpoint } = await import("../../store/endpoint.ts");
  return parseEndpoint(typed, "as given").origin;
}

function hasSettings(invocation: Invocation, flags: ConfigureFlags): boolean {
  const { endpoint, region } = invocation.flags;
  const { bucket, addressing, caBundle } = flags;
  return [endpoint, region, bucket, addressing, caBundle].some((value) => value !== undefined);
}

function others({ addressing, caBundle }: ConfigureFlags): ProfileSettings {
  return {
    ...(addressing === undefined ? {} : { addressing }),
    ...(caBundle === undefined ? {} : { caBundle }),
  };
}

async function askForKeys(
  { prompt }: Invocation,
  flags: ConfigureFlags,
  before: ProfileSummary | undefined,
  environment: Environment,
): Promise<Pick<ProfileSettings, "accessKeyId" | "secretAccessKey">> {
  const has = before?.entries.includes("aws_access_key_id") ?? false;
  const accessKeyId = flags.accessKeyId ??
    (prompt.interactive ? await prompt.line("Access key", has ? "keep" : "") : "");
  if (accessKeyId === "" || (has && accessKeyId === "keep")) return {};
  if (flags.secretEnv !== undefined) {
    const secretAccessKey = environment.get(flags.secretEnv);
    if (secretAccessKey === undefined) {
      throw new UsageError(`the environment variable ${flags.secretEnv} is not set`);
    }
    return { accessKeyId, secretAccessKey };
  }
  const secretAccessKey = await prompt.secret("Secret key (not shown)");
  if (secretAccessKey === "") {
    throw new UsageError("the secret is empty", { hint: "An access key needs its secret." });
  }
  return { accessKeyId, secretAccessKey };
}

async function takeOver(
  invocation: Invocation,
  flags: ConfigureFlags,
  from: ImportSource,
  profiles: readonly ProfileSummary[],
  environment: Environment,
): Promise<Wanted> {
  const { importProfiles } = await import("../../store/import/import.ts");
  const imported = await importProfiles(from, environment, flags.file);
  for (const warning of imported.warnings) invocation.notice(warning);
  for (const { from, reason } of imported.skipped) invocation.notice(`left out ${from}: ${reason}`);
  const chosen = await chooseOne(invocation, flags.remote, imported.profiles, imported.path);
  for (const warning of chosen.warnings) invocation.notice(warning);
  const { endpoint, region } = invocation.flags;
  const profile = invocation.flags.profile ?? chosen.profile;
  await agreeToReplace(invocation, flags, profile, profiles);
  return {
    profile,
    settings: {
      ...chosen.settings,
      ...(endpoint === undefined ? {} : { endpoint: await endpointText(endpoint) }),
      ...(region === undefined ? {} : { region }),
      ...(flags.bucket === undefined ? {} : { bucket: flags.bucket }),
      ...others(flags),
    },
  };
}

async function chooseOne(
  { prompt }: Invocation,
  remote: string | undefined,
  found: readonly ImportedProfile[],
  path: string,
): Promise<ImportedProfile> {
  if (found.length === 0) {
    throw new UsageError(`${path} has nothing that could be taken over`, { uri: path });
  }
  const names = found.map((one) => one.from).join(", ");
  const name = remote ??
    (found.length === 1
      ? found[0].from
      : prompt.interactive
      ? await prompt.line(`Which one (${names})`, found[0].from)
      : undefined);
  const chosen = found.find((one) => one.from === name);
  if (chosen !== undefined) return chosen;
  throw new UsageError(
    name === undefined ? `${path} has more than one` : `${path} has nothing named ${name}`,
    { uri: path, hint: `Say which with --remote: ${names}.` },
  );
}

async function agreeToReplace(
  { prompt }: Invocation,
  flags: ConfigureFlags,
  profile: string,
  profiles: readonly ProfileSummary[],
): Promise<void> {
  if (flags.yes || !profiles.some((one) => one.profile === profile)) return;
  const question = `The profile ${profile} exists. Replace what you gave`;
  if (prompt.interactive && await prompt.confirm(question)) return;
  throw new UsageError(`the profile ${profile} exists and was left as it is`, {
    hint: "Use --yes to replace its values, or another name with --profile.",
  });
}

async function report(
  invocation: Invocation,
  change: ProfileChange,
  { home }: Environment,
): Promise<void> {
  for (const warning of change.warnings) invocation.notice(warning);
  if (invocation.flags.json) return await invocation.printJson(change);
  const files = change.files.map((path) =>
    path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
  );
  await invocation.print(
    files.length === 0
      ? `profile ${change.profile} is as you said already\n`
      : `wrote profile ${change.profile} to ${files.join(" and ")}\n`,
  );
}

/** The environment goes before a profile, as in every AWS tool; people are surprised by it. */
async function noteWhatWins(
  { notice }: Invocation,
  { profile, settings }: Wanted,
  environment: Environment,
): Promise<void> {
  const { resolveStore } = await import("../../store/resolve.ts");
  const { origins } = await resolveStore("default", { profile }, environment);
  for (const setting of ["endpoint", "region"] as const) {
    const source = origins[setting]?.source;
    if (settings[setting] === undefined || source === undefined) continue;
    if (environment.get(source) === undefined) continue;
    notice(
      `${source} in the environment wins over the profile's ${setting}; to use the profile's, ` +
        `unset ${source}`,
    );
  }
}

async function offerCheck(invocation: Invocation, { profile }: ProfileChange): Promise<void> {
  const next = profile === "default" ? "dipper check" : `dipper check --profile ${profile}`;
  if (!invocation.prompt.interactive || invocation.flags.json) {
    if (!invocation.flags.json) invocation.notice(`prove the connection with: ${next}`);
    return;
  }
  if (!await invocation.prompt.confirm("Check the connection now")) {
    invocation.notice(`later: ${next}`);
    return;
  }
  const { runCheck } = await import("./check.ts");
  await runCheck(invocation, { profile });
}
