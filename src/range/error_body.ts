/**
 * What a service's error document says.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * @module
 */

/** Fields of an error document; those that it has. */
export interface ErrorBody {
  readonly code?: string;
  readonly message?: string;
  /** Named as the SDK names them. */
  readonly Region?: string;
  readonly Endpoint?: string;
}

/** Reads `<Error><Code>…`; nothing when `text` is no such document. */
export function parseErrorBody(text: string): ErrorBody {
  if (!/<Error[\s>]/.test(text)) return {};
  const fields = {
    code: field(text, "Code"),
    message: field(text, "Message"),
    Region: field(text, "Region"),
    Endpoint: field(text, "Endpoint"),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value));
}

function field(text: string, name: string): string | undefined {
  const match = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text);
  return match?.[1].trim()
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'").replaceAll("&amp;", "&");
}
