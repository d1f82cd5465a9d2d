/**
 * Counts the requests that the SDK sends on behalf of one piece of work, retries included.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { S3Client } from "@aws-sdk/client-s3";

/** Requests by kind, as in a report. */
export interface CountedRequests {
  get: number;
  head: number;
  list: number;
  put: number;
  other: number;
  /** Requests sent again after a failure. */
  retries: number;
}

const counting = new AsyncLocalStorage<CountedRequests>();

/** Runs `work`; what it and all that it calls send is counted in `counts`, as it is sent. */
export function countRequests<T>(counts: CountedRequests, work: () => Promise<T>): Promise<T> {
  return counting.run(counts, work);
}

/** A count of nothing. */
export function noRequests(): CountedRequests {
  return { get: 0, head: 0, list: 0, put: 0, other: 0, retries: 0 };
}

/** Makes `client` count what it sends. */
export function countSends(client: S3Client): void {
  const sent = new WeakSet<object>();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const counts = counting.getStore();
      if (counts !== undefined) {
        counts[kindOf(context.commandName ?? "")]++;
        if (sent.has(context)) counts.retries++;
        sent.add(context);
      }
      return await next(args);
    },
    { step: "deserialize", name: "dipperCount", priority: "low", override: true },
  );
}

function kindOf(command: string): Exclude<keyof CountedRequests, "retries"> {
  if (command.startsWith("List")) return "list";
  if (command.startsWith("Head")) return "head";
  if (command === "GetObjectCommand") return "get";
  return /^(Put|Upload|CreateMultipart|CompleteMultipart|Copy)/.test(command) ? "put" : "other";
}
