/** A server that lists given keys and counts how it is asked. */

export interface ListingServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: number;
  /** Requests under way at once, at most. */
  readonly most: number;
  /** The prefixes asked for, sorted, each once. */
  readonly prefixes: string[];
  /** Resolves when nothing has been asked for a while. */
  quiet(): Promise<void>;
}

/** Milliseconds that an answer takes: time for others to be under way. */
const DELAY = 5;

/** Serves `keys`, which are in order, as the objects of any bucket. */
export function listingServer(keys: readonly string[]): ListingServer {
  const state = { requests: 0, now: 0, most: 0, last: 0 };
  const prefixes = new Set<string>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const query = new URL(request.url).searchParams;
      const prefix = query.get("prefix") ?? "";
      prefixes.add(prefix);
      state.requests++;
      state.most = Math.max(state.most, ++state.now);
      await new Promise((resolve) => setTimeout(resolve, DELAY));
      state.now--;
      state.last = performance.now();
      return new Response(
        page(keys, prefix, query.get("delimiter") ?? "", Number(query.get("continuation-token"))),
        { headers: { "content-type": "application/xml" } },
      );
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    get requests() {
      return state.requests;
    },
    get most() {
      return state.most;
    },
    get prefixes() {
      return [...prefixes].sort();
    },
    async quiet() {
      do await new Promise((resolve) => setTimeout(resolve, 50)); while (
        performance.now() - state.last < 200 || state.now > 0
      );
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function page(keys: readonly string[], prefix: string, delimiter: string, start: number): string {
  const parts: string[] = [];
  let at = start;
  let lastFolder = "";
  let count = 0;
  for (; at < keys.length && count < 1000; at++) {
    const key = keys[at];
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    if (cut < 0) parts.push(`<Contents><Key>${escaped(key)}</Key><Size>1</Size></Contents>`);
    else {
      const folder = key.slice(0, cut + 1);
      if (folder === lastFolder) continue;
      lastFolder = folder;
      parts.push(`<CommonPrefixes><Prefix>${escaped(folder)}</Prefix></CommonPrefixes>`);
    }
    count++;
  }
  // The rest of a folder that is named already belongs to this page.
  while (lastFolder !== "" && at < keys.length && keys[at].startsWith(lastFolder)) at++;
  const more = keys.slice(at).some((key) => key.startsWith(prefix));
  return `<?xml version="1.0"?><ListBucketResult>${parts.join("")}` +
    `<IsTruncated>${more}</IsTruncated>` +
    (more ? `<NextContinuationToken>${at}</NextContinuationToken>` : "") + "</ListBucketResult>";
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
