/**
 * Credentials that a real server once accepted and no longer does.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import assert from "node:assert/strict";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { testClient, type TestKeys } from "../../support/s3.ts";
import type { Server } from "./servers.ts";

/** Ends when the server refuses them, at the latest after this many milliseconds. */
const PATIENCE = 30_000;

/**
 * Ceph is set to give roles for a second; SeaweedFS gives them for a quarter of an hour at least, but
 * keeps the end in the token alone, which the test signs anew with the server's own key.
 */
export async function expiredCredentials(server: Server): Promise<TestKeys> {
  const seconds = server.name === "ceph" ? 1 : 900;
  const fresh = await assumeRole(server, seconds);
  if (server.name === "ceph") {
    await untilRefused(server, fresh);
    return fresh;
  }
  const ending = (hours: number): TestKeys => ({
    ...fresh,
    sessionToken: resigned(fresh.sessionToken!, server.signingKey!, hours),
  });
  // A token of this making is good until it ends, so that it is its end that the server refuses.
  assert.ok(await accepts(server, ending(1)), "a token signed by the test is not accepted");
  await untilRefused(server, ending(-1));
  return ending(-1);
}

async function assumeRole(server: Server, seconds: number): Promise<TestKeys> {
  const client = new STSClient({
    endpoint: server.endpoint,
    region: "us-east-1",
    credentials: server.owner,
  });
  try {
    const { Credentials } = await client.send(
      new AssumeRoleCommand({
        RoleArn: server.roleArn,
        RoleSessionName: "expired",
        DurationSeconds: seconds,
      }),
    );
    return {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    };
  } finally {
    client.destroy();
  }
}

/** The same JSON Web Token (RFC 7519, HMAC-SHA256), but ending in so many hours. */
function resigned(token: string, key: string, hours: number): string {
  const [header, payload] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  claims.exp = Math.floor(Date.now() / 1000) + hours * 3600;
  const body = `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
  return `${body}.${createHmac("sha256", key).update(body).digest("base64url")}`;
}

async function accepts(server: Server, credentials: TestKeys): Promise<boolean> {
  const client = testClient(server.endpoint, credentials);
  try {
    return await client.send(new ListBucketsCommand({})).then(() => true, () => false);
  } finally {
    client.destroy();
  }
}

async function untilRefused(server: Server, credentials: TestKeys): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (await accepts(server, credentials)) {
    assert.ok(Date.now() < end, `${server.name} still accepts an expired token`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
