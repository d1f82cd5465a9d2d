/**
 * Tables of text in columns.
 *
 * @module
 */

/** Rows below a head; columns whose cells are numbers stand to the right. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => [...row[column]].length)));
  const isNumeric = head.map((_, column) =>
    rows.every((row) => row[column] === "" || /^[\d.,–/×✗✓ +~-]+( [×✗✓])?$/.test(row[column]))
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => {
      const room = " ".repeat(widths[column] - [...cell].length);
      return isNumeric[column] ? room + cell : cell + room;
    }).join("  ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [line(head), rule, ...rows.map(line)].join("\n");
}
