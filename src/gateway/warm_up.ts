/**
 * Practice: requests through a gateway of the same code, before the first real one comes.
 *
 * The engine compiles what runs often, and a query's first 200 requests come too early for that: 1.05 ms
 * of CPU each, 0.6 ms after practice. Between the start of the gateway and the first request DuckDB opens
 * and loads httpfs; this uses that time. A Parquet footer of 66 row groups took 18 ms to read the first time,
 * and takes 6 to 11 after practice.
 *
 * @module
 */
import { openCache } from "../range/cache/open_cache.ts";
import { ConnectionPool } from "../range/http/pool.ts";
import type { Store } from "../store/store.ts";
import type { IssuedKey } from "./keys.ts";
import { practiceFooter } from "./practice_footer.ts";
import { GatewayServer } from "./server.ts";
import { amzTime, EMPTY_HASH, scopeText, signingKey, signText, stringToSign } from "./sigv4.ts";

/** Requests under way at once: a real one waits for few. */
const AT_ONCE = 4;
/** Small objects, each of which is read twice, as the footer and a column are. */
const OBJECTS = 60;
/** Bytes of an object: small ones, and one that is streamed. */
const SMALL = 12_000;
const LARGE = 1024 * 1024;
/** Parquet files whose columns are fetched as a plan tells: each is one that has not been seen. */
const TABLES = 2;
const TABLE = 128 * 1024;
const COLUMNS = { names: ["a", "b", "c", "d", "e", "f"], groups: 20, chunk: 2000 };

const BUCKET = "practice";
const REGION = "us-east-1";

/** Practises until `isOver` says so, or enough is done. Reaches nothing but this thread. */
export async function warmUp(isOver: () => boolean): Promise<void> {
  if (isOver()) return;
  const bytes = { small: new Uint8Array(SMALL), large: new Uint8Array(LARGE), table: tableBytes() };
  await using service = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answer(request, bytes),
  );
  const store = practiceStore(new URL(`http://127.0.0.1:${service.addr.port}`));
  await using gateway = new GatewayServer({
    stores: {
      all: [store],
      default: store,
      locate: (bucket) => Promise.resolve({ store, bucket }),
    },
    cache: await openCache({ disk: "off", memory: 4 * LARGE }),
  });
  const key = gateway.issueKey("practice", { kind: "statement" });
  const pool = new ConnectionPool({ most: AT_ONCE, idle: 1000, certificates: [] });
  const { signal } = new AbortController();
  const get = async (target: string, range?: string) => {
    const { headers, host } = signed(gateway.endpoint, target, key);
    const answered = await pool.send({
      method: "GET",
      origin: gateway.endpoint,
      host,
      target,
      headers: range === undefined ? headers : { ...headers, range },
    }, signal);
    const reader = answered.body?.getReader();
    while (reader !== undefined && !(await reader.read()).done);
  };
  try {
    await get(`/${BUCKET}?list-type=2&prefix=`);
    let next = 0;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (next < OBJECTS && !isOver()) {
        const object = `/${BUCKET}/${nameOf(next++)}`;
        await get(object, `bytes=${SMALL - 4000}-${SMALL - 1}`);
        await get(object, "bytes=0-3999");
      }
    }));
    for (let table = 0; table < TABLES && !isOver(); table++) {
      gateway.forget("practice");
      const object = `/${BUCKET}/table-${table}.parquet`;
      await get(object, `bytes=${TABLE - 16 * 1024}-${TABLE - 1}`);
      gateway.hint("practice", { scans: [{ columns: ["c", "e"] }] });
      await get(object, `bytes=${4 + 2 * COLUMNS.chunk}-${3 + 3 * COLUMNS.chunk}`);
    }
    if (!isOver()) await get(`/${BUCKET}/large`);
  } finally {
    pool.close();
  }
}

function nameOf(index: number): string {
  return `part-${index}.parquet`;
}

/** A file that ends with a footer. */
function tableBytes(): Uint8Array<ArrayBuffer> {
  const { names: columns, groups, chunk } = COLUMNS;
  const footer = practiceFooter({ columns, groups, chunk });
  const bytes = new Uint8Array(TABLE);
  bytes.set(footer, TABLE - footer.length);
  return bytes;
}

/** As a service answers listings and ranges. */
function answer(
  request: Request,
  bytes: Record<"small" | "large" | "table", Uint8Array<ArrayBuffer>>,
): Response {
  const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range") ?? "");
  if (range === null) return new Response(listing(), { headers: { "content-type": "text/xml" } });
  const kind = /\/(large|table)/.exec(request.url)?.[1] ?? "small";
  const object = bytes[kind as keyof typeof bytes];
  const size = object.length;
  const first = range[1] === "" ? Math.max(0, size - Number(range[2])) : Number(range[1]);
  const last = range[1] === "" || range[2] === "" ? size - 1 : Math.min(size - 1, Number(range[2]));
  return new Response(object.subarray(first, last + 1), {
    status: 206,
    headers: {
      "content-range": `bytes ${first}-${last}/${size}`,
      "content-type": "binary/octet-stream",
      "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
      etag: '"practice"',
    },
  });
}

function listing(): string {
  const entries = Array.from(
    { length: OBJECTS },
    (_, index) =>
      `<Contents><Key>${nameOf(index)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>` +
      `<ETag>"practice"</ETag><Size>${SMALL}</Size></Contents>`,
  );
  return `<?xml version="1.0"?><ListBucketResult><Name>${BUCKET}</Name>` +
    `<IsTruncated>false</IsTruncated>${entries.join("")}</ListBucketResult>`;
}

function practiceStore(endpoint: URL): Store {
  return {
    name: BUCKET,
    endpoint,
    region: REGION,
    addressing: "path",
    anonymous: false,
    bucket: undefined,
    buckets: [],
    caBundle: undefined,
    proxy: undefined,
    profile: undefined,
    origins: { credentials: { value: "keys", source: BUCKET } },
    notice: () => {},
    credentials: () => Promise.resolve({ accessKeyId: BUCKET, secretAccessKey: BUCKET }),
  };
}

/** As httpfs signs. */
function signed(
  endpoint: string,
  target: string,
  { accessKeyId, secretAccessKey }: IssuedKey,
): { readonly host: string; readonly headers: Record<string, string> } {
  const { host } = new URL(endpoint);
  const [path, query = ""] = target.split("?");
  const time = amzTime(new Date());
  const scope = { day: time.slice(0, 8), region: REGION, service: "s3" };
  const headers = { host, "x-amz-content-sha256": EMPTY_HASH, "x-amz-date": time };
  const text = stringToSign(time, scope, {
    method: "GET",
    path,
    query,
    headers: Object.entries(headers),
    payload: EMPTY_HASH,
  });
  const signature = signText(signingKey(secretAccessKey, scope), text);
  const { host: _, ...sent } = headers;
  return {
    host,
    headers: {
      ...sent,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scopeText(scope)}, ` +
        `SignedHeaders=${Object.keys(headers).join(";")}, Signature=${signature}`,
    },
  };
}
