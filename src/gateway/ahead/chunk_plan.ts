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
  next: GroupPlace;
  left: number;
}

/** Plans the chunks of one scan. */
export class ChunkPlan {
  readonly #scan: Scan;
  readonly #planned = new Map<string, GroupPlace>();
  #expected: readonly string[] | undefined;

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  /** These columns will be read of every row group. */
  expect(columns: readonly string[]): void {
    this.#expected = columns;
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
        if (extent !== undefined && extent.length > 0 && !isTaken) extents.push(extent);
        this.#planned.set(goal.column, place);
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
    const { use } = this.#scan;
    if (this.#expected !== undefined) {
      return this.#expected.flatMap((column) => {
        const after = this.#planned.get(column) ?? { file: 0, group: -1 };
        return this.#goal(column, after, Infinity);
      });
    }
    return use.columns.flatMap((column) => {
      const reach = use.reach(column);
      if (reach === undefined) return [];
      const planned = this.#planned.get(column);
      const [goal] = this.#goal(column, reach.after, reach.groups);
      while (goal?.left > 0 && planned !== undefined && !isAfter(goal.next, planned)) {
        this.#advance(goal);
      }
      return goal?.left > 0 ? [goal] : [];
    });
  }

  #goal(column: string, after: GroupPlace, groups: number): Goal[] {
    const goal = { column, next: after, left: groups + 1 };
    this.#advance(goal);
    return goal.left > 0 ? [goal] : [];
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
function joined(extents: readonly Extent[]): Extent[] {
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
