/**
 * The origin's process. Prints its two addresses, the service's and the control's, as JSON; ends when
 * its input ends.
 *
 *     deno run -A bench/origin/main.ts '{"bucket":"bench","folder":"…","patterns":{"p.bin":1000}}'
 *
 * The control answers `GET /` with the counts, and `POST /` with conditions in its body sets them and
 * resets the counts.
 *
 * @module
 */
import process from "node:process";
import type { Conditions } from "./conditions.ts";
import { Counter } from "./counts.ts";
import { bucketOf } from "./objects.ts";
import { type OriginState, serveOrigin } from "./server.ts";

/** What the process is told on its command line. */
export interface OriginArguments {
  readonly bucket: string;
  readonly folder: string;
  /** Sizes of objects made of a pattern, by key. */
  readonly patterns: Record<string, number>;
}

/** What the process prints. */
export interface OriginAddresses {
  readonly endpoint: string;
  readonly control: string;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function main(text: string): Promise<void> {
  const { bucket: name, folder, patterns }: OriginArguments = JSON.parse(text);
  const state: OriginState = {
    name,
    bucket: await bucketOf(folder, patterns),
    conditions: { delay: 0, bandwidth: 0 },
    counter: new Counter(cpuSeconds),
  };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  void serveOrigin(listener, state);
  const control = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      if (request.method === "POST") {
        state.conditions = await request.json() as Conditions;
        state.counter.reset();
      }
      return Response.json(state.counter.now);
    },
  );
  const addresses: OriginAddresses = {
    endpoint: `http://127.0.0.1:${listener.addr.port}`,
    control: `http://127.0.0.1:${control.addr.port}`,
  };
  // deno-lint-ignore no-console -- its addresses are what the bench waits for
  console.log(JSON.stringify(addresses));
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
}

if (import.meta.main) await main(Deno.args[0]);
