/**
 * S3 clients of other people behind `dipper exec`, with what passes to the server counted.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Activity } from "../../../src/gateway/activity.ts";
import { requestKind } from "../../support/access_log.ts";
import { type PassedRequest, startProxy } from "../../support/proxy.ts";
import { dipper, personOf } from "./command.ts";
import type { Server } from "./servers.ts";

/** The script that does what data libraries do. */
export const FORMATS: string = fileURLToPath(new URL("../clients/formats.py", import.meta.url));

/** The path of a client's program, as `test/servers/clients.sh` installed it. */
export function client(name: string): string {
  const folder = Deno.env.get("DIPPER_E2E_CLIENTS");
  if (!folder) throw new Error("DIPPER_E2E_CLIENTS is not set: run test/servers/with_servers.sh");
  return join(folder, name);
}

/** What a program printed, and what it cost: as Dipper says and as it passed by. */
export interface Ran {
  readonly stdout: string;
  readonly report: Activity;
  readonly passed: readonly PassedRequest[];
}

/** Where a person works: a server, and a cache of their own that outlives each command. */
export interface Desk extends AsyncDisposable {
  /** Runs a program behind `dipper exec FLAGS`; it must succeed. */
  exec(flags: readonly string[], ...command: string[]): Promise<Ran>;
}

/** A desk in front of one server. */
export async function openDesk(server: Server): Promise<Desk> {
  const proxy = startProxy(server.endpoint);
  const cache = await Deno.makeTempDir({ prefix: "dipper-clients-" });
  const { variables } = personOf(server);
  const person = {
    variables: {
      ...variables,
      AWS_ENDPOINT_URL_S3: proxy.endpoint,
      DIPPER_CACHE_DIR: cache,
      PYTHONIOENCODING: "utf-8",
      PYTHONWARNINGS: "error::ResourceWarning",
    },
  };
  return {
    async exec(flags, ...command) {
      proxy.clear();
      const args = ["exec", "--json", "--report", ...flags, "--", ...command];
      const { code, stdout, stderr } = await dipper(person, ...args);
      assert.equal(code, 0, `${command.join(" ")}\n${stderr}`);
      const line = stderr.trim().split("\n").findLast((each) => each.startsWith('{"report"'));
      assert.ok(line, stderr);
      const { report } = JSON.parse(line) as { report: Activity };
      return { stdout, report, passed: [...proxy.requests] };
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await Deno.remove(cache, { recursive: true });
    },
  };
}

/** Holds the report against what passed. */
export function assertReported({ report, passed }: Ran): void {
  const kinds = { get: 0, head: 0, list: 0, put: 0, other: 0 };
  for (const { method, path, query } of passed) {
    kinds[requestKind(method, `${path}?${query}`)]++;
  }
  assert.deepEqual(report.sent, kinds);
  const received = passed.reduce((sum, { bytesOut }) => sum + bytesOut, 0);
  const { hedges } = report.reads;
  const what = () =>
    `${hedges} hedges; ` +
    passed.map(({ method, path, query, headers, status, bytesOut }) =>
      `${method} ${path}?${query} ${headers.get("range") ?? ""} ${status} ${bytesOut}`
    ).join("\n");
  if (hedges === 0) return assert.equal(report.bytes.read, received, what());
  assert.ok(report.bytes.read <= received, what());
  assert.ok(report.bytes.read >= received - sentTwice(passed), what());
}

/**
 * Bytes that were sent more than once: no more than these can be missing in a report. Of the slower of two
 * requests for the same bytes, what lay in the system's buffers when it was given up is not counted.
 */
function sentTwice(passed: readonly PassedRequest[]): number {
  const ends = new Map<string, number>();
  const from = (range: string | undefined) => Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
  return passed.filter(({ method, status }) => method === "GET" && status === 206)
    .map(({ path, range, bytesOut }) => ({ path, start: from(range), bytesOut }))
    .sort((a, b) => a.start - b.start)
    .reduce((sum, { path, start, bytesOut }) => {
      const end = ends.get(path) ?? 0;
      ends.set(path, Math.max(end, start + bytesOut));
      return sum + Math.max(0, Math.min(end, start + bytesOut) - start);
    }, 0);
}

/** Bytes of objects that passed. */
export function objectBytes({ passed }: Ran): number {
  return passed.filter(({ method, path, query, status }) =>
    requestKind(method, `${path}?${query}`) === "get" && status < 300
  ).reduce((sum, { bytesOut }) => sum + bytesOut, 0);
}
