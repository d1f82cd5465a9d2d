/**
 * Certificates to trust besides the system's.
 *
 * @module
 */
import { ConfigurationError } from "../errors.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The PEM certificates in the file at `path`, one string each; none when `path` is undefined.
 *
 * @throws {ConfigurationError} when it cannot be read or has none
 */
export function readCertificates(path: string | undefined): string[] {
  if (path === undefined) return [];
  try {
    return certificatesIn(Deno.readTextFileSync(path), path, "CA bundle");
  } catch (error) {
    throw unreadable(error, path, "CA bundle");
  }
}

/**
 * Reads the file once, so that a wrong path is told of before the first request.
 *
 * @throws {ConfigurationError} when it cannot be read or has no certificate
 */
export async function checkCaBundle(path: string, source: string): Promise<void> {
  try {
    certificatesIn(await Deno.readTextFile(path), path, source);
  } catch (error) {
    throw unreadable(error, path, source);
  }
}

function certificatesIn(text: string, path: string, source: string): string[] {
  const certificates = text.match(CERTIFICATE);
  if (certificates !== null) return certificates;
  throw new ConfigurationError(`${path} has no PEM certificate in it (${source})`, {
    uri: path,
    hint: "It needs lines from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.",
  });
}

function unreadable(error: unknown, path: string, source: string): ConfigurationError {
  if (error instanceof ConfigurationError) return error;
  return new ConfigurationError(`the CA bundle ${path} cannot be read (${source})`, {
    uri: path,
    cause: error,
    hint: source === "AWS_CA_BUNDLE" ? "Correct AWS_CA_BUNDLE or unset it." : "Correct the path.",
  });
}
