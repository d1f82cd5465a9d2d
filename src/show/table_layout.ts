/**
 * Which columns of a wide result are shown, and how wide each is.
 *
 * @module
 */

/** What the layout knows of a column, in terminal columns. */
export interface ColumnNeed {
  /** Width at which nothing is cut. */
  readonly natural: number;
  /** Width below which the column is rather left out than cut. */
  readonly least: number;
}

/** A shown column, or the mark for the ones left out. */
export type LaidColumn = { readonly index: number; readonly width: number } | "gap";

/** Columns that a table's own lines take: `│ ` before each cell, a space after, `│` at the end. */
const BORDER = 3;
const LAST_BORDER = 1;

/**
 * Fits columns into `width`: all at their natural widths if they fit; else the widest are cut, no
 * further than `least`; else columns are left out in the middle. The first is always shown.
 */
export function layOut(needs: readonly ColumnNeed[], width: number): LaidColumn[] {
  const kept = chooseColumns(needs, width);
  const isCut = kept.length < needs.length;
  const room = width - LAST_BORDER - BORDER * (kept.length + (isCut ? 1 : 0)) - (isCut ? 1 : 0);
  const widths = shareWidth(kept.map((index) => needs[index]), room);
  const laid: LaidColumn[] = kept.map((index, at) => ({ index, width: widths[at] }));
  const gap = kept.findIndex((index, at) => index !== at);
  if (isCut) laid.splice(gap === -1 ? kept.length : gap, 0, "gap");
  return laid;
}

/** Indices of the columns that fit at their least widths, taken from both ends, the first first. */
function chooseColumns(needs: readonly ColumnNeed[], width: number): number[] {
  const total = needs.reduce((sum, need) => sum + need.least + BORDER, LAST_BORDER);
  if (total <= width || needs.length <= 1) return needs.map((_, index) => index);
  let room = width - LAST_BORDER - (BORDER + 1);
  const head: number[] = [0];
  const tail: number[] = [];
  room -= needs[0].least + BORDER;
  while (head.length + tail.length < needs.length) {
    const fromHead = head.length <= tail.length * 2;
    const index = fromHead ? head.length : needs.length - 1 - tail.length;
    if (needs[index].least + BORDER > room) break;
    room -= needs[index].least + BORDER;
    if (fromHead) head.push(index);
    else tail.unshift(index);
  }
  return [...head, ...tail];
}

/** Lowers one ceiling over all columns until they fit `room`; the rest of the room is handed out. */
function shareWidth(needs: readonly ColumnNeed[], room: number): number[] {
  const at = (ceiling: number) =>
    needs.map((need) => Math.max(need.least, Math.min(need.natural, ceiling)));
  const sum = (widths: number[]) => widths.reduce((total, width) => total + width, 0);
  let low = 1;
  let high = Math.max(1, ...needs.map((need) => need.natural));
  if (sum(at(high)) <= room) return at(high);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (sum(at(middle)) <= room) low = middle;
    else high = middle - 1;
  }
  const widths = at(low);
  let spare = room - sum(widths);
  for (let index = 0; index < widths.length && spare > 0; index++) {
    if (widths[index] >= needs[index].natural) continue;
    widths[index]++;
    spare--;
  }
  if (widths.length === 1) widths[0] = Math.max(1, Math.min(widths[0], room));
  return widths;
}
