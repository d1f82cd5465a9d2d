/**
 * The gateway's own thread: the program that {@link startGateway} runs in a Worker.
 *
 * @module
 */
import { InternalError } from "../errors.ts";
import { BUFFERS } from "../range/buffers.ts";
import { openCache } from "../range/cache/open_cache.ts";
import { pulledPrefixes } from "../range/cache/pulled.ts";
import { NO_CACHE } from "../range/no_cache.ts";
import { LineBetween } from "./line_between.ts";
import type { GatewayCalls, Message, SessionCalls, StartOptions } from "./messages.ts";
import { OfflineCatalogue } from "./offline/catalogue.ts";
import { RemoteStores } from "./remote_stores.ts";
import { GatewayServer } from "./server.ts";
import { warmUp } from "./warm_up.ts";

/** Bytes of memory that is touched before the first request, and of those touched at a time. */
const READY = 48 * 1024 * 1024;
const READY_STEP = 4 * 1024 * 1024;

/** What a worker's global scope has. */
interface Scope {
  onmessage: ((event: MessageEvent<Message>) => void) | null;
  postMessage(message: Message): void;
}

const scope = self as unknown as Scope;
let server: GatewayServer | undefined;

const line: LineBetween<SessionCalls, GatewayCalls> = new LineBetween<
  SessionCalls,
  GatewayCalls
>(
  (message) => scope.postMessage(message),
  {
    start,
    issueKey: ({ name, options }) => running().issueKey(name, options),
    revokeKey: (name) => running().revokeKey(name),
    forget: (name) => running().forget(name),
    hint: ({ name, hint }) => running().hint(name, hint),
    hold: (name) => running().hold(name),
    commit: (name) => running().commit(name),
    abort: (name) => running().abort(name),
    counts: (name) => running().counts(name),
    close: () => running().close(),
  },
);
scope.onmessage = ({ data }) => void line.take(data);

async function start(options: StartOptions): Promise<{ endpoint: string }> {
  const { stores: facts, fallback, cache, cacheSettings, mode, buckets, port, settings } = options;
  const stores = new RemoteStores(facts, fallback, line);
  const notice = (text: string) =>
    void line.call("notice", { store: undefined, text }).catch(() => {}); // nobody listens any more
  const isOff = cache.memory === 0 && cache.disk === "off";
  const blocks = isOff ? NO_CACHE : await openCache({ ...cache, notice }, cacheSettings);
  const directory = cache.directory ?? cacheSettings.cacheDirectory;
  server = new GatewayServer({
    stores,
    mode,
    buckets,
    port,
    settings,
    cache: blocks,
    offline: cacheSettings.offline
      ? new OfflineCatalogue(await pulledPrefixes(directory), blocks)
      : undefined,
  });
  await stores.warm();
  const started = server;
  // After the answer; practice that fails has harmed nothing.
  setTimeout(() => void getReady(() => started.received > 0).catch(() => {}), 0);
  return { endpoint: server.endpoint };
}

/** Uses the time until the first request. */
async function getReady(isOver: () => boolean): Promise<void> {
  await warmUp(isOver);
  while (!isOver() && BUFFERS.freeBytes < READY) {
    BUFFERS.prepare(READY_STEP);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

function running(): GatewayServer {
  if (server === undefined) throw new InternalError("the gateway is asked before it has started");
  return server;
}
