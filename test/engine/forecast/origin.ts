/**
 * A read-only S3 service over files made by DuckDB, of any size, with a count of what is asked of it.
 *
 * @module
 */
import { DuckDBInstance } from "@duckdb/node-api";
import { dirname, join, relative } from "node:path";
import type { ConnectOptions } from "../../../src/engine/connect.ts";

/** The service. Its only bucket is `bench`. */
export interface Origin extends AsyncDisposable {
  /** Reach it. */
  readonly options: ConnectOptions;
  /** Requests and bytes of bodies since the last look. */
  counts(): { readonly requests: number; readonly bytes: number };
}

/** Makes the files of `tables` (SQL and options of COPY by key) and serves them. */
export async function serveTables(
  tables: Readonly<Record<string, readonly [select: string, options: string]>>,
): Promise<Origin> {
  const folder = await Deno.makeTempDir({ prefix: "dipper-forecast-" });
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  for (const [key, [select, options]] of Object.entries(tables)) {
    const path = join(folder, key);
    await Deno.mkdir(dirname(path), { recursive: true });
    await connection.run(`COPY (${select}) TO '${path}' (${options})`);
  }
  connection.closeSync();
  instance.closeSync();
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const path of filesIn(folder)) files.set(relative(folder, path), await Deno.readFile(path));
  await Deno.remove(folder, { recursive: true });
  let requests = 0;
  let bytes = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    requests++;
    const { pathname, searchParams } = new URL(request.url);
    const key = decodeURIComponent(pathname).split("/").slice(2).join("/");
    const [response, length] = key === ""
      ? listing(files, searchParams.get("prefix") ?? "")
      : object(files.get(key), request);
    bytes += length;
    return response;
  });
  return {
    options: {
      endpoint: `http://127.0.0.1:${server.addr.port}`,
      region: "us-east-1",
      accessKeyId: "origin-key",
      secretAccessKey: "origin-secret-0123",
    },
    counts() {
      const counted = { requests, bytes };
      requests = bytes = 0;
      return counted;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function* filesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesIn(join(folder, name));
    else yield join(folder, name);
  }
}

const XML = { "content-type": "application/xml" };

function listing(
  files: ReadonlyMap<string, Uint8Array>,
  prefix: string,
): [Response, number] {
  const entries = [...files].filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([key, { length }]) =>
      `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>` +
      `<ETag>&quot;${etagOf(key, length)}&quot;</ETag><Size>${length}</Size>` +
      `<StorageClass>STANDARD</StorageClass></Contents>`
    );
  const xml =
    `<?xml version="1.0"?><ListBucketResult><Name>bench</Name><Prefix>${prefix}</Prefix>` +
    `<KeyCount>${entries.length}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>` +
    `${entries.join("")}</ListBucketResult>`;
  return [new Response(xml, { headers: XML }), xml.length];
}

function object(
  file: Uint8Array<ArrayBuffer> | undefined,
  { method, headers, url }: Request,
): [Response, number] {
  if (file === undefined) {
    const xml = "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>";
    return [new Response(method === "HEAD" ? null : xml, { status: 404, headers: XML }), 0];
  }
  const etag = `"${etagOf(new URL(url).pathname, file.length)}"`;
  const common = { etag, "accept-ranges": "bytes", "last-modified": new Date(0).toUTCString() };
  if (headers.get("if-none-match") === etag) {
    return [new Response(null, { status: 304, headers: common }), 0];
  }
  const range = /^bytes=(\d*)-(\d*)$/.exec(headers.get("range") ?? "");
  if (range === null) {
    const whole = { ...common, "content-length": String(file.length) };
    const body = method === "HEAD" ? null : file;
    return [new Response(body, { headers: whole }), body?.length ?? 0];
  }
  const start = range[1] === "" ? Math.max(0, file.length - Number(range[2])) : Number(range[1]);
  const end = range[1] === "" || range[2] === "" ? file.length : Number(range[2]) + 1;
  const body = file.subarray(start, end);
  const answer = {
    ...common,
    "content-range": `bytes ${start}-${start + body.length - 1}/${file.length}`,
    "content-length": String(body.length),
  };
  return [new Response(body, { status: 206, headers: answer }), body.length];
}

/** The same in listings and answers. */
function etagOf(key: string, length: number): string {
  const name = decodeURIComponent(key).replace(/^\/bench\//, "");
  let hash = length;
  for (const char of name) hash = (hash * 31 + char.codePointAt(0)!) >>> 0;
  return hash.toString(16).padStart(32, "0");
}
