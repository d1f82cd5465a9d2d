/**
 * A line to a service that counts the bytes each way. A process of its own; prints its port, and the counts
 * whenever something is written to it.
 *
 *     deno run -A bench/transfers/counting_line.ts PORT
 *
 * @module
 */
// deno-lint-ignore-file no-console -- what it prints is what the bench reads

/** Bytes that went to the service, and came back from it. */
export interface Carried {
  readonly there: number;
  readonly back: number;
}

const STEP = 256 * 1024;

const carried = { there: 0, back: 0 };

async function carry(from: Deno.Conn, to: Deno.Conn, way: keyof Carried): Promise<void> {
  const buffer = new Uint8Array(STEP);
  try {
    for (let count; (count = await from.read(buffer)) !== null;) {
      for (let at = 0; at < count;) {
        const taken = await to.write(buffer.subarray(at, count));
        at += taken;
        carried[way] += taken;
      }
    }
    await (to as Deno.TcpConn).closeWrite();
  } catch {
    // One end has gone: the other is told by the end of the connection.
  }
}

async function join(client: Deno.TcpConn, port: number): Promise<void> {
  const service = await Deno.connect({ hostname: "127.0.0.1", port });
  client.setNoDelay(true);
  service.setNoDelay(true);
  const back = carry(service, client, "back").finally(() => client.close());
  await carry(client, service, "there");
  await back;
  service.close();
}

async function tell(): Promise<void> {
  const buffer = new Uint8Array(64);
  while (await Deno.stdin.read(buffer) !== null) console.log(JSON.stringify(carried));
}

if (import.meta.main) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(listener.addr.port);
  tell();
  for await (const client of listener) {
    join(client, Number(Deno.args[0])).catch(() => {
      // The client has gone before it was connected.
    });
  }
}
