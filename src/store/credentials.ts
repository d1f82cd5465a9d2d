/**
 * Where keys come from, in the order of the AWS command line, and how temporary ones are renewed.
 *
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-authentication.html
 * @module
 */
import { cancelled, ConfigurationError, throwIfAborted } from "../errors.ts";
import { registerSecret } from "../redaction.ts";
import type { AwsFiles, Profile } from "./aws_files.ts";
import { translateCredentialsError } from "./credentials_error.ts";
import { type Environment, isTrue } from "./environment.ts";
import type { Credentials, StoreOptions } from "./store.ts";
import type { StsSettings } from "./sts.ts";

/** The SDK's providers and STS take 40 ms to load, and keys need neither. */
const providers = () => import("@aws-sdk/credential-providers");
const sts = () => import("./sts.ts");

/** Credentials are renewed when fewer than this many milliseconds of their life are left. */
export const RENEWAL_MARGIN = 5 * 60_000;

/** How long one request to an instance's or a container's metadata may take, in milliseconds. */
const METADATA_TIMEOUT = 1_000;

/** A place that credentials can be had from; nothing is fetched until `load` is called. */
export interface CredentialSource {
  /** What it is, such as `keys`, `assumed role`, `credential_process`. */
  readonly kind: string;
  /** Such as `option`, `AWS_ACCESS_KEY_ID`, `profile lab in ~/.aws/config`. */
  readonly source: string;
  /** Known for long-lived keys without a request. */
  readonly accessKeyId?: string;
  load(): Promise<Credentials>;
}

/** What the choice of a source depends on. */
export interface CredentialInputs {
  readonly options: StoreOptions;
  readonly environment: Environment;
  readonly files: AwsFiles;
  readonly profile: Profile | undefined;
  /** Whether `options` name the profile: it then goes before the environment's keys. */
  readonly profileChosenBy: "option" | "environment" | "default";
  readonly sts: StsSettings;
  /** Instance metadata is asked for AWS only: elsewhere its keys would be of no use. */
  readonly onAws: boolean;
}

/**
 * The first of: option keys, environment keys (unless the profile is an option), the profile, web
 * identity, container, instance metadata; undefined when there is none. A `roleArn` option is assumed
 * with what was found.
 */
export async function chooseCredentials(
  inputs: CredentialInputs,
): Promise<CredentialSource | undefined> {
  const base = fromOptions(inputs.options) ?? fromEnvironment(inputs) ?? fromProfile(inputs) ??
    fromWebIdentity(inputs) ?? fromContainer(inputs) ?? await fromInstance(inputs);
  return inputs.options.roleArn === undefined || base === undefined
    ? base
    : withRole(base, inputs, inputs.options.roleArn);
}

/**
 * Calls `load` when there are no credentials yet or they have less than {@link RENEWAL_MARGIN} left.
 * One call is under way at a time and shared; a caller's abort ends its own wait only. When a renewal
 * fails, what is held is used until it expires. Credentials that the service refused as expired are
 * not handed out again while others can be had.
 */
export function renewing(
  load: () => Promise<Credentials>,
  now: () => number = Date.now,
): (signal?: AbortSignal, refused?: Credentials) => Promise<Credentials> {
  let held: Credentials | undefined;
  let underWay: Promise<Credentials> | undefined;
  const left = () => held === undefined ? 0 : (held.expiration?.getTime() ?? Infinity) - now();
  const renew = async () => {
    try {
      held = registered(await load());
      return held;
    } catch (error) {
      if (held !== undefined && left() > 0) return held;
      throw error;
    } finally {
      underWay = undefined;
    }
  };
  return async (signal, refused) => {
    throwIfAborted(signal);
    const isRefused = held !== undefined && held === refused;
    if (held !== undefined && left() > RENEWAL_MARGIN && !isRefused) return held;
    return await abortable(underWay ??= renew(), signal);
  };
}

function fromOptions(options: StoreOptions): CredentialSource | undefined {
  const { accessKeyId, secretAccessKey, sessionToken } = options;
  registerSecret(secretAccessKey);
  registerSecret(sessionToken);
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  return fixed({ accessKeyId, secretAccessKey, sessionToken }, "option", [
    "accessKeyId",
    "secretAccessKey",
  ]);
}

