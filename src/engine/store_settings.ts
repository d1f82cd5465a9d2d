/**
 * Gives a store's address and credentials to DuckDB's httpfs, for direct transport.
 *
 * The default store goes into connection-local settings: they die with the connection, and a
 * secret that a person makes in SQL wins over them. A bucket of another store gets a temporary
 * secret whose scope ends in a slash, `s3://b/`, because DuckDB compares scopes by prefix and
 * `s3://b` would hand the credentials to `s3://b-evil`.
 *
 * @module
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { UnsupportedError } from "../errors.ts";
import type { Credentials, Store } from "../store/store.ts";
import type { SecretDefaults } from "./sql/own_secret.ts";
import { quoteIdentifier, quoteLiteral } from "./sql/quote.ts";

/** Where requests for a bucket go, as httpfs understands it. */
interface Address {
  /** Host and port; empty for AWS, whose host httpfs makes from the region. */
  readonly endpoint: string;
  readonly region: string;
  readonly urlStyle: "path" | "vhost";
  readonly useSsl: boolean;
}

function addressOf(store: Store, region = store.region): Address {
  const { endpoint } = store;
  if (endpoint !== undefined && endpoint.pathname !== "/" && endpoint.pathname !== "") {
    throw new UnsupportedError(
      `the endpoint ${endpoint.href} has a path, which DuckDB cannot address`,
      { hint: "give the endpoint as scheme, host and port only", store: store.name },
    );
  }
  return {
    endpoint: endpoint?.host ?? "",
    region,
    urlStyle: store.addressing === "path" ? "path" : "vhost",
    useSsl: endpoint === undefined || endpoint.protocol === "https:",
  };
}

/** DuckDB's own, for an address that nobody says. */
const AWS: Address = { endpoint: "", region: "us-east-1", urlStyle: "vhost", useSsl: true };

/** What a secret made in SQL leaves open: the default store's address, or AWS where there is no such store. */
export function secretDefaults(store: Store | undefined): SecretDefaults {
  const { endpoint, region, urlStyle, useSsl } = store === undefined ? AWS : addressOf(store);
  return {
    ENDPOINT: endpoint === "" ? "s3.amazonaws.com" : endpoint,
    REGION: region,
    URL_STYLE: urlStyle,
    USE_SSL: String(useSsl),
  };
}

/** What is set in DuckDB for one store, so that it is set again only when it changes. */
export function settingsKey(store: Store, credentials: Credentials | undefined): string {
  return JSON.stringify([
    store.name,
    store.region,
    credentials?.accessKeyId,
    credentials
      ?.sessionToken,
    credentials?.secretAccessKey,
  ]);
}

/** Makes `store` the default of `connection`: every bucket that no secret claims. */
export async function applyDefaultStore(
  connection: DuckDBConnection,
  store: Store,
  credentials: Credentials | undefined,
): Promise<void> {
  const address = addressOf(store);
  const settings: Record<string, string> = {
    s3_endpoint: address.endpoint === "" ? "s3.amazonaws.com" : address.endpoint,
    s3_region: address.region,
    s3_url_style: address.urlStyle,
    s3_use_ssl: String(address.useSsl),
    s3_access_key_id: credentials?.accessKeyId ?? "",
    s3_secret_access_key: credentials?.secretAccessKey ?? "",
    s3_session_token: credentials?.sessionToken ?? "",
  };
  await applyAll(connection, settings);
}

/** Takes every credential and address away from `connection`: nothing is reached by default. */
export async function applyNoStore(connection: DuckDBConnection): Promise<void> {
  const names = ["s3_access_key_id", "s3_secret_access_key", "s3_session_token"];
  const cleared = names.map((name) => `SET SESSION ${name} = ''`);
  await connection.run([...cleared, "SET SESSION s3_endpoint = '127.0.0.1:9'"].join(";"));
}

/** The prefix that a bucket's secret covers. */
export function bucketScope(bucket: string): string {
  return `s3://${bucket}/`;
}

