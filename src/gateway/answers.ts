/**
 * The XML that the gateway writes itself.
 *
 * @module
 */
import type { Exchange } from "./exchange.ts";

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** An answer of XML: `content` within the element `root`. */
export function xmlResponse(
  { requestId }: Pick<Exchange, "requestId">,
  root: string,
  content: string,
): Response {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${content}` +
    `</${root}>`;
  return new Response(xml, {
    headers: { "content-type": "application/xml", "x-amz-request-id": requestId },
  });
}

/** An answer without a body. */
export function emptyResponse(
  { requestId }: Pick<Exchange, "requestId">,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(null, { status, headers: { ...headers, "x-amz-request-id": requestId } });
}
