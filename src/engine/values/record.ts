/**
 * Objects whose keys are data.
 *
 * @module
 */

/** Sets an own field of `record`, whatever its name: `__proto__` too is a field like any other. */
export function setField<T>(record: Record<string, T>, name: string, value: T): void {
  if (name === "__proto__") {
    Object.defineProperty(record, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    record[name] = value;
  }
}

/** Whether the fields of a STRUCT have no names, as in `row(1, 2)`: it becomes an array. */
export function isUnnamed(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => name === "");
}

/** Names that are unique: a second `x` becomes `x_1`, as DuckDB does in CREATE TABLE AS. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 1; seen.has(unique) || (i > 1 && taken.has(unique)); i++) unique = `${name}_${i}`;
    seen.add(unique);
    return unique;
  });
}
