/**
 * Names of columns.
 *
 * @module
 */

/**
 * Names that are unique: a second `x` becomes `x_1`, or the next name that is free.
 *
 * @param letters `ignore-case` where `X` is a second `x`, as in DuckDB's CSV reader, which counts on:
 * `a, a, A` become `a, a_1, A_2`
 */
export function uniqueNames(
  names: readonly string[],
  letters: "case" | "ignore-case" = "case",
): string[] {
  const fold = (name: string) => letters === "case" ? name : name.toLowerCase();
  const given = new Set(names.map(fold));
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 1; used.has(fold(unique)) || (unique !== name && given.has(fold(unique))); i++) {
      unique = `${name}_${i}`;
    }
    used.add(fold(unique));
    return unique;
  });
}
