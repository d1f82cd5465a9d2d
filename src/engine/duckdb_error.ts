/**
 * Reads DuckDB's error texts: what kind, where in the SQL, which file, which answer of a service.
 *
 * @module
 */
import {
  CancelledError,
  type DipperError,
  type ErrorInit,
  InternalError,
  NotFoundError,
  PermissionError,
  ResourceError,
  SqlError,
  UnreadableFileError,
  UnsupportedError,
  UsageError,
} from "../errors.ts";
import type { FailureFacts } from "../store/facts.ts";
import { type Position, takeExcerpt, type WrittenStatement } from "./sql/position.ts";

/** A failed request of httpfs, as far as its text tells. */
export interface HttpFailure {
  readonly facts: FailureFacts;
  /** The address in the message: `s3://…`, or the URL that was asked. */
  readonly address: string | undefined;
  /** What DuckDB did: `GetObject`, `PutObject`. */
  readonly operation: string;
}

/** Text of an error without the SQL excerpt, and what the excerpt says. */
interface ErrorText {
  /** Such as `Parser Error`. */
  readonly kind: string;
  readonly message: string;
  readonly position: Position | undefined;
}

const SYSTEM_CODES: readonly (readonly [RegExp, string])[] = [
  [/could not resolve host/i, "ENOTFOUND"],
  [/could not connect|failed to connect|connection refused/i, "ECONNREFUSED"],
  [/time-?out|timed out/i, "ETIMEDOUT"],
  [/SSL connect|SSL peer|certificate|TLS/i, "ERR_TLS"],
  [
    /failed (to )?(receiv|read|send)|connection (was )?reset|empty reply|returned nothing|partial file/i,
    "ECONNRESET",
  ],
];

const STATUS = /(?:\(HTTP (?:code )?|HTTP code |returned HTTP )(\d{3})\b/g;

/**
 * The failed request behind an error of httpfs; undefined for errors of another kind.
 *
 * httpfs writes `HTTP GET error reading 'ADDRESS' in region 'R' (HTTP 403 Forbidden)`, `Unable to
 * connect to URL ADDRESS: Not Found (HTTP code 404)`, and `Could not connect to server error for
 * HTTP HEAD to 'URL'`; then, where the service sent a body, `CODE: message`.
 */
export function httpFailure(error: unknown): HttpFailure | undefined {
  const text = messageOf(error);
  if (!/^(HTTP|IO) Error: /.test(text) || !/HTTP|URL/.test(text.slice(6))) return undefined;
  // The last one: a key may hold anything.
  const status = [...text.split("\n\n")[0].matchAll(STATUS)].at(-1)?.[1];
  const systemCode = status === undefined
    ? SYSTEM_CODES.find(([pattern]) => pattern.test(text))?.[1]
    : undefined;
  if (status === undefined && systemCode === undefined) return undefined;
  const body = /\n\n([A-Z][A-Za-z0-9]+): ?(.*)/.exec(text);
  const region = /expecting (?:'|&#34;|&quot;|")([a-z0-9-]+)/.exec(text)?.[1];
  return {
    facts: {
      message: body?.[2] || text.split("\n")[0],
      ...(status === undefined ? {} : { status: Number(status) }),
      ...(systemCode === undefined ? {} : { systemCode }),
      ...(body === null || body[1] === "Authentication" ? {} : { code: body[1] }),
      ...(region === undefined ? {} : { region }),
    },
    address: /'((?:s3[an]?|https?):\/\/.*?)'(?= in region '| \(HTTP|\n|$)/.exec(text)?.[1] ??
      /URL ((?:s3[an]?|https?):\/\/\S*?):? /.exec(text)?.[1],
    operation: /Unable to connect|PUT|POST/.test(text) ? "PutObject" : "GetObject",
  };
}

/**
 * The tagged error for one of DuckDB's that no service had a part in.
 * Its position is one in the text that the person wrote.
 */
export function errorFromDuckdb(error: unknown, statement: WrittenStatement): DipperError {
  const { kind, message, position } = parse(messageOf(error), statement);
  const init: ErrorInit = {
    cause: withoutExcerpt(error, statement),
    ...(position === undefined ? {} : { position }),
  };
  switch (kind) {
    case "INTERRUPT Error":
      return new CancelledError("cancelled", init);
    case "Out of Memory Error":
      return /offload|disk|temp/i.test(message) && /max_temp_directory_size|No space/i.test(message)
        ? diskFull(message, init)
        : new ResourceError("out_of_memory", withoutAdvice(message), {
          ...init,
          hint: "raise memoryLimit (--memory-limit), or read fewer columns at once",
        });
    case "Permission Error":
      return new PermissionError(message, init);
    case "INTERNAL Error":
    case "FATAL Error":
      return new InternalError(`DuckDB failed: ${message}`, {
        ...init,
        hint: "the session cannot go on after this: open a new one, and report the statement",
      });
    case "Missing Extension Error":
      return new UnsupportedError(message, init);
  }
  if (/No space left on device|Disk quota exceeded/i.test(message)) return diskFull(message, init);
  const missing = /No files found that match the pattern "([^"]*)"/.exec(message);
  if (missing !== null) {
    return new NotFoundError("key", `no file matches ${missing[1]}`, {
      ...init,
      uri: missing[1],
      hint: "look what is there: dipper ls, and check the pattern's folders",
    });
  }
  const isOfReader = kind === "Invalid Error" && PARQUET.test(statement.text);
  const unreadable = unreadableFile(message, init, isOfReader);
  if (unreadable !== undefined) return unreadable;
  if (/Values were not provided for the following prepared statement parameters/.test(message)) {
    return new UsageError(message, { ...init, hint: "give a value for each: { name: value }" });
  }
  return new SqlError(message, { ...init, hint: sqlHint(message) });
}

function diskFull(message: string, init: ErrorInit): ResourceError {
  return new ResourceError("disk_full", withoutAdvice(message), {
    ...init,
    hint: "free some space, or set TMPDIR to a folder on a larger disk",
  });
}

/** The library that reads Parquet's footer throws errors of its own, in words of its own. */
const PARQUET = /\.(geo)?(parquet|pq)\b|(read|scan)_parquet|parquet_\w+\(/i;

/** What DuckDB says of its own settings is not what a person can do about it here. */
function withoutAdvice(message: string): string {
  return message.split(/\n\nPossible solutions|\nBy default/)[0];
}

const UNREADABLE = [
  /Input is not a GZIP stream: (.*)/,
  /Could not open GDAL dataset at: (\S.*)/,
  /No magic bytes found at end of file '([^']*)'/,
  /Footer length error in file '([^']*)'/,
  /(?:Malformed JSON|Error when sniffing|CSV Error on Line).*?(?:in|sniffing)? ?file "([^"]*)"/i,
  /(?:Failed to read|Error reading|Could not read|corrupt).*?(?:file )?["']((?:s3|\/)[^"']*)["']/i,
  /File '([^']*)' too small to be a Parquet file/,
];

