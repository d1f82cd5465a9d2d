/**
 * Names of columns.
 *
 * @module
 */

/** Names that are unique: a second `x` becomes `x_1`, or the next name that is free. */
export function uniqueNames(names: readonly string[]): string[] {
  const given = new Set(names);
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 1; used.has(unique) || (unique !== name && given.has(unique)); i++) {
      unique = `${name}_${i}`;
    }
    used.add(unique);
    return unique;
  });
}
