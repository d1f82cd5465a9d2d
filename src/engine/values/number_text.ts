/**
 * Text of numbers as DuckDB casts them to VARCHAR.
 *
 * @module
 */

/** A DOUBLE: `1.0`, `0.1`, `1e+20`, `1e-07`, `nan`, `-inf`, `-0.0`. */
export function doubleText(value: number): string {
  return floatingText(value, value.toExponential());
}

/**
 * A FLOAT, with the fewest digits that give the same 32 bits: `0.1`. DuckDB 1.5.5 writes more digits
 * than that for 2 % of values.
 */
export function floatText(value: number): string {
  if (!Number.isFinite(value) || value === 0) return doubleText(value);
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return floatingText(value, text);
  }
  return doubleText(value);
}

/** `scientific` is the shortest text of `value` in the form `d.ddde±x`. */
function floatingText(value: number, scientific: string): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa, power] = scientific.split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const size = Math.abs(exponent).toString().padStart(2, "0");
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const sign = value < 0 ? "-" : "";
  const digits = mantissa.replace("-", "").replace(".", "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}
