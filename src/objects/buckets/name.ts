/**
 * What a bucket may be called.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 * @module
 */

/** A rule that a name breaks. */
export interface BrokenRule {
  readonly rule: string;
  /** Whether other services than AWS have it as well; the others may take the name. */
  readonly everywhere: boolean;
}

interface Rule extends BrokenRule {
  readonly broken: (name: string) => boolean;
}

const RULES: readonly Rule[] = [
  rule("it must have 3 to 63 characters", (name) => name.length < 3 || name.length > 63),
  rule("it may have lower-case letters, no capitals", (name) => /[A-Z]/.test(name), false),
  rule("it may have no underscore", (name) => name.includes("_"), false),
  rule(
    "it may have letters, digits, dots and hyphens only",
    (name) => /[^A-Za-z0-9._-]/.test(name),
  ),
  rule(
    "it must begin with a letter or a digit",
    (name) => name !== "" && !/^[A-Za-z0-9]/.test(name),
  ),
  rule(
    "it must end with a letter or a digit",
    (name) => name !== "" && !/[A-Za-z0-9]$/.test(name),
  ),
  rule("it may have no two dots together", (name) => name.includes("..")),
  rule("it may have no dot beside a hyphen", (name) => /\.-|-\./.test(name), false),
  rule("it must not look like an IP address", (name) => /^\d+\.\d+\.\d+\.\d+$/.test(name)),
  ...["xn--", "sthree-", "amzn-s3-demo-"].map((start) =>
    rule(`it must not begin with ${start}`, (name) => name.startsWith(start), false)
  ),
  ...["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].map((end) =>
    rule(`it must not end with ${end}`, (name) => name.endsWith(end), false)
  ),
];

/** The rules of AWS for general purpose buckets that `name` breaks; empty when it is good. */
export function brokenNameRules(name: string): BrokenRule[] {
  return RULES.filter(({ broken }) => broken(name)).map(({ rule, everywhere }) => ({
    rule,
    everywhere,
  }));
}

function rule(text: string, broken: (name: string) => boolean, everywhere = true): Rule {
  return { rule: text, broken, everywhere };
}
