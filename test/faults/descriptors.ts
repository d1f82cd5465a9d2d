/**
 * What is open at a place: tests of other files run in this process meanwhile, so all descriptors of the
 * process would count theirs.
 *
 * @module
 */

/** Where a test's files and connections lead. */
export interface Place {
  readonly folder: string;
  /** Of services on the loopback interface. */
  readonly ports: readonly number[];
}

/** TCP states that hold a connection: all but those that end by themselves (tcp_states.h of Linux). */
const HELD = new Set(["01", "02", "03", "08"]);

/** Files of this process in the folder, and connections to or from the ports. */
export function openAt({ folder, ports }: Place): number {
  return filesIn(folder) + connectionsOf(ports);
}

/** What is open at a place, once what is closing has closed; two seconds at most. */
export async function stillOpenAt(place: Place): Promise<number> {
  for (let wait = 0; wait < 100 && openAt(place) > 0; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return openAt(place);
}

function filesIn(folder: string): number {
  return [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`).startsWith(folder);
    } catch {
      return false; // it was closed meanwhile
    }
  }).length;
}

function connectionsOf(ports: readonly number[]): number {
  const wanted = new Set(ports.map((port) => port.toString(16).toUpperCase().padStart(4, "0")));
  return Deno.readTextFileSync("/proc/net/tcp").split("\n").slice(1).filter((line) => {
    const [, local = "", remote = "", state = ""] = line.trim().split(/\s+/);
    return HELD.has(state) && (wanted.has(local.slice(-4)) || wanted.has(remote.slice(-4)));
  }).length;
}