function fromEnvironment(inputs: CredentialInputs): CredentialSource | undefined {
  const { environment } = inputs;
  const accessKeyId = environment.get("AWS_ACCESS_KEY_ID");
  const secretAccessKey = environment.get("AWS_SECRET_ACCESS_KEY");
  const sessionToken = environment.get("AWS_SESSION_TOKEN") ??
    environment.get("AWS_SECURITY_TOKEN");
  registerSecret(secretAccessKey);
  registerSecret(sessionToken);
  if (inputs.profileChosenBy === "option" || accessKeyId === undefined) return undefined;
  return fixed({ accessKeyId, secretAccessKey, sessionToken }, "AWS_ACCESS_KEY_ID", [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
  ]);
}

function fromProfile(inputs: CredentialInputs): CredentialSource | undefined {
  const { profile, files } = inputs;
  if (profile === undefined) return undefined;
  const setting = (name: string) => profile.settings.get(name);
  const paths = {
    profile: profile.name,
    filepath: files.credentialsPath,
    configFilepath: files.configPath,
    ignoreCache: true,
  };
  const provided = (kind: string, key: string, provider: () => Promise<Credentials>) => ({
    kind,
    source: setting(key)!.source,
    load: () => translated(provider, inputs, `profile ${profile.name}`),
  });
  const viaIni = (kind: string, key: string) =>
    provided(
      kind,
      key,
      once(async () => {
        const [{ fromIni }, { assumeRole, assumeRoleWithWebIdentity }] = await Promise.all([
          providers(),
          sts(),
        ]);
        return fromIni({
          ...paths,
          mfaCodeProvider: inputs.options.mfaCode,
          roleAssumer: (source, params) => assumeRole(source, params, inputs.sts),
          roleAssumerWithWebIdentity: (params) => assumeRoleWithWebIdentity(params, inputs.sts),
        });
      }),
    );
  if (setting("role_arn") && (setting("source_profile") || setting("credential_source"))) {
    return viaIni("assumed role", "role_arn");
  }
  if (setting("role_arn") && setting("web_identity_token_file")) {
    return viaIni("web identity", "role_arn");
  }
  if (setting("aws_access_key_id") && setting("aws_secret_access_key")) {
    return fixed(
      {
        accessKeyId: setting("aws_access_key_id")!.value,
        secretAccessKey: setting("aws_secret_access_key")!.value,
        sessionToken: setting("aws_session_token")?.value,
      },
      setting("aws_access_key_id")!.source,
      ["aws_access_key_id", "aws_secret_access_key"],
    );
  }
  const ssoKey = ["sso_session", "sso_start_url", "sso_account_id"].find(setting);
  if (ssoKey !== undefined) {
    return provided("SSO", ssoKey, once(async () => (await providers()).fromSSO(paths)));
  }
  if (setting("credential_process")) return viaIni("credential_process", "credential_process");
  if (setting("login_session")) return viaIni("login session", "login_session");
  const half = ["aws_access_key_id", "aws_secret_access_key", "role_arn"].find(setting);
  if (half !== undefined) throw incomplete(profile.name, half);
  return undefined;
}

function fromWebIdentity(inputs: CredentialInputs): CredentialSource | undefined {
  const { environment } = inputs;
  const webIdentityTokenFile = environment.get("AWS_WEB_IDENTITY_TOKEN_FILE");
  const roleArn = environment.get("AWS_ROLE_ARN");
  if (inputs.profileChosenBy === "option" || !webIdentityTokenFile || !roleArn) return undefined;
  const provider = once(async () => {
    const [{ fromTokenFile }, { assumeRoleWithWebIdentity }] = await Promise.all([
      providers(),
      sts(),
    ]);
    return fromTokenFile({
      webIdentityTokenFile,
      roleArn,
      roleSessionName: environment.get("AWS_ROLE_SESSION_NAME"),
      roleAssumerWithWebIdentity: (params) => assumeRoleWithWebIdentity(params, inputs.sts),
    });
  });
  return {
    kind: "web identity",
    source: "AWS_WEB_IDENTITY_TOKEN_FILE",
    load: () => translated(provider, inputs, "web identity"),
  };
}

