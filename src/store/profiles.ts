/**
 * Profiles in the AWS files: listed, written as `aws configure` does, removed.
 *
 * Keys go to the credentials file, everything else to the config file. What belongs to other
 * profiles, comments, order and line endings stay as they are, byte for byte. A file is replaced
 * whole, and only after the AWS SDK's own parser has read the new one back as meant.
 *
 * @module
 */
import { loadSharedConfigFiles } from "@smithy/shared-ini-file-loader";
import { ConfigurationError, UsageError } from "../errors.ts";
import { registerSecret } from "../redaction.ts";
import { modeOf, readIfPresent, replaceFile } from "./atomic_file.ts";
import { awsFilePaths, readAwsFiles } from "./aws_files.ts";
import type { Environment } from "./environment.ts";
import {
  type Edit,
  editSection,
  type EntryName,
  removeSection,
  sectionNames,
} from "./profile_text.ts";
import type { Addressing } from "./store.ts";

/** What a profile may hold; what is absent is left as it is in the file. */
export interface ProfileSettings {
  /** Given together with `secretAccessKey`; both replace the keys and the token of the profile. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly region?: string;
  /** Address of the service with its scheme; `aws` takes one that is there away. */
  readonly endpoint?: string;
  readonly addressing?: Addressing | "auto";
  /** File of PEM certificates to trust. */
  readonly caBundle?: string;
  readonly roleArn?: string;
  /** Profile whose keys assume `roleArn`. */
  readonly sourceProfile?: string;
  /** Default bucket; other tools ignore it. */
  readonly bucket?: string;
}

/** What was done to the files. */
export interface ProfileChange {
  readonly profile: string;
  /** Files that were replaced. */
  readonly files: readonly string[];
  /** What a person should know, a sentence each. */
  readonly warnings: readonly string[];
}

/** A profile as it is listed: names of its entries, never a value of a secret. */
export interface ProfileSummary {
  readonly profile: string;
  /** Names of its entries, such as `region` and `s3.addressing_style`. */
  readonly entries: readonly string[];
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
}

const ACCESS_KEY: EntryName = ["aws_access_key_id"];
const SECRET_KEY: EntryName = ["aws_secret_access_key"];
const TOKEN: EntryName = ["aws_session_token"];

/** Entries of the config file, in the order in which they are written. */
const CONFIG_ENTRIES: readonly (readonly [keyof ProfileSettings, EntryName])[] = [
  ["region", ["region"]],
  ["endpoint", ["endpoint_url"]],
  ["addressing", ["s3", "addressing_style"]],
  ["caBundle", ["ca_bundle"]],
  ["roleArn", ["role_arn"]],
  ["sourceProfile", ["source_profile"]],
  ["bucket", ["dipper_bucket"]],
];

/** Names that the AWS SDKs for JavaScript, Python and C++ all read (parseIni of @smithy/core). */
const PROFILE_NAME = /^[\w@+.%:/-]+$/;
const CREDENTIALS_MODE = 0o600;

/**
 * The profiles of both files, in the order in which they are found.
 *
 * @throws {ConfigurationError} naming file and line when a file cannot be understood
 */
export async function listProfiles(environment: Environment): Promise<ProfileSummary[]> {
  const { profiles, services } = await readAwsFiles(environment);
  return [...profiles.values()].map(({ name, settings }) => ({
    profile: name,
    entries: [...settings.keys()],
    region: settings.get("region")?.value,
    endpoint: (services.get(settings.get("services")?.value ?? "")?.get("s3.endpoint_url") ??
      settings.get("endpoint_url"))?.value,
  }));
}

/**
 * Writes a profile. Settings that are absent keep what the files say; keys replace keys and token.
 *
 * @throws {UsageError} on a name or a value that the AWS tools could not read back
 * @throws {ConfigurationError} when a file cannot be read or written
 */
