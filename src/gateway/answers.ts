/**
 * The XML that the gateway writes itself.
 *
 * @module
 */
import type { Exchange } from "./exchange.ts";
import { type HttpAnswer, textAnswer } from "./http/answer.ts";

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** An answer of XML: `content` within the element `root`. */
export function xmlResponse(
  { requestId }: Pick<Exchange, "requestId">,
  root: string,
  content: string,
): HttpAnswer {
  const headers = { "content-type": "application/xml", "x-amz-request-id": requestId };
  return textAnswer(`${XML_DECLARATION}${xmlElement(root, content)}`, headers);
}

/** What a document begins with. */
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The element `root` of S3's namespace. */
export function xmlElement(root: string, content: string): string {
  return `<${root} xmlns="${NAMESPACE}">${content}</${root}>`;
}

/** An answer without a body. */
export function emptyResponse(
  { requestId }: Pick<Exchange, "requestId">,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return { status, headers: { ...headers, "x-amz-request-id": requestId }, body: null };
}