function fromContainer(inputs: CredentialInputs): CredentialSource | undefined {
  const { environment } = inputs;
  const relative = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const full = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative === undefined && full === undefined) return undefined;
  const provider = async () =>
    await (await providers()).fromHttp({
      awsContainerCredentialsRelativeUri: relative,
      awsContainerCredentialsFullUri: full,
      awsContainerAuthorizationToken: environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
      awsContainerAuthorizationTokenFile: environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
      timeout: METADATA_TIMEOUT,
      maxRetries: 1,
    })();
  return {
    kind: "container",
    source: relative
      ? "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
      : "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    load: () => translated(provider, inputs, "container metadata"),
  };
}

/** A provider that is made when it is first asked. */
function once(make: () => Promise<() => Promise<Credentials>>): () => Promise<Credentials> {
  let made: Promise<() => Promise<Credentials>> | undefined;
  return async () => await (await (made ??= make()))();
}

/** Instance metadata, when it answers at once: on a machine without it, one second is lost at most. */
async function fromInstance(inputs: CredentialInputs): Promise<CredentialSource | undefined> {
  if (!inputs.onAws || isTrue(inputs.environment.get("AWS_EC2_METADATA_DISABLED"))) {
    return undefined;
  }
  const { fromInstanceMetadata } = await providers();
  const provider = fromInstanceMetadata({ timeout: METADATA_TIMEOUT, maxRetries: 0 });
  const first = await firstInstanceAnswer(provider);
  if (first === undefined) return undefined;
  let unused: Credentials | undefined = first;
  return {
    kind: "instance role",
    source: "instance metadata",
    accessKeyId: first.accessKeyId,
    load: async () => {
      const credentials = unused ?? await translated(provider, inputs, "instance metadata");
      unused = undefined;
      return credentials;
    },
  };
}

let noInstance = false;

/** What the metadata service says; undefined, from then on, when it says nothing in time. */
async function firstInstanceAnswer(
  provider: () => Promise<Credentials>,
): Promise<Credentials | undefined> {
  if (noInstance) return undefined;
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), METADATA_TIMEOUT);
  // Any failure means the same here: this machine has no role to offer.
  const answer = provider().then(registered, () => undefined);
  const credentials = await Promise.race([answer, late.promise]);
  clearTimeout(timer);
  noInstance = credentials === undefined;
  return credentials;
}

function withRole(base: CredentialSource, inputs: CredentialInputs, arn: string): CredentialSource {
  const sourceCredentials = renewing(() => base.load());
  const name = `dipper-${Date.now()}`;
  const load = async () =>
    await (await sts()).assumeRole(
      await sourceCredentials(),
      { RoleArn: arn, RoleSessionName: name },
      inputs.sts,
    );
  return {
    kind: `assumed role, with ${base.kind} from ${base.source}`,
    source: "option",
    load: () => translated(load, inputs, `role ${arn}`),
  };
}

function fixed(
  keys: { accessKeyId?: string; secretAccessKey?: string; sessionToken?: string },
  source: string,
  names: readonly [string, string],
): CredentialSource {
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const [has, lacks] = accessKeyId === undefined ? [names[1], names[0]] : names;
    throw new ConfigurationError(`${has} is given, but ${lacks} is not (${source})`, {
      hint: `Give both, or neither.`,
    });
  }
  const credentials = registered({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  });
  return {
    kind: sessionToken === undefined ? "keys" : "temporary keys",
    source,
    accessKeyId,
    load: () => Promise.resolve(credentials),
  };
}

async function translated(
  provider: () => Promise<Credentials>,
  inputs: CredentialInputs,
  what: string,
): Promise<Credentials> {
  try {
    return registered(await provider());
  } catch (error) {
    throw translateCredentialsError(error, {
      what,
      profile: inputs.profile?.name,
      sts: inputs.sts.endpoint,
    });
  }
}

function registered(credentials: Credentials): Credentials {
  registerSecret(credentials.secretAccessKey);
  registerSecret(credentials.sessionToken);
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(expiration === undefined ? {} : { expiration: new Date(expiration) }),
  };
}

function incomplete(profile: string, has: string): ConfigurationError {
  const lacks = has === "aws_access_key_id"
    ? "aws_secret_access_key"
    : has === "role_arn"
    ? "source_profile, credential_source or web_identity_token_file"
    : "aws_access_key_id";
  return new ConfigurationError(`profile ${profile} has ${has} but no ${lacks}`, {
    hint: `\`dipper configure --profile ${profile}\` asks for what is missing.`,
  });
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(cancelled(signal));
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