function unreadableFile(
  message: string,
  init: ErrorInit,
  isOfReader: boolean,
): UnreadableFileError | undefined {
  const csvFile = /^\s*file ?= ?(\S.*)$/m.exec(message)?.[1];
  const named = UNREADABLE.map((pattern) => pattern.exec(message)?.[1]).find(Boolean);
  const isCsv = /^(CSV Error on Line|Error when sniffing file)/i.test(message) ||
    /CSV/.test(message) && csvFile !== undefined;
  const isDamaged = isOfReader ||
    /TProtocolException|Parquet.*(corrupt|invalid|failed)|don't know what type|Unknown frame descriptor|(snappy|zstd|gzip|brotli|lz4) decompression|(?:de)?compression failure/i
      .test(message);
  if (named === undefined && !isCsv && !isDamaged) return undefined;
  const byte = /at byte (\d+)|byte offset (\d+)|Byte Position: (\d+)/i.exec(message);
  const uri = named ?? csvFile;
  return new UnreadableFileError(isCsv ? csvMessage(message, uri) : message, {
    ...init,
    ...(uri === undefined ? {} : { uri }),
    ...(byte === null ? {} : { byteOffset: Number(byte[1] ?? byte[2] ?? byte[3]) }),
    hint: isCsv
      ? "give its columns and types, or let bad rows go: read_csv('…', ignore_errors = true, " +
        "strict_mode = false, types = {'column': 'VARCHAR'})"
      : uri === undefined
      ? "the file is damaged, or is not of the kind its reader expects"
      : `look at the file's first bytes, or name its reader: read_csv('${uri}', …), ` +
        `read_parquet(…), read_json(…)`,
  });
}

/** DuckDB adds its advice and every setting of its reader; the first lines say what is wrong. */
function csvMessage(message: string, uri: string | undefined): string {
  const facts = message.split(/\n\s*\n|\nPossible (?:fixes|solutions)|\nThe search space/)[0];
  return uri === undefined || facts.includes(uri) ? facts : `${uri}: ${facts}`;
}

function sqlHint(message: string): string | undefined {
  if (/syntax error at or near "\$|FROM \$/.test(message)) {
    return "a file name is bound through a reader: read_parquet($1), read_csv($1), read_json($1)";
  }
  const folder = /Table with name (s3[an]?:\/\/\S+\/) does not exist/.exec(message)?.[1];
  if (folder !== undefined) return `a folder is read by a pattern: '${folder}**/*.parquet'`;
  if (/Table with name s3:\/\/|No extension found that is capable of reading/.test(message)) {
    return "DuckDB does not know the file's kind from its name: use read_csv('s3://…'), " +
      "read_parquet('s3://…'), read_json('s3://…') or ST_Read('s3://…')";
  }
  return undefined;
}

/** Name of the extension that an error asks for, such as `spatial`. */
export function wantedExtension(error: unknown): string | undefined {
  const found = /it exists in the (\w+) extension|install the required extension '(\w+)'/
    .exec(messageOf(error));
  return found?.[1] ?? found?.[2];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function parse(text: string, statement: WrittenStatement): ErrorText {
  const plain = text.replace(/^Failed to extract statements: /, "");
  const { message, position } = takeExcerpt(plain, statement);
  const kind = /^([A-Za-z ]+ (?:Error|Exception))(?:: |$)/.exec(message)?.[1] ?? "";
  const body = kind === "" ? message : message.slice(kind.length + 2);
  return { kind, message: body.trim(), position };
}

/** DuckDB's excerpt may cut a secret in the middle, where nothing recognises it. */
function withoutExcerpt(error: unknown, statement: WrittenStatement): unknown {
  if (!(error instanceof Error)) return error;
  const { message } = takeExcerpt(error.message, statement);
  if (message === error.message) return error;
  const clean = new Error(message);
  const frames = error.stack?.split("\n").filter((line) => line.startsWith("    at ")) ?? [];
  clean.stack = [`Error: ${message}`, ...frames].join("\n");
  return clean;
}
