/**
 * The AWS configuration and credentials files: profiles, `services` and `sso-session` sections.
 *
 * @module
 */
import { ConfigurationError } from "../errors.ts";
import { registerSecret } from "../redaction.ts";
import type { Environment } from "./environment.ts";
import { type IniSection, parseIni } from "./ini.ts";
import { nearestNames } from "./nearest.ts";

/** A setting and where it stands. */
export interface FileSetting {
  readonly value: string;
  /** Such as `profile lab in ~/.aws/config`. */
  readonly source: string;
}

/** A profile, the credentials file's values winning over the configuration file's. */
export interface Profile {
  readonly name: string;
  /** By lower-case name; nested ones as `s3.addressing_style`. */
  readonly settings: ReadonlyMap<string, FileSetting>;
}

/** Both files, read. */
export interface AwsFiles {
  readonly configPath: string;
  readonly credentialsPath: string;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** `[services NAME]` sections, by name. */
  readonly services: ReadonlyMap<string, ReadonlyMap<string, FileSetting>>;
}

/** Where the two files are: AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else `~/.aws`. */
export function awsFilePaths(
  environment: Environment,
): { readonly configPath: string; readonly credentialsPath: string } {
  const path = (name: string, file: string) =>
    (environment.get(name) ?? `~/.aws/${file}`).replace(/^~(?=$|[/\\])/, environment.home);
  return {
    configPath: path("AWS_CONFIG_FILE", "config"),
    credentialsPath: path("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
  };
}

/**
 * Reads both files; one that does not exist is empty. Secrets in them are registered.
 *
 * @throws {ConfigurationError} naming file and line when one cannot be understood
 */
export async function readAwsFiles(environment: Environment): Promise<AwsFiles> {
  const { configPath, credentialsPath } = awsFilePaths(environment);
  const profiles = new Map<string, { name: string; settings: Map<string, FileSetting> }>();
  const services = new Map<string, Map<string, FileSetting>>();
  const shown = (path: string) =>
    path.startsWith(`${environment.home}/`) ? `~${path.slice(environment.home.length)}` : path;
  const take = (section: IniSection, name: string, path: string) => {
    const profile = profiles.get(name) ?? { name, settings: new Map() };
    profiles.set(name, profile);
    for (const [key, { value }] of section.values) {
      profile.settings.set(key, { value, source: `profile ${name} in ${shown(path)}` });
    }
    registerSecret(profile.settings.get("aws_secret_access_key")?.value);
    registerSecret(profile.settings.get("aws_session_token")?.value);
  };
  for (const section of (await sectionsOf(configPath, shown(configPath))).values()) {
    const [kind, name] = splitName(section.name);
    if (kind === "profile") take(section, name, configPath);
    if (kind === "services") {
      const source = `services ${name} in ${shown(configPath)}`;
      services.set(
        name,
        new Map([...section.values].map(([key, { value }]) => [key, { value, source }])),
      );
    }
  }
  for (const section of (await sectionsOf(credentialsPath, shown(credentialsPath))).values()) {
    take(section, splitName(section.name, "bare")[1], credentialsPath);
  }
  return { configPath, credentialsPath, profiles, services };
}

/**
 * The profile of that name.
 *
 * @param source where the name came from, for the error
 * @throws {ConfigurationError} with the nearest names when there is none
 */
export function profileNamed(files: AwsFiles, name: string, source: string): Profile {
  const profile = files.profiles.get(name);
  if (profile !== undefined) return profile;
  const names = [...files.profiles.keys()];
  const nearest = nearestNames(name, names);
  const known = nearest.length > 0
    ? `Did you mean ${nearest.join(", ")}?`
    : names.length > 0
    ? `Profiles there: ${names.slice(0, 10).join(", ")}.`
    : "There are no profiles yet.";
  throw new ConfigurationError(
    `there is no profile ${name} in ${files.configPath} or ${files.credentialsPath} (${source})`,
    { nearest, hint: `${known} \`dipper configure --profile ${name}\` writes one.` },
  );
}

async function sectionsOf(path: string, shown: string): Promise<ReadonlyMap<string, IniSection>> {
  try {
    return parseIni(await Deno.readTextFile(path), shown);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return new Map();
    }
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(`${shown} cannot be read`, {
      uri: shown,
      cause: error,
      hint: "Check that it is a text file of yours, or name another with AWS_CONFIG_FILE or " +
        "AWS_SHARED_CREDENTIALS_FILE.",
    });
  }
}

/** `profile x` → profile, x; in the credentials file sections are bare names. */
function splitName(section: string, style: "prefixed" | "bare" = "prefixed"): [string, string] {
  const [, word, rest] = /^(\S+)(?:\s+(.*))?$/s.exec(section) ?? ["", section, undefined];
  const name = (rest ?? "").trim().replace(/^(["'])(.*)\1$/, "$2");
  if (style === "bare") return ["profile", word === "profile" && name !== "" ? name : section];
  return section === "default" ? ["profile", "default"] : [word, name];
}
