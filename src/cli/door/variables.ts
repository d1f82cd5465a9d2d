/**
 * The environment variables by which S3 clients find a gateway.
 *
 * Each client reads its own: the AWS SDKs and what is built on them an address with its scheme, GDAL a
 * host with its port and whether it is https, object_store (polars, delta-rs) whether http is allowed,
 * rclone and fsspec variables of their own. What could lead past the gateway is taken away.
 *
 * @module
 */
import type { ConfigFiles } from "./config_files.ts";
import type { DoorAddress } from "./door.ts";

/** Variables to set and to take away. */
export interface DoorVariables {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

/**
 * Would sign with other keys, sign nothing, look for keys elsewhere or go to another address.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
 * @see https://gdal.org/user/virtual_file_systems.html#vsis3
 */
const MISLEADING = [
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_DEFAULT_PROFILE",
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
  "AWS_NO_SIGN_REQUEST",
  "AWS_PROFILE",
  "AWS_REQUEST_PAYER",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_S3_USE_ACCELERATE_ENDPOINT",
  "AWS_SECURITY_TOKEN",
  "AWS_SESSION_TOKEN",
  "AWS_SKIP_SIGNATURE",
  "AWS_USE_DUALSTACK_ENDPOINT",
  "AWS_USE_FIPS_ENDPOINT",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "FSSPEC_S3",
  "FSSPEC_S3_ANON",
  "FSSPEC_S3_PROFILE",
  "FSSPEC_S3_TOKEN",
  "RCLONE_S3_PROFILE",
  "RCLONE_S3_SESSION_TOKEN",
];

/** What leads clients to the gateway at `door`. */
export function doorVariables(door: DoorAddress): DoorVariables {
  const { endpoint, region } = door;
  const { accessKeyId, secretAccessKey } = door.key;
  return {
    set: {
      // AWS CLI, boto3, the SDKs, pyarrow, DuckDB's keys.
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      // object_store: polars, delta-rs, DataFusion.
      AWS_ENDPOINT: endpoint,
      AWS_ALLOW_HTTP: "true",
      AWS_VIRTUAL_HOSTED_STYLE_REQUEST: "false",
      // GDAL: rasterio, pyogrio, GeoPandas, QGIS.
      AWS_S3_ENDPOINT: new URL(endpoint).host,
      AWS_HTTPS: "NO",
      AWS_VIRTUAL_HOSTING: "FALSE",
      // fsspec and s3fs: pandas, Dask, xarray.
      FSSPEC_S3_ENDPOINT_URL: endpoint,
      FSSPEC_S3_KEY: accessKeyId,
      FSSPEC_S3_SECRET: secretAccessKey,
      // DuckDB's httpfs.
      DUCKDB_S3_ENDPOINT: new URL(endpoint).host,
      DUCKDB_S3_USE_SSL: "false",
      // rclone: the remote `dipper:`, `:s3:`, and every remote of type s3.
      RCLONE_CONFIG_DIPPER_TYPE: "s3",
      RCLONE_S3_PROVIDER: "Other",
      RCLONE_S3_ENDPOINT: endpoint,
      RCLONE_S3_REGION: region,
      RCLONE_S3_ENV_AUTH: "false",
      RCLONE_S3_ACCESS_KEY_ID: accessKeyId,
      RCLONE_S3_SECRET_ACCESS_KEY: secretAccessKey,
      RCLONE_S3_FORCE_PATH_STYLE: "true",
    },
    unset: MISLEADING,
  };
}

/**
 * The environment of a program that is started behind `door`.
 *
 * @param before what it would have otherwise
 * @param files AWS files that lead to the gateway, instead of the person's own
 */
export function doorEnvironment(
  door: DoorAddress,
  before: Readonly<Record<string, string>>,
  files: Pick<ConfigFiles, "config" | "credentials">,
): Record<string, string> {
  const { set, unset } = doorVariables(door);
  const kept = Object.entries(before).filter(([name]) => !unset.includes(name));
  return {
    ...Object.fromEntries(kept),
    ...set,
    AWS_CONFIG_FILE: files.config,
    AWS_SHARED_CREDENTIALS_FILE: files.credentials,
    NO_PROXY: withoutProxy(before.NO_PROXY ?? before.no_proxy),
    no_proxy: withoutProxy(before.no_proxy ?? before.NO_PROXY),
  };
}

function withoutProxy(before: string | undefined): string {
  const hosts = (before ?? "").split(",").map((host) => host.trim()).filter((host) => host !== "");
  return [...new Set([...hosts, "127.0.0.1", "localhost"])].join(",");
}

/** Lines for a shell; the values are quoted. */
export function shellLines({ set, unset }: DoorVariables): string {
  const lines = Object.entries(set).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return [`unset ${unset.join(" ")}`, ...lines].join("\n") + "\n";
}

function quoted(value: string): string {
  return /^[\w.:/-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
