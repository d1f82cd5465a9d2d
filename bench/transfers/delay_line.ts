/**
 * A line of a given length to a service: every byte arrives half a round trip later, either way. A
 * process of its own; prints its port.
 *
 *     deno run -A bench/transfers/delay_line.ts PORT MILLISECONDS
 *
 * @module
 */

const STEP = 256 * 1024;
/** Bytes on the way at most, so that a slow end slows the other down. */
const MOST = 4 * 1024 * 1024;

/** Hands bytes on, `delay` ms after they came. */
async function carry(from: Deno.TcpConn, to: Deno.TcpConn, delay: number): Promise<void> {
  const queue: { readonly due: number; readonly bytes: Uint8Array }[] = [];
  let held = 0;
  let isEnded = false;
  let wake = () => {};
  const woken = () => new Promise<void>((resolve) => wake = resolve);
  const reading = (async () => {
    while (true) {
      while (held > MOST) await woken();
      const buffer = new Uint8Array(STEP);
      const count = await from.read(buffer).catch(() => null);
      if (count === null) break;
      held += count;
      queue.push({ due: performance.now() + delay, bytes: buffer.subarray(0, count) });
      wake();
    }
    isEnded = true;
    wake();
  })();
  try {
    while (true) {
      const next = queue.shift();
      if (next === undefined) {
        if (isEnded) break;
        await woken();
        continue;
      }
      const early = next.due - performance.now();
      if (early > 0.5) await new Promise((resolve) => setTimeout(resolve, early));
      for (let at = 0; at < next.bytes.byteLength;) at += await to.write(next.bytes.subarray(at));
      held -= next.bytes.byteLength;
      wake();
    }
    await to.closeWrite();
  } catch {
    // One end has gone: the other is told by the end of the connection.
  }
  await reading;
}

async function join(client: Deno.TcpConn, port: number, delay: number): Promise<void> {
  const service = await Deno.connect({ hostname: "127.0.0.1", port });
  client.setNoDelay(true);
  service.setNoDelay(true);
  await Promise.all([carry(client, service, delay), carry(service, client, delay)]);
  client.close();
  service.close();
}

if (import.meta.main) {
  const [port, milliseconds] = Deno.args.map(Number);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  // deno-lint-ignore no-console -- its port is what the bench waits for
  console.log(listener.addr.port);
  for await (const client of listener) {
    join(client, port, milliseconds / 2).catch(() => {
      // The client has gone before it was connected.
    });
  }
}
