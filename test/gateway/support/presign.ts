/** Presigned addresses, from the specification and not from the code that is tested. */
import { createHash, createHmac } from "node:crypto";

/** `path` is encoded as it is to be sent. */
export function getSignedUrl(
  endpoint: string,
  key: { readonly accessKeyId: string; readonly secretAccessKey: string },
  path: string,
  seconds: number,
  date = new Date(),
): string {
  const time = date.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${time.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const query = "X-Amz-Algorithm=AWS4-HMAC-SHA256" +
    `&X-Amz-Credential=${encodeURIComponent(`${key.accessKeyId}/${scope}`)}` +
    `&X-Amz-Date=${time}&X-Amz-Expires=${seconds}&X-Amz-SignedHeaders=host`;
  const request = `GET\n${path}\n${query}\nhost:${
    new URL(endpoint).host
  }\n\nhost\nUNSIGNED-PAYLOAD`;
  const hash = createHash("sha256").update(request).digest("hex");
  const secret = [...scope.split("/")].reduce<string | Uint8Array>(
    (signingKey, part) => createHmac("sha256", signingKey).update(part).digest(),
    `AWS4${key.secretAccessKey}`,
  );
  const signature = createHmac("sha256", secret)
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash}`).digest("hex");
  return `${endpoint}${path}?${query}&X-Amz-Signature=${signature}`;
}
