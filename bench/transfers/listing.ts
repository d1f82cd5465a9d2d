/**
 * A listing of very many keys, beside s5cmd's.
 *
 * @module
 */
import { environmentFor } from "../run/surroundings.ts";
import { startListening } from "./listening.ts";
import type { Installed } from "./install.ts";
import { BUCKETS } from "./service.ts";
import { type Timed, timed } from "./timed.ts";

/** One listing. */
export interface Listed extends Timed {
  readonly peer: "dipper" | "s5cmd";
}

const PATIENCE = 120_000;

/** Lists `keys` keys as often, by turns. */
export async function compareListings(
  { dipper, s5cmd }: Installed,
  scratch: string,
  keys: number,
  repetitions: number,
  say: (text: string) => void,
): Promise<{ readonly results: readonly Listed[]; readonly failures: readonly string[] }> {
  await using origin = await startListening("listing_origin.ts", [`${keys}`]);
  const address = `s3://${BUCKETS[0]}`;
  const commands = {
    dipper: [dipper, "ls", "--recursive", address],
    s5cmd: [s5cmd, "ls", `${address}/*`],
  } as const;
  const cache = await Deno.makeTempDir({ dir: scratch });
  const env = await environmentFor(origin.endpoint, cache);
  const own = { S3_ENDPOINT_URL: origin.endpoint, AWS_ENDPOINT_URL: origin.endpoint };
  const results: Listed[] = [];
  const failures: string[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const peer of ["dipper", "s5cmd"] as const) {
      const [command, ...args] = commands[peer];
      try {
        const result = await timed(command, args, { ...env, ...own }, PATIENCE);
        if (result.lines !== keys) throw new Error(`${result.lines} lines for ${keys} keys`);
        results.push({ ...result, peer });
        say(`list: ${peer} ${result.seconds.toFixed(2)} s`);
      } catch (error) {
        failures.push(`list: ${peer}\n${error instanceof Error ? error.message : error}`);
      }
    }
  }
  return { results, failures };
}
