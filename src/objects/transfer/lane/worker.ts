/**
 * A lane's own thread.
 *
 * @module
 */
import { LocalLane } from "./local_lane.ts";
import type { FromLane, ToLane } from "./messages.ts";

/** What a worker's global scope has. */
interface Scope {
  onmessage: ((event: MessageEvent<ToLane>) => void) | null;
  postMessage(message: FromLane): void;
}

const scope = self as unknown as Scope;
const lane = new LocalLane();
const aborts = new Map<number, AbortController>();

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "run":
      return void run(data);
    case "abort":
      return aborts.get(data.call)?.abort();
    case "drop":
      return lane.drop(data.id);
  }
};
scope.postMessage({ kind: "ready" });

async function run({ call, errand }: Extract<ToLane, { kind: "run" }>): Promise<void> {
  const abort = new AbortController();
  aborts.set(call, abort);
  let told = 0;
  const { length } = errand.expected;
  const outcome = await lane.run(errand, (bytes) => {
    told += bytes;
    // The last ones are told of with the end.
    if (told < length) scope.postMessage({ kind: "bytes", call, bytes });
  }, abort.signal);
  aborts.delete(call);
  scope.postMessage({ kind: "outcome", call, outcome });
}
