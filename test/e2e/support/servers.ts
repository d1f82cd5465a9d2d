/**
 * The real servers, as `test/servers/with_servers.sh` started them.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { S3Client } from "@aws-sdk/client-s3";
import type { StoreOptions } from "../../../src/store/store.ts";
import { testClient, type TestKeys } from "../../support/s3.ts";

export const SERVER_NAMES = ["ceph", "versitygw", "seaweedfs"] as const;

export type ServerName = typeof SERVER_NAMES[number];

/** A server, with an owner of everything and a guest without rights. */
export interface Server {
  readonly name: ServerName;
  readonly endpoint: string;
  readonly owner: TestKeys;
  readonly guest: TestKeys;
  /** The role that the owner may assume; undefined where there is no STS. */
  readonly roleArn: string | undefined;
  /** File that the server logs its requests to, where it does. */
  readonly accessLog: string | undefined;
  /** What the server signs session tokens with, where a test may know. */
  readonly signingKey: string | undefined;
  readonly options: StoreOptions;
  readonly client: S3Client;
}

const known = new Map<ServerName, Server>();

/** A server; it is an error that it does not run. */
export function server(name: ServerName): Server {
  const found = known.get(name) ?? read(name);
  known.set(name, found);
  return found;
}

function read(name: ServerName): Server {
  const variable = `DIPPER_E2E_${name.toUpperCase()}`;
  const file = Deno.env.get(variable);
  if (!file) {
    throw new Error(
      `${variable} is not set: run \`test/servers/with_servers.sh deno task e2e\``,
    );
  }
  const said = JSON.parse(readFileSync(file, "utf8")) as Record<string, string | undefined>;
  const endpoint = said.endpoint!;
  const owner = { accessKeyId: said.key!, secretAccessKey: said.secret! };
  return {
    name,
    endpoint,
    owner,
    guest: { accessKeyId: said.guestKey!, secretAccessKey: said.guestSecret! },
    roleArn: said.roleArn,
    accessLog: said.accessLog,
    signingKey: said.signingKey,
    options: { endpoint, region: "us-east-1", ...owner },
    client: testClient(endpoint, owner),
  };
}

/** One test on each server, named after it. */
export function onEachServer(
  what: string,
  body: (server: Server) => Promise<void>,
  names: readonly ServerName[] = SERVER_NAMES,
): void {
  for (const name of names) Deno.test(`${name}: ${what}`, () => body(server(name)));
}

/** The library that shifts a process's clock. */
export function faketimeLibrary(): string {
  const path = Deno.env.get("DIPPER_E2E_FAKETIME");
  if (!path) throw new Error("DIPPER_E2E_FAKETIME is not set: run test/servers/with_servers.sh");
  return path;
}
