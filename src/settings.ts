/**
 * Settings of Dipper itself that are not about stores: the second and last reader of the
 * environment.
 *
 * | variable | meaning | default |
 * |---|---|---|
 * | `DIPPER_CACHE_DIR` | folder for what may be deleted at any time | the platform's cache folder |
 * | `DIPPER_CACHE_SIZE` | most bytes of objects kept in it, such as `500 MB` or `10 GiB` | 10 GiB |
 * | `DIPPER_CACHE` | `off`: keep no bytes of objects on disk | `on` |
 * | `DIPPER_OFFLINE` | `on`: read what the cache has, and send no request for it | `off` |
 * | `DIPPER_AMQP_PASSWORD` | password of a broker whose address names a user alone | |
 * | `NO_COLOR`, `TERM=dumb` | no colour; any value of NO_COLOR but the empty one | |
 * | `JUPYTER_PATH`, `JUPYTER_DATA_DIR` | where kernels are looked for first | |
 * | `COLUMNS` | width of the terminal in characters | asked of the terminal |
 *
 * @module
 */
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { ConfigurationError } from "./errors.ts";

/** What the environment says, understood. */
export interface Settings {
  /** Folder for downloads and blocks; everything in it may be deleted at any time. */
  readonly cacheDirectory: string;
  /** Most bytes of objects that the cache folder may hold. */
  readonly cacheSize: number;
  /** Whether bytes of objects may be kept on disk. */
  readonly cacheEnabled: boolean;
  /** Whether objects are read from the cache alone, without a request. */
  readonly offline: boolean;
  /** Password of an AMQP broker whose address names a user alone. */
  readonly brokerPassword?: string;
  /** Whether the environment allows colour; a terminal decides the rest. */
  readonly colour: boolean;
  /** Width in characters that the environment prescribes. */
  readonly columns: number | undefined;
  /** Folders with a `kernels` folder in them, the one that wins first. */
  readonly jupyterDirectories: readonly string[];
}

/** 10 GiB. */
const DEFAULT_CACHE_SIZE = 10 * 2 ** 30;

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Reads the settings.
 *
 * @param get the environment, for tests
 * @throws {ConfigurationError} when a value cannot be understood
 */
export function readSettings(
  get: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Settings {
  const size = get("DIPPER_CACHE_SIZE");
  return {
    cacheDirectory: cacheDirectory(get),
    cacheSize: size ? parseSize(size, "DIPPER_CACHE_SIZE") : DEFAULT_CACHE_SIZE,
    cacheEnabled: parseSwitch(get("DIPPER_CACHE") || "on", "DIPPER_CACHE"),
    offline: parseSwitch(get("DIPPER_OFFLINE") || "off", "DIPPER_OFFLINE"),
    brokerPassword: get("DIPPER_AMQP_PASSWORD"),
    colour: !get("NO_COLOR") && get("TERM") !== "dumb",
    columns: positiveInteger(get("COLUMNS")),
    jupyterDirectories: jupyterDirectories(get),
  };
}

/**
 * A number of bytes written by a person: `1048576`, `500 MB` (10^6), `10 GiB` (2^30).
 *
 * @throws {ConfigurationError} that names `source`
 */
export function parseSize(text: string, source: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = match === null ? undefined : UNITS[match[2].toLowerCase()];
  if (match === null || unit === undefined) {
    throw new ConfigurationError(`${source} is not a size: ${JSON.stringify(text)}`, {
      hint: "Write a number of bytes, or a number and a unit, such as 500 MB or 10 GiB.",
    });
  }
  return Math.round(Number(match[1]) * unit);
}

function parseSwitch(text: string, source: string): boolean {
  switch (text.toLowerCase()) {
    case "on":
    case "1":
    case "true":
      return true;
    case "off":
    case "0":
    case "false":
      return false;
    default:
      throw new ConfigurationError(`${source} is neither on nor off: ${JSON.stringify(text)}`, {
        hint: "Write on or off.",
      });
  }
}

function cacheDirectory(get: (name: string) => string | undefined): string {
  const said = get("DIPPER_CACHE_DIR");
  if (said) return isAbsolute(said) ? said : join(Deno.cwd(), said);
  const shared = get("XDG_CACHE_HOME");
  if (shared && isAbsolute(shared)) return join(shared, "dipper");
  const home = homeOf(get);
  switch (Deno.build.os) {
    case "darwin":
      return join(home, "Library", "Caches", "dipper");
    case "windows":
      return join(get("LOCALAPPDATA") || join(home, "AppData", "Local"), "dipper", "cache");
    default:
      return join(home, ".cache", "dipper");
  }
}

/** The search path of Jupyter ("Data files" in the documentation of jupyter_core). */
function jupyterDirectories(get: (name: string) => string | undefined): string[] {
  const home = homeOf(get);
  const own = get("JUPYTER_DATA_DIR") || {
    darwin: join(home, "Library", "Jupyter"),
    windows: join(get("APPDATA") || join(home, "AppData", "Roaming"), "jupyter"),
  }[Deno.build.os as string] ||
    join(get("XDG_DATA_HOME") || join(home, ".local", "share"), "jupyter");
  const shared = Deno.build.os === "windows"
    ? [join(get("PROGRAMDATA") || "C:\\ProgramData", "jupyter")]
    : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  const environment = get("VIRTUAL_ENV") || get("CONDA_PREFIX");
  return [
    ...(get("JUPYTER_PATH") ?? "").split(delimiter).filter((path) => path !== ""),
    own,
    ...(environment ? [join(environment, "share", "jupyter")] : []),
    ...shared,
  ];
}

function homeOf(get: (name: string) => string | undefined): string {
  return get("HOME") || get("USERPROFILE") || homedir();
}

function positiveInteger(text: string | undefined): number | undefined {
  const number = Number(text);
  return text && Number.isInteger(number) && number > 0 ? number : undefined;
}
