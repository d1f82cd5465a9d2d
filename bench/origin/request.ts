/**
 * Requests of HTTP/1.1 as they stand on a connection.
 *
 * @module
 */

/** A request without its body. */
export interface WireRequest {
  readonly method: string;
  /** Path without its first slash, decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

const LARGEST_HEAD = 64 * 1024;
const decoder = new TextDecoder();

/** Requests one after another; ends when the client has gone. */
export async function* requestsOf(connection: Deno.Conn): AsyncGenerator<WireRequest> {
  const buffer = new Uint8Array(LARGEST_HEAD);
  let filled = 0;
  while (true) {
    const end = headEnd(buffer, filled);
    if (end === undefined) {
      const count = await connection.read(buffer.subarray(filled));
      if (count === null) return;
      filled += count;
      continue;
    }
    const head = decoder.decode(buffer.subarray(0, end));
    buffer.copyWithin(0, end + 4, filled);
    filled -= end + 4;
    const request = parseHead(head);
    if (Number(request.headers.get("content-length") ?? 0) > 0) return;
    yield request;
  }
}

/** @throws {URIError} for a path that is not encoded as it should be */
export function parseHead(head: string): WireRequest {
  const [first, ...lines] = head.split("\r\n");
  const [method, target] = first.split(" ");
  const mark = target.indexOf("?");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    method,
    path: decodeURIComponent(target.slice(1, mark < 0 ? undefined : mark)),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
    headers: new Map(headers),
  };
}

/** Where a `range` header points; undefined for one that cannot be satisfied. */
export function rangeOf(
  header: string | undefined,
  size: number,
): { readonly offset: number; readonly length: number; readonly isWhole: boolean } | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === undefined || first + last === "") return { offset: 0, length: size, isWhole: true };
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? undefined : { offset: size - length, length, isWhole: false };
  }
  const offset = Number(first);
  if (offset >= size) return undefined;
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  return end <= offset ? undefined : { offset, length: end - offset, isWhole: false };
}

function headEnd(bytes: Uint8Array, filled: number): number | undefined {
  for (let at = bytes.indexOf(13); at >= 0 && at + 3 < filled; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return undefined;
}
