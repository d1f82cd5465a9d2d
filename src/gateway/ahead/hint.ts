/**
 * What is known of a statement before it reads: from its plan.
 *
 * @module
 */

/** A scan that reads all row groups of its files: without a LIMIT, or a filter that may leave some out. */
export interface WholeScan {
  /**
   * Names of the columns that it reads, at the top of the schema, those of hive folders among them or
   * not; undefined: all.
   */
  readonly columns: readonly string[] | undefined;
}

/** The scans of a statement. Files are matched by their columns, so that no name of a file is needed. */
export interface ReadHint {
  readonly scans: readonly WholeScan[];
}

/**
 * The columns of a file that the statement will read of every row group; undefined when none of its
 * scans fits, or more than one that differ.
 *
 * @param paths dotted paths of the file's leaves
 * @param key of the file: `year=2024/` in it is a column as well
 */
export function expectedColumns(
  { scans }: ReadHint,
  paths: readonly string[],
  key: string,
): readonly string[] | undefined {
  const folders = [...key.matchAll(/([^/=]+)=[^/]*\//g)].map(([, name]) => name);
  const tops = new Set([...paths.map(topOf), ...folders]);
  const fitting = scans.filter(({ columns }) => columns?.every((each) => tops.has(each)) ?? true);
  if (fitting.length !== 1) return undefined;
  const [{ columns }] = fitting;
  if (columns === undefined) return paths;
  const wanted = new Set(columns);
  return paths.filter((path) => wanted.has(topOf(path)));
}

/** A name with a dot in it is not told from a struct: its file is then not matched, and learned. */
function topOf(path: string): string {
  return path.split(".", 1)[0];
}
