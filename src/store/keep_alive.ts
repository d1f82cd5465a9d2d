/**
 * Keeps the process up while a request is under way.
 *
 * Under Deno's `node:http` a socket taken from the pool, or a timer of the SDK's, may not hold the
 * event loop: it then ends with “Top-level await promise never resolved” in the middle of a call.
 *
 * @module
 */

interface Stackable {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<unknown>) => (args: never) => Promise<unknown>,
      options: { step: "initialize"; priority: "high"; name: string; override: true },
    ): void;
  };
}

/** Longer than any time-out; the timer only has to exist. */
const PERIOD = 60_000;

/** Holds the event loop during each `send` of `client`, retries and their waits included. */
export function keepAlive(client: { readonly middlewareStack: unknown }): void {
  (client as Stackable).middlewareStack.add(
    (next) => async (args) => {
      const timer = setInterval(() => {}, PERIOD);
      try {
        return await next(args);
      } finally {
        clearInterval(timer);
      }
    },
    { step: "initialize", priority: "high", name: "dipperKeepAlive", override: true },
  );
}
