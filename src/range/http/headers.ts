/**
 * The headers of an HTTP/1 message.
 *
 * @module
 */

/** Headers by name, in lower case. `Headers` are such. */
export interface MessageHeaders extends Iterable<[name: string, value: string]> {
  get(name: string): string | null;
  has(name: string): boolean;
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Latin1, without control characters; white space around it is none of it. */
const VALUE =
  /^[\t ]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[\t ]*$/;

/** Headers as they came, the values of one name joined. */
export class HeaderMap implements MessageHeaders {
  readonly #values: Map<string, string>;

  constructor(entries?: Iterable<readonly [name: string, value: string]>) {
    this.#values = new Map(entries);
  }

  get(name: string): string | null {
    return this.#values.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  add(name: string, value: string): void {
    const before = this.#values.get(name);
    this.#values.set(name, before === undefined ? value : `${before}, ${value}`);
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.#values.entries();
  }
}

/**
 * Reads the lines of a head after its first.
 *
 * @throws {TypeError} when one of them is no header
 */
export function parseHeaders(lines: readonly string[]): HeaderMap {
  const headers = new HeaderMap();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = VALUE.exec(line.slice(colon + 1))?.[1];
    if (colon < 1 || !NAME.test(name) || value === undefined) {
      throw new TypeError("the message has a header that is none");
    }
    headers.add(name, value);
  }
  return headers;
}
