/**
 * What a process and its children used, as Linux tells it.
 *
 * @module
 */

/** Of a process and all below it. */
export interface Usage {
  /** Most bytes resident at once, summed over the processes. */
  readonly peak: number;
  /** Bytes resident now. */
  readonly resident: number;
  /** CPU-seconds. */
  readonly cpu: number;
}

/** `CLK_TCK`: 100 on every Linux of today. */
const TICKS_A_SECOND = 100;

/** Asks the kernel. A process that is gone counts nothing. */
export async function usageOf(pid: number): Promise<Usage> {
  const pids = [pid, ...await childrenOf(pid)];
  const each = await Promise.all(pids.map(ofOne));
  return each.reduce((sum, one) => ({
    peak: sum.peak + one.peak,
    resident: sum.resident + one.resident,
    cpu: sum.cpu + one.cpu,
  }));
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readOrEmpty(`/proc/${pid}/task/${pid}/children`);
  const own = text.split(" ").filter((part) => part !== "").map(Number);
  const below = await Promise.all(own.map(childrenOf));
  return [...own, ...below.flat()];
}

async function ofOne(pid: number): Promise<Usage> {
  const status = await readOrEmpty(`/proc/${pid}/status`);
  const stat = await readOrEmpty(`/proc/${pid}/stat`);
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * 1024;
  const times = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(times[11] ?? 0) + Number(times[12] ?? 0);
  return { peak: field("VmHWM"), resident: field("VmRSS"), cpu: ticks / TICKS_A_SECOND };
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || /os error 3/.test(String(error))) return "";
    throw error;
  }
}