export async function writeProfile(
  profile: string,
  settings: ProfileSettings,
  environment: Environment,
): Promise<ProfileChange> {
  checkName(profile);
  registerSecret(settings.secretAccessKey);
  registerSecret(settings.sessionToken);
  const credentials = credentialEdits(settings);
  const config = configEdits(settings);
  for (const { name, value } of [...credentials, ...config]) checkValue(name, value);
  if (credentials.length + config.length === 0) {
    throw new UsageError(`nothing to write into profile ${profile}`, {
      hint: "Give keys, a region or an endpoint.",
    });
  }
  // An entry in the other file would be mixed in or win: the SDKs merge the two.
  const files = awsFilePaths(environment);
  const warnings: string[] = [];
  const replaced: string[] = [];
  const mixed = files.credentialsPath === files.configPath;
  const inCredentials = [...credentials, ...(mixed ? [] : removals(config))];
  if (await edit(files.credentialsPath, profile, inCredentials)) {
    replaced.push(files.credentialsPath);
  }
  const inConfig = [...(mixed ? [] : removals(credentials)), ...config];
  const section = configSection(await readText(files.configPath), profile);
  if (await edit(files.configPath, section, inConfig)) replaced.push(files.configPath);
  return { profile, files: replaced, warnings };

  async function edit(path: string, section: string, edits: readonly Edit[]): Promise<boolean> {
    const isCredentials = section === profile && path === files.credentialsPath;
    const bytewise = edits.map(({ name, value }) => ({ name, value: value && asBytes(value) }));
    return await rewrite(path, (text) => editSection(text, section, bytewise), {
      isCredentials,
      warnings,
      verify: (written) => verify(written, isCredentials, profile, edits),
    });
  }
}

/**
 * Removes a profile from both files.
 *
 * @throws {UsageError} when neither file has it
 */
export async function removeProfile(
  profile: string,
  environment: Environment,
): Promise<ProfileChange> {
  const files = awsFilePaths(environment);
  const warnings: string[] = [];
  const replaced: string[] = [];
  const inConfig = profile === "default" ? ["default", "profile default"] : [`profile ${profile}`];
  for (
    const [path, sections] of [[files.credentialsPath, [profile]], [
      files.configPath,
      inConfig,
    ]] as const
  ) {
    const isCredentials = path === files.credentialsPath;
    const change = (text: string) => sections.reduce(removeSection, text);
    if (await rewrite(path, change, { isCredentials, warnings })) replaced.push(path);
  }
  if (replaced.length === 0) {
    throw new UsageError(`there is no profile ${profile} in the AWS files`, {
      hint: `Profiles there are: ${
        (await listProfiles(environment)).map((one) => one.profile).join(", ") || "none"
      }.`,
    });
  }
  return { profile, files: replaced, warnings };
}

/** A name that {@link writeProfile} accepts, made of any text; `fallback` when nothing is left. */
export function profileNameFrom(text: string, fallback: string): string {
  const name = text.trim().replace(/[^\w@+.%:/-]+/g, "-").replace(/^-+|-+$/g, "");
  return name === "" || isReserved(name) ? fallback : name;
}

function credentialEdits(settings: ProfileSettings): Edit[] {
  const { accessKeyId, secretAccessKey, sessionToken } = settings;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new UsageError("an access key and its secret are written together", {
      hint: "Give both, or neither.",
    });
  }
  if (accessKeyId === undefined) {
    if (sessionToken === undefined) return [];
    throw new UsageError("a session token is written together with its keys", {
      hint: "Give the access key and the secret that came with it.",
    });
  }
  return [
    { name: ACCESS_KEY, value: accessKeyId },
    { name: SECRET_KEY, value: secretAccessKey },
    { name: TOKEN, value: sessionToken },
  ];
}

