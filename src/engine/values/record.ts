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
