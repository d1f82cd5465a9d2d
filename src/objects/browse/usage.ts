/**
 * Where the bytes are: sizes by folder, storage class and type.
 *
 * @module
 */
import type { ObjectEntry } from "../pages.ts";

/** A sum of objects. */
export interface Usage {
  readonly objects: number;
  /** As stored. */
  readonly bytes: number;
}

/** A sum and what it is of. */
export interface NamedUsage extends Usage {
  readonly name: string;
}

/** What the sums are by. */
export type UsageBy = "prefix" | "class" | "type";

/** How to sum. */
export interface UsageOptions {
  /** `prefix` when absent. */
  readonly by?: UsageBy;
  /** Key prefix that folders are counted from. */
  readonly base?: string;
  /** Levels of folders that are told apart; 1 when absent. Deeper ones are in their parent's sum. */
  readonly depth?: number;
}

/** Everything summed, and the sums by name, the largest first. */
export interface UsageSummary {
  readonly total: Usage;
  readonly groups: readonly NamedUsage[];
}

/**
 * Sums a listing as it arrives; memory grows with the groups, not with the objects. By `prefix`, what
 * stands in no folder is under the name of `base` itself.
 */
export async function sumUsage(
  entries: AsyncIterable<ObjectEntry>,
  { by = "prefix", base = "", depth = 1 }: UsageOptions = {},
): Promise<UsageSummary> {
  const groups = new Map<string, { objects: number; bytes: number }>();
  const total = { objects: 0, bytes: 0 };
  for await (const entry of entries) {
    const name = by === "prefix"
      ? folderOf(entry.key, base, depth)
      : by === "class"
      ? entry.storageClass ?? "STANDARD"
      : typeOf(entry.key);
    const group = groups.get(name) ?? { objects: 0, bytes: 0 };
    groups.set(name, group);
    for (const sum of [group, total]) {
      sum.objects++;
      sum.bytes += entry.size;
    }
  }
  const sorted = [...groups].map(([name, usage]) => ({ name, ...usage }))
    .sort((a, b) => b.bytes - a.bytes || b.objects - a.objects || (a.name < b.name ? -1 : 1));
  return { total, groups: sorted };
}

/** The key's folder, at most `depth` levels below `base`. */
function folderOf(key: string, base: string, depth: number): string {
  const levels = key.slice(base.length).split("/");
  const folders = levels.slice(0, Math.min(depth, levels.length - 1));
  return base + folders.map((level) => `${level}/`).join("");
}

const COMPRESSED = /\.(gz|zst|bz2|xz|lz4|br)$/i;

/** The ending of the name in lower case, with that of a compression: `.csv.gz`. */
export function typeOf(key: string): string {
  const name = key.slice(key.lastIndexOf("/") + 1).toLowerCase();
  if (name === "") return "(folder)";
  const compression = COMPRESSED.exec(name)?.[0] ?? "";
  const rest = name.slice(0, name.length - compression.length);
  const ending = /[^.](\.[a-z0-9_-]{1,16})$/.exec(rest)?.[1] ?? "";
  return ending + compression || "(none)";
}
