/**
 * MAP: a JavaScript Map whose keys are found by value.
 *
 * @module
 */
import type { Value } from "./types.ts";
import { canonicalText } from "./canonical.ts";

/**
 * A Map that finds keys such as timestamps, lists and structs by their value, not their identity:
 * `map.get(new DateValue(0))`. In all else an ordinary Map.
 */
export class ValueMap extends Map<Value, Value> {
  #byText: Map<string, Value> | undefined;

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    super();
    for (const [key, value] of entries) this.set(key, value);
  }

  override get(key: Value): Value | undefined {
    return super.get(this.#own(key));
  }

  override has(key: Value): boolean {
    return super.has(this.#own(key));
  }

  override set(key: Value, value: Value): this {
    const own = this.#own(key);
    super.set(own, value);
    if (this.#byText !== undefined && isObject(own)) this.#byText.set(canonicalText(own), own);
    return this;
  }

  override delete(key: Value): boolean {
    const own = this.#own(key);
    if (isObject(own)) this.#byText?.delete(canonicalText(own));
    return super.delete(own);
  }

  override clear(): void {
    this.#byText = undefined;
    super.clear();
  }

  #own(key: Value): Value {
    if (!isObject(key) || super.has(key)) return key;
    if (this.#byText === undefined) {
      this.#byText = new Map();
      for (const own of this.keys()) {
        if (isObject(own)) this.#byText.set(canonicalText(own), own);
      }
    }
    return this.#byText.get(canonicalText(key)) ?? key;
  }
}

function isObject(value: Value): boolean {
  return typeof value === "object" && value !== null;
}
