/**
 * A service that has nothing but listings: folders of keys, whose pages are made beforehand, so that what is
 * measured is the client. A process of its own; prints its port.
 *
 *     deno run -A bench/transfers/listing_origin.ts KEYS
 *
 * @module
 */

const FOLDERS = 50;
const PAGE = 1000;

const total = Number(Deno.args[0]);
const inFolder = total / FOLDERS;
const encoder = new TextEncoder();

const folderOf = (folder: number) => `year=${1976 + folder}/`;
const keyOf = (index: number) =>
  `${folderOf(Math.floor(index / inFolder))}part-${String(index).padStart(8, "0")}.parquet`;

/** The entries of each page of a listing from the first key to the last. */
const pages = Array.from({ length: Math.ceil(total / PAGE) }, (_, page) => {
  let text = "";
  for (let index = page * PAGE; index < Math.min(total, (page + 1) * PAGE); index++) {
    text += entryOf(index);
  }
  return encoder.encode(text);
});

function entryOf(index: number): string {
  return `<Contents><Key>${keyOf(index)}</Key><LastModified>2026-01-01T00:00:00.000Z` +
    `</LastModified><ETag>&quot;374bee54639a61db9ca77639a98786c9&quot;</ETag><Size>${index}</Size>` +
    `<StorageClass>STANDARD</StorageClass></Contents>`;
}

/** The first key that is not before `text`. */
function lowerBound(text: string): number {
  let [low, high] = [0, total];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(middle) < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

function answer(query: URLSearchParams): Response {
  const prefix = query.get("prefix") ?? "";
  const first = lowerBound(prefix);
  const end = prefix === "" ? total : lowerBound(`${prefix}\uffff`);
  const after = query.get("start-after");
  const token = query.get("continuation-token");
  const from = token === null
    ? Math.max(first, after === null ? 0 : lowerBound(`${after}\0`))
    : Number(token);
  if (query.get("delimiter") === "/" && prefix === "") return folders(from);
  const to = Math.min(end, from + Math.min(PAGE, Number(query.get("max-keys") ?? PAGE)));
  const isPage = from % PAGE === 0 && (to - from === PAGE || to === total);
  const entries = isPage ? [pages[from / PAGE]] : Array.from(
    { length: Math.max(0, to - from) },
    (_, index) => encoder.encode(entryOf(from + index)),
  );
  return xml(entries, to < end ? String(to) : undefined, to - from);
}

function folders(from: number): Response {
  const left = Array.from({ length: FOLDERS }, (_, folder) => folder)
    .filter((folder) => (folder + 1) * inFolder > from);
  return xml(
    left.map((folder) =>
      encoder.encode(`<CommonPrefixes><Prefix>${folderOf(folder)}</Prefix></CommonPrefixes>`)
    ),
    undefined,
    left.length,
  );
}

function xml(entries: Uint8Array[], next: string | undefined, count: number): Response {
  const head = `<?xml version="1.0" encoding="UTF-8"?>` +
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bench-a</Name>` +
    `<KeyCount>${count}</KeyCount><MaxKeys>${PAGE}</MaxKeys>` +
    `<IsTruncated>${next !== undefined}</IsTruncated>` +
    (next === undefined ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`);
  const body = new Blob([head, ...entries as Uint8Array<ArrayBuffer>[], "</ListBucketResult>"]);
  return new Response(body, { headers: { "content-type": "application/xml" } });
}

// deno-lint-ignore no-console -- its port is what the bench waits for
const onListen = ({ port }: Deno.NetAddr) => console.log(port);
Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen },
  ({ method, url }) => method === "GET" ? answer(new URL(url).searchParams) : new Response(),
);
