/**
 * Which row groups a search for the best rows reads, from their extremes. Pure.
 *
 * DuckDB begins with as many row groups as it has threads, and leaves out those that come later whose
 * best value is worse than the rows that it has found. How many it has found by then is not the same in
 * every run: the first few row groups are taken for certain. Of a table in no order, that leaves out
 * next to nothing, and what is asked for again in a later run is there.
 *
 * @module
 */
import { compareKeys, type Key } from "../../formats/keys.ts";

/** `ORDER BY … LIMIT rows`. */
export interface TopOrder {
  readonly order: "ascending" | "descending";
  readonly rows: number;
}

/** The smallest and the largest value of a row group; undefined where they are not known. */
export interface Extremes {
  readonly min: Key | undefined;
  readonly max: Key | undefined;
  readonly rows: number;
}

/** Row groups that DuckDB begins with: its threads, as sessions have them. */
const FIRST = 16;

/** So many of them have been read, at least, when a later one is begun. */
const EARLY = FIRST / 4;

/** Whether each row group is read, most likely. */
export function readForTop(groups: readonly Extremes[], top: TopOrder): boolean[] {
  const compare = (a: Key, b: Key) =>
    top.order === "descending" ? compareKeys(a, b) : compareKeys(b, a);
  const bestOf = ({ min, max }: Extremes) => top.order === "descending" ? max : min;
  const worstOf = ({ min, max }: Extremes) => top.order === "descending" ? min : max;
  /** The worst of the best rows of `some`, at worst. */
  const boundOf = (some: readonly Extremes[]): Key | undefined => {
    const values = some.flatMap((group) => {
      const [best, worst] = [bestOf(group), worstOf(group)];
      if (best === undefined || worst === undefined) return [];
      return [{ key: best, rows: 1 }, { key: worst, rows: group.rows - 1 }];
    });
    let left = top.rows;
    for (const { key, rows } of values.sort((a, b) => compare(b.key, a.key))) {
      left -= rows;
      if (left <= 0) return key;
    }
    return undefined;
  };
  const bound = boundOf(groups.slice(0, EARLY));
  return groups.map((group, index) => {
    const best = bestOf(group);
    const isFirst = index < FIRST;
    return isFirst || bound === undefined || best === undefined || compare(best, bound) >= 0;
  });
}