/** Sends requests for `bucket` to `store`, in `region` where it is not the store's own. */
export async function applyBucketStore(
  connection: DuckDBConnection,
  bucket: string,
  store: Store,
  credentials: Credentials | undefined,
  region?: string,
): Promise<void> {
  const address = addressOf(store, region);
  const parts: Record<string, string> = {
    PROVIDER: "config",
    SCOPE: quoteLiteral(bucketScope(bucket)),
    REGION: quoteLiteral(address.region),
    URL_STYLE: quoteLiteral(address.urlStyle),
    USE_SSL: String(address.useSsl),
    ...(address.endpoint === "" ? {} : { ENDPOINT: quoteLiteral(address.endpoint) }),
    ...(credentials === undefined ? {} : {
      KEY_ID: quoteLiteral(credentials.accessKeyId),
      SECRET: quoteLiteral(credentials.secretAccessKey),
    }),
    ...(credentials?.sessionToken === undefined
      ? {}
      : { SESSION_TOKEN: quoteLiteral(credentials.sessionToken) }),
  };
  const options = Object.entries(parts).map(([name, value]) => `${name} ${value}`).join(", ");
  const name = quoteIdentifier(`__dipper_bucket_${bucket}`);
  await connection.run(`CREATE OR REPLACE TEMPORARY SECRET ${name} (TYPE s3, ${options})`);
}

/** Whether a secret made by the person, not by Dipper, answers for `bucket`. */
export async function hasOwnSecret(connection: DuckDBConnection, bucket: string): Promise<boolean> {
  const reader = await connection.runAndReadAll(
    "SELECT name FROM which_secret($1, 's3')",
    [`${bucketScope(bucket)}x`],
  );
  const name = reader.getRowsJson()[0]?.[0];
  return typeof name === "string" && !name.startsWith("__dipper_bucket_");
}

/**
 * Points `connection` at the gateway on `host`. The gateway itself tries again what fails, and may
 * take its time for it.
 */
export async function applyGateway(
  connection: DuckDBConnection,
  host: string,
  secret: string,
): Promise<void> {
  const settings: Record<string, string> = {
    s3_endpoint: host,
    s3_region: "us-east-1",
    s3_url_style: "path",
    s3_use_ssl: "false",
    s3_secret_access_key: secret,
    s3_session_token: "",
  };
  await applyAll(connection, settings);
  await applyPatience(connection, "gateway");
}

/** Retries and seconds of waiting: DuckDB's own; those for a gateway, which is patient itself. */
const PATIENCE = {
  duckdb: { http_retries: "3", http_timeout: "30" },
  gateway: { http_retries: "0", http_timeout: "600" },
};

/** How long `connection` waits for an answer, and how often it asks again. */
export async function applyPatience(
  connection: DuckDBConnection,
  whose: keyof typeof PATIENCE,
): Promise<void> {
  await applyAll(connection, PATIENCE[whose]);
}

async function applyAll(
  connection: DuckDBConnection,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  await connection.run(
    Object.entries(settings)
      .map(([name, value]) => `SET SESSION ${name} = ${quoteLiteral(value)}`).join(";"),
  );
}

/** The proxy and the certificates of `store`, for addresses that a statement names by their URL. */
export async function applyProxyForUrls(
  connection: DuckDBConnection,
  store: Store | undefined,
): Promise<void> {
  const { proxy, caBundle } = store ?? {};
  await connection.run("SET GLOBAL http_proxy = ''");
  if (caBundle !== undefined) {
    await connection.run(
      `SET GLOBAL ca_cert_file = ${quoteLiteral(caBundle)};` +
        "SET GLOBAL enable_server_cert_verification = true",
    );
  }
  if (proxy === undefined) return;
  const parts: Record<string, string> = {
    HTTP_PROXY: proxy.host,
    HTTP_PROXY_USERNAME: decodeURIComponent(proxy.username),
    HTTP_PROXY_PASSWORD: decodeURIComponent(proxy.password),
  };
  const options = Object.entries(parts).filter(([, value]) => value !== "")
    .map(([name, value]) => `, ${name} ${quoteLiteral(value)}`).join("");
  await connection.run(
    "CREATE OR REPLACE TEMPORARY SECRET __dipper_proxy (TYPE http, SCOPE ('https://', 'http://')" +
      `${options})`,
  );
}

/** The instance-wide network settings: proxy and certificates. */
export async function applyNetwork(connection: DuckDBConnection, store: Store): Promise<void> {
  const { proxy, caBundle } = store;
  const settings = [
    `SET GLOBAL http_proxy = ${quoteLiteral(proxy === undefined ? "" : proxy.host)}`,
    `SET GLOBAL http_proxy_username = ${quoteLiteral(decodeURIComponent(proxy?.username ?? ""))}`,
    `SET GLOBAL http_proxy_password = ${quoteLiteral(decodeURIComponent(proxy?.password ?? ""))}`,
  ];
  if (caBundle !== undefined) {
    settings.push(`SET GLOBAL ca_cert_file = ${quoteLiteral(caBundle)}`);
    settings.push("SET GLOBAL enable_server_cert_verification = true");
  }
  await connection.run(settings.join(";"));
}
