/**
 * From what a person said, the environment and the AWS files to one store.
 *
 * @module
 */
import { ConfigurationError } from "../errors.ts";
import { type AwsFiles, type Profile, profileNamed, readAwsFiles } from "./aws_files.ts";
import { chooseCredentials, renewing } from "./credentials.ts";
import { defaultAddressing, isAws, parseEndpoint } from "./endpoint.ts";
import { type Environment, isTrue, processEnvironment } from "./environment.ts";
import { immutableIn, parseImmutable } from "./immutable.ts";
import { describeProxy, proxyFor } from "./proxy.ts";
import type { Addressing, Origin, Store, StoreOptions } from "./store.ts";
import { checkCaBundle } from "./tls.ts";

/** Signed for when nothing else is said; S3 servers other than AWS's take any. */
const DEFAULT_REGION = "us-east-1";

/**
 * Resolves the store `name` as the AWS command line does: options, environment, AWS files, and at the
 * end no credentials at all. Sends no request, but for one to the instance's metadata when it is AWS
 * and there are no keys (bounded to a second).
 *
 * @throws {ConfigurationError} for an unknown profile, a broken file, a value that cannot be
 */
export async function resolveStore(
  name: string,
  options: StoreOptions = {},
  environment: Environment = processEnvironment(),
): Promise<Store> {
  const files = await readAwsFiles(environment);
  const { profile, chosenBy, source: profileSource } = chooseProfile(options, environment, files);
  const setting = (key: string) => profile?.settings.get(key);
  const first = (...found: (Origin | undefined)[]) => found.find((each) => each !== undefined);
  const variable = (key: string): Origin | undefined => {
    const value = environment.get(key);
    return value === undefined ? undefined : { value, source: key };
  };
  const option = (value: string | undefined): Origin | undefined =>
    value === undefined || value === "" ? undefined : { value, source: "option" };

  const endpoint = chooseEndpoint(options, environment, files, profile);
  const url = endpoint === undefined
    ? undefined
    : parseEndpoint(endpoint.value, endpoint.source, gdalScheme(environment));
  const region =
    first(option(options.region), variable("AWS_REGION"), variable("AWS_DEFAULT_REGION")) ??
      setting("region") ?? { value: DEFAULT_REGION, source: "default" };
  const addressing = chooseAddressing(options, setting("s3.addressing_style"), url);
  const caBundle = first(
    option(options.caBundle),
    variable("AWS_CA_BUNDLE"),
    setting("ca_bundle"),
  );
  if (caBundle !== undefined) {
    await checkCaBundle(expand(caBundle.value, environment), caBundle.source);
  }
  const bucket = first(
    option(options.bucket),
    variable("DIPPER_BUCKET"),
    setting("dipper_bucket"),
  );
  const saidInVariable = immutableIn(environment.get("DIPPER_IMMUTABLE"));
  const immutable = options.immutable ?? saidInVariable;
  const proxy = proxyFor(
    url ?? new URL(`https://s3.${region.value}.amazonaws.com`),
    environment,
  );
  const bundlePath = caBundle === undefined ? undefined : expand(caBundle.value, environment);
  const sts = chooseStsEndpoint(options, environment, files, profile, url);
  const anonymousSaid = options.anonymous === true;
  const found = anonymousSaid ? undefined : await chooseCredentials({
    options,
    environment,
    files,
    profile,
    profileChosenBy: chosenBy,
    onAws: isAws(url),
    sts: {
      endpoint: sts,
      region: region.value,
      caBundle: bundlePath,
      proxy: proxyFor(
        sts ?? new URL(`https://sts.${region.value}.amazonaws.com`),
        environment,
      )?.url,
    },
  });
  if (found === undefined && options.roleArn !== undefined && !anonymousSaid) {
    throw new ConfigurationError(`there are no credentials to assume ${options.roleArn} with`, {
      store: name,
      hint: "Give keys or a profile besides the role.",
    });
  }
  const load = found === undefined ? undefined : renewing(() => found.load());
  const origins: Record<string, Origin> = {
    ...(profile === undefined ? {} : { profile: { value: profile.name, source: profileSource } }),
    endpoint: url === undefined
      ? { value: "AWS", source: endpoint?.source ?? "default" }
      : { value: url.origin, source: endpoint!.source },
    region,
    addressing,
    credentials: found === undefined
      ? { value: "none: requests are not signed", source: anonymousSaid ? "option" : "default" }
      : { value: found.kind, source: found.source },
    ...(found?.accessKeyId === undefined ? {} : {
      accessKeyId: { value: shortKey(found.accessKeyId), source: found.source },
    }),
    ...(options.roleArn === undefined
      ? optional(
        "roleArn",
        chosenBy === "option" || found?.kind === "assumed role" ? setting("role_arn") : undefined,
      )
      : { roleArn: { value: options.roleArn, source: "option" } }),
    ...optional("bucket", bucket),
    ...optional("immutable", immutableOrigin(options.immutable, saidInVariable)),
    ...optional("caBundle", caBundle),
    ...optional(
      "proxy",
      proxy && { value: describeProxy(proxy.url), source: proxy.source },
    ),
    ...(options.buckets?.length
      ? { buckets: { value: options.buckets.join(", "), source: "option" } }
      : {}),
  };
  return {
    name,
    endpoint: url,
    region: region.value,
    addressing: addressing.value as Addressing,
    anonymous: load === undefined,
    bucket: bucket?.value,
    buckets: options.buckets ?? [],
    immutable: parseImmutable(immutable),
    caBundle: bundlePath,
    proxy: proxy?.url,
    profile: profile?.name,
    origins,
    notice: options.notice ?? (() => {}),
    credentials: async (signal, refused) => await load?.(signal, refused),
  };
}

