/**
 * Which column chunks to fetch before a scan asks for them: row group by row group, all columns in use
 * of one before the next. Pure.
 *
 * @module
 */
import { endOf, type Extent } from "../../range/range.ts";
import type { GroupPlace } from "./column_use.ts";
import type { AheadPiece, Scan } from "./scan.ts";

/** Bytes between two chunks that are fetched along: as DuckDB does. */
const GAP = 16 * 1024;

/** A column and how far it may be fetched. */
interface Goal {
  readonly column: string;
  /** Whether a plan of the statement names it, or the scan's requests so far do. */
  readonly origin: "plan" | "requests";
  next: GroupPlace;
  left: number;
}

/** Plans the chunks of one scan. */
export class ChunkPlan {
  readonly #scan: Scan;
  readonly #planned = new Map<string, GroupPlace>();
  readonly #followed = new Map<string, GroupPlace>();
  #expected: readonly string[] | undefined;
  #filtered: ReadonlySet<string> | undefined;

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  /**
   * These columns will be read: of every row group, or with `filtered`, as was chosen for each.
   *
   * @param filtered those of them that are read first, to see which rows are wanted
   */
  expect(columns: readonly string[], filtered?: readonly string[]): void {
    this.#expected = columns;
    this.#filtered = filtered && new Set(filtered);
  }

  /** Pieces of `most` bytes together, about. */
  next(most: number): AheadPiece[] {
    const goals = this.#goals();
    const pieces: AheadPiece[] = [];
    let room = most;
    while (room > 0) {
      const place = earliest(goals);
      if (place === undefined) break;
      const file = this.#scan.files[place.file];
      const extents: Extent[] = [];
      for (const goal of goals) {
        if (!isSame(goal.next, place) || goal.left === 0) continue;
        const column = file.map!.columns.indexOf(goal.column);
        const extent = file.map!.groups[place.group][column];
        const isTaken = this.#scan.use.has(goal.column, place);
        const isWanted = !isTaken && this.#isWanted(goal, place);
        if (extent !== undefined && extent.length > 0 && isWanted) extents.push(extent);
        this.#seen(goal).set(goal.column, place);
        this.#advance(goal);
      }
      for (const extent of joined(extents)) {
        room -= extent.length;
        pieces.push({ file, extent, kind: "bulk" });
      }
    }
    return pieces;
  }

  #goals(): Goal[] {
    const expected = (this.#expected ?? []).flatMap((column) => {
      const after = this.#planned.get(column) ?? { file: 0, group: -1 };
      return this.#goal(column, "plan", after, Infinity);
    });
    const isAll = this.#expected !== undefined && this.#filtered === undefined;
    return isAll ? expected : [...expected, ...this.#learned()];
  }

  #learned(): Goal[] {
    const { use } = this.#scan;
    return use.columns.flatMap((column) => {
      const reach = use.reach(column);
      if (reach === undefined) return [];
      const followed = this.#followed.get(column);
      const [goal] = this.#goal(column, "requests", reach.after, reach.groups);
      while (goal?.left > 0 && followed !== undefined && !isAfter(goal.next, followed)) {
        this.#advance(goal);
      }
      return goal?.left > 0 ? [goal] : [];
    });
  }

  #goal(column: string, origin: Goal["origin"], after: GroupPlace, groups: number): Goal[] {
    const goal = { column, origin, next: after, left: groups + 1 };
    this.#advance(goal);
    return goal.left > 0 ? [goal] : [];
  }

  #seen({ origin }: Goal): Map<string, GroupPlace> {
    return origin === "plan" ? this.#planned : this.#followed;
  }

  /** What the plan fetches, the requests need not tell. */
  #isWanted({ column, origin }: Goal, { file, group }: GroupPlace): boolean {
    const choice = this.#filtered && this.#scan.files[file].choices?.[group];
    if (choice === undefined) return true;
    const isPlanned = this.#expected!.includes(column) &&
      (choice === "all" || (choice === "filtered" && this.#filtered!.has(column)));
    return origin === "plan" ? isPlanned : !isPlanned && choice !== "none";
  }

  /** To the next row group; no further where a footer is not known yet. */
  #advance(goal: Goal): void {
    const { files } = this.#scan;
    let { file, group } = goal.next;
    group++;
    for (let map; (map = files[file]?.map) !== undefined && group >= map.groups.length;) {
      file++;
      group = 0;
    }
    goal.next = { file, group };
    goal.left = files[file]?.map === undefined ? 0 : goal.left - 1;
  }
}

function earliest(goals: readonly Goal[]): GroupPlace | undefined {
  let found: GroupPlace | undefined;
  for (const { next, left } of goals) {
    if (left > 0 && (found === undefined || isAfter(found, next))) found = next;
  }
  return found;
}

function isAfter(a: GroupPlace, b: GroupPlace): boolean {
  return a.file > b.file || (a.file === b.file && a.group > b.group);
}

function isSame(a: GroupPlace, b: GroupPlace): boolean {
  return a.file === b.file && a.group === b.group;
}

/** Extents of one row group, joined where they are near. */
export function joined(extents: readonly Extent[]): Extent[] {
  const sorted = [...extents].sort((a, b) => a.offset - b.offset);
  const result: Extent[] = [];
  for (const extent of sorted) {
    const last = result.at(-1);
    if (last !== undefined && extent.offset - endOf(last) <= GAP) {
      const end = Math.max(endOf(last), endOf(extent));
      result[result.length - 1] = { offset: last.offset, length: end - last.offset };
    } else result.push(extent);
  }
  return result;
}
