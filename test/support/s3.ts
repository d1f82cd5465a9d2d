/**
 * An SDK client for tests, apart from the one that is tested.
 *
 * @module
 */
import { Agent } from "node:http";
import { S3Client } from "@aws-sdk/client-s3";

export interface TestKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Path style, us-east-1, no checksums that old servers refuse. */
export function testClient(endpoint: string, credentials: TestKeys): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // Deno 2.6 sends the next request on a connection that the server has said it closes.
    requestHandler: { httpAgent: new Agent({ keepAlive: false }) },
  });
}