/** An access key id, recognisable and not usable. */
export function shortKey(accessKeyId: string): string {
  const shown = accessKeyId.length >= 12 ? 4 : accessKeyId.length >= 6 ? 2 : 1;
  return `${accessKeyId.slice(0, shown)}…${accessKeyId.length >= 12 ? accessKeyId.slice(-4) : ""}`;
}

function chooseProfile(
  options: StoreOptions,
  environment: Environment,
  files: AwsFiles,
): { profile?: Profile; chosenBy: "option" | "environment" | "default"; source: string } {
  if (options.profile !== undefined && options.profile !== "") {
    const profile = profileNamed(files, options.profile, "option");
    return { profile, chosenBy: "option", source: "option" };
  }
  const variable = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].find((name) => environment.get(name));
  if (variable !== undefined) {
    const profile = profileNamed(files, environment.get(variable)!, variable);
    return { profile, chosenBy: "environment", source: variable };
  }
  return { profile: files.profiles.get("default"), chosenBy: "default", source: "default" };
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html, “precedence”. */
function chooseEndpoint(
  options: StoreOptions,
  environment: Environment,
  files: AwsFiles,
  profile: Profile | undefined,
): Origin | undefined {
  if (options.endpoint?.toLowerCase() === "aws") return undefined;
  if (options.endpoint) return { value: options.endpoint, source: "option" };
  return configuredEndpoint("s3", environment, files, profile);
}

function configuredEndpoint(
  service: "s3" | "sts",
  environment: Environment,
  files: AwsFiles,
  profile: Profile | undefined,
): Origin | undefined {
  if (
    isTrue(environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) ||
    isTrue(profile?.settings.get("ignore_configured_endpoint_urls")?.value)
  ) return undefined;
  const variables = [`AWS_ENDPOINT_URL_${service.toUpperCase()}`, "AWS_ENDPOINT_URL"];
  if (service === "s3") variables.push("AWS_S3_ENDPOINT");
  for (const name of variables) {
    const value = environment.get(name);
    if (value !== undefined) return { value, source: name };
  }
  const section = profile?.settings.get("services");
  if (section !== undefined && !files.services.has(section.value)) {
    throw new ConfigurationError(
      `${section.source} names services ${section.value}, but there is no such section`,
      { hint: `Add [services ${section.value}] to ${files.configPath}, or remove the line.` },
    );
  }
  const services = section && files.services.get(section.value);
  return services?.get(`${service}.endpoint_url`) ?? profile?.settings.get("endpoint_url");
}

/**
 * STS as configured; else at the store itself, unless that is AWS: keys of another service must not
 * be sent to Amazon.
 */
function chooseStsEndpoint(
  options: StoreOptions,
  environment: Environment,
  files: AwsFiles,
  profile: Profile | undefined,
  storeEndpoint: URL | undefined,
): URL | undefined {
  if (options.endpoint && !isAws(storeEndpoint) && !environment.get("AWS_ENDPOINT_URL_STS")) {
    return storeEndpoint;
  }
  if (options.endpoint?.toLowerCase() === "aws") return undefined;
  const configured = configuredEndpoint("sts", environment, files, profile);
  if (configured !== undefined) return parseEndpoint(configured.value, configured.source);
  return isAws(storeEndpoint) ? undefined : storeEndpoint;
}

function chooseAddressing(
  options: StoreOptions,
  configured: Origin | undefined,
  endpoint: URL | undefined,
): Origin {
  const said = options.addressing && options.addressing !== "auto"
    ? { value: options.addressing, source: "option" }
    : configured;
  if (said === undefined || said.value === "auto") {
    return { value: defaultAddressing(endpoint), source: "default" };
  }
  if (said.value !== "path" && said.value !== "virtual") {
    throw new ConfigurationError(`addressing_style is ${said.value} (${said.source})`, {
      hint: "It is path, virtual or auto.",
    });
  }
  return said;
}

/** GDAL's way to say http for an AWS_S3_ENDPOINT without a scheme. */
function gdalScheme(environment: Environment): "http" | "https" | undefined {
  const said = environment.get("AWS_HTTPS")?.toLowerCase();
  if (said === undefined) return undefined;
  return ["no", "false", "off", "0"].includes(said) ? "http" : "https";
}

function immutableOrigin(
  option: StoreOptions["immutable"],
  variable: readonly string[] | undefined,
): Origin | undefined {
  const said = option ?? variable;
  if (said === undefined || said === false) return undefined;
  const value = said === true ? "all" : said.join(" ");
  return { value, source: option === undefined ? "DIPPER_IMMUTABLE" : "option" };
}

function expand(path: string, environment: Environment): string {
  return path.replace(/^~(?=$|[/\\])/, environment.home);
}

function optional(name: string, origin: Origin | undefined): Record<string, Origin> {
  return origin === undefined ? {} : { [name]: { value: origin.value, source: origin.source } };
}