function configEdits(settings: ProfileSettings): Edit[] {
  return CONFIG_ENTRIES.flatMap(([setting, name]) => {
    const value = settings[setting];
    if (value === undefined) return [];
    const away = setting === "endpoint" && value.toLowerCase() === "aws";
    return [{ name, value: away ? undefined : value }];
  });
}

function removals(edits: readonly Edit[]): Edit[] {
  return edits.map(({ name }) => ({ name, value: undefined }));
}

function checkName(profile: string): void {
  if (PROFILE_NAME.test(profile) && !isReserved(profile)) return;
  throw new UsageError(`${JSON.stringify(profile)} cannot be the name of a profile`, {
    hint: "Use letters, digits and - _ . + @ % : /, without spaces.",
  });
}

/** The SDK's parser keeps sections in a plain object. */
function isReserved(name: string): boolean {
  return name === "__proto__" || name in {};
}

function checkValue(name: EntryName, value: string | undefined): void {
  if (value === undefined) return;
  const what = name.join(".");
  const refuse = (why: string, hint: string) => {
    throw new UsageError(`the value for ${what} ${why}`, { hint });
  };
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (/[\x00-\x1f\x7f]/.test(value)) {
    refuse("holds a line break or another control character", "Paste it again, on one line.");
  }
  if (value.trim() !== value || value === "") {
    refuse("is empty or begins or ends with a space", "Leave the spaces out.");
  }
  if (/(^|\s)[#;]/.test(value)) {
    refuse("holds what the AWS files take for a comment", "Leave out the space before # or ;.");
  }
}

function configSection(text: string, profile: string): string {
  if (profile !== "default") return `profile ${profile}`;
  return sectionNames(text).includes("profile default") ? "profile default" : "default";
}

interface Rewrite {
  readonly isCredentials: boolean;
  readonly warnings: string[];
  readonly verify?: (path: string) => Promise<void>;
}

async function rewrite(
  path: string,
  change: (text: string) => string,
  { isCredentials, warnings, verify }: Rewrite,
): Promise<boolean> {
  const before = await readText(path);
  const after = change(before);
  if (after === before) return false;
  const mode = await modeOf(path);
  if (isCredentials && mode !== undefined && (mode & 0o077) !== 0) {
    warnings.push(`${path} could be read by others; it is now yours alone (mode 0600).`);
  }
  await replaceFile(path, toBytes(after), {
    mode: isCredentials ? CREDENTIALS_MODE : mode ?? CREDENTIALS_MODE,
    verify: async (written) => {
      if (await readText(path) !== before) {
        throw new ConfigurationError(`${path} was changed by another program meanwhile`, {
          uri: path,
          hint: "Run the command again.",
        });
      }
      await verify?.(written);
    },
  });
  return true;
}

/** Reads `path` as the AWS SDK does and compares. */
async function verify(
  path: string,
  isCredentials: boolean,
  profile: string,
  edits: readonly Edit[],
): Promise<void> {
  const empty = "/dev/null";
  const parsed = await loadSharedConfigFiles({
    filepath: isCredentials ? path : empty,
    configFilepath: isCredentials ? empty : path,
    ignoreCache: true,
  });
  const entries = (isCredentials ? parsed.credentialsFile : parsed.configFile)[profile] ?? {};
  const wrong = edits.filter(({ name, value }) => entries[name.join(".")] !== value);
  if (wrong.length === 0) return;
  throw new ConfigurationError(
    `${wrong.map(({ name }) => name.join(".")).join(", ")} of profile ${profile} would not be ` +
      `read back from ${isCredentials ? "the credentials" : "the config"} file`,
    { hint: "Its section is written in an unusual way: see to it with an editor first." },
  );
}

async function readText(path: string): Promise<string> {
  return fromBytes(await readIfPresent(path) ?? new Uint8Array());
}

/** One character a byte, so that what is not UTF-8 is kept too. */
function fromBytes(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function asBytes(text: string): string {
  return fromBytes(new TextEncoder().encode(text));
}
