/**
 * What this process has open.
 *
 * @module
 */

/** Open files and sockets. */
export function openDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

/** Open descriptors, once those that are closing have closed; two seconds at most. */
export async function descriptorsDown(to: number): Promise<number> {
  for (let wait = 0; wait < 100 && openDescriptors() > to; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return openDescriptors();
}
