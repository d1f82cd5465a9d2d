/**
 * `-p name=value` and `-p name:TYPE=value`.
 *
 * @module
 */
import { InvalidArgumentError } from "commander";

/** One parameter as it was written. */
export interface ParamFlag {
  /** Name of `$name`, or the number of `$1`. */
  readonly name: string;
  /** SQL type, such as `DATE` or `INTEGER[]`; absent: to be seen from the text. */
  readonly type: string | undefined;
  readonly text: string;
}

/** Understands one `-p`, given those before it. */
export function collectParam(flag: string, before: readonly ParamFlag[]): readonly ParamFlag[] {
  const match = /^([A-Za-z_]\w*|[1-9]\d*)(?::([^=]+))?=([\s\S]*)$/.exec(flag);
  if (match === null) {
    throw new InvalidArgumentError("Write name=value or name:TYPE=value.");
  }
  const [, name, type, text] = match;
  if (before.some((other) => other.name === name)) {
    throw new InvalidArgumentError(`The parameter ${name} is given twice.`);
  }
  return [...before, { name, type: type?.trim(), text }];
}

/**
 * The value that `text` looks like: a whole number, a decimal number, true or false, else text.
 * A leading zero or plus makes it text (`01234` is a postal code).
 */
export function valueOf(text: string): bigint | number | boolean | string {
  if (/^-?(0|[1-9]\d{0,37})$/.test(text)) return BigInt(text);
  if (/^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(text)) {
    const number = Number(text);
    if (Number.isFinite(number)) return number;
  }
  if (text === "true" || text === "false") return text === "true";
  return text;
}
