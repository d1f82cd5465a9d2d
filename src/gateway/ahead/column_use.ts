/**
 * Which columns a scan takes from row group after row group, learned from what it asks for. Pure.
 *
 * @module
 */

/** A row group of a scan: the number of its file, and its own in the file. */
export interface GroupPlace {
  readonly file: number;
  readonly group: number;
}

/** Part of the row groups in a stretch that a scan takes when it leaves none out; threads run unevenly. */
const DENSE = 0.7;

interface Use {
  first: GroupPlace;
  last: GroupPlace;
  taken: number;
  /** Asked for when the scan of another column had come to its end: late materialisation, most likely. */
  readonly isLate: boolean;
  readonly seen: Set<string>;
}

/** How a scan takes each of its columns. */
export class ColumnUse {
  readonly #uses = new Map<string, Use>();
  readonly #groupsOf: (file: number) => number;
  readonly #files: () => number;

  /**
   * @param groupsOf row groups of a file; 1 while unknown
   * @param files of the scan
   */
  constructor(groupsOf: (file: number) => number, files: () => number) {
    this.#groupsOf = groupsOf;
    this.#files = files;
  }

  /** Columns that were taken, in the order in which they were first. */
  get columns(): readonly string[] {
    return [...this.#uses.keys()];
  }

  /** A chunk is asked for. */
  took(column: string, place: GroupPlace): void {
    const name = `${place.file}/${place.group}`;
    const use = this.#uses.get(column);
    if (use === undefined) {
      const isLate = this.#files() === 1 && this.#isOver();
      this.#uses.set(column, {
        first: place,
        last: place,
        taken: 1,
        isLate,
        seen: new Set([name]),
      });
      return;
    }
    if (use.seen.has(name)) return;
    use.seen.add(name);
    use.taken++;
    if (isBefore(place, use.first)) use.first = place;
    if (isBefore(use.last, place)) use.last = place;
  }

  has(column: string, { file, group }: GroupPlace): boolean {
    return this.#uses.get(column)?.seen.has(`${file}/${group}`) ?? false;
  }

  /**
   * The row groups after the last that are worth fetching, and how many: as many as a scan from the start
   * has taken, a quarter as many when it began elsewhere, as after a filter, or late; none when it jumps about or
   * has taken one only, as a LIMIT or a look-up does.
   */
  reach(column: string): { readonly after: GroupPlace; readonly groups: number } | undefined {
    const use = this.#uses.get(column);
    if (use === undefined || use.taken < 2) return undefined;
    if (use.taken / this.#span(use.first, use.last) < DENSE) return undefined;
    const groups = use.first.group === 0 && use.first.file <= 1 && !use.isLate
      ? use.taken
      : Math.floor(use.taken / 4);
    return groups === 0 ? undefined : { after: use.last, groups };
  }

  /** Whether a column was taken of all row groups of the only file. */
  #isOver(): boolean {
    const groups = this.#groupsOf(0);
    return groups > 1 && this.#uses.values().some(({ taken }) => taken === groups);
  }

  /** Row groups from `first` to `last`. */
  #span(first: GroupPlace, last: GroupPlace): number {
    if (first.file === last.file) return last.group - first.group + 1;
    let span = this.#groupsOf(first.file) - first.group + last.group + 1;
    const between = last.file - first.file - 1;
    // Files of a dataset are alike: a few tell how many row groups they have.
    const sample = Math.min(between, 16);
    let groups = 0;
    for (let i = 1; i <= sample; i++) groups += this.#groupsOf(first.file + i);
    if (sample > 0) span += between * groups / sample;
    return span;
  }
}

function isBefore(a: GroupPlace, b: GroupPlace): boolean {
  return a.file < b.file || (a.file === b.file && a.group < b.group);
}
