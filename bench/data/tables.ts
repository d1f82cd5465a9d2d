/**
 * The rows of the bench, as SQL: each value follows from its row's number, so that every machine makes
 * the same data.
 *
 * @module
 */

/** A number below `below` that looks random; `salt` tells columns apart. */
function pick(salt: number, below: number): string {
  return `(hash(i * 1000 + ${salt}) % ${below})::BIGINT`;
}

/** 13 columns: about 62 bytes a row in Parquet. */
const MEASUREMENTS: readonly (readonly [name: string, sql: string])[] = [
  ["id", "i::BIGINT"],
  ["time", "TIMESTAMP '2020-01-01' + INTERVAL (i * 13) SECOND"],
  ["station", `${pick(1, 1000)}::INTEGER`],
  ["category", `'category ' || ${pick(2, 20)}`],
  ["region", `['north', 'east', 'south', 'west'][1 + ${pick(3, 4)}]`],
  ["quality", `${pick(4, 5)}::TINYINT`],
  ["is_valid", `${pick(5, 10)} > 0`],
  ["temperature", `${pick(6, 100_000)} / 1000.0::DOUBLE - 30`],
  ["pressure", `900 + ${pick(7, 10_000_000)} / 50000.0::DOUBLE`],
  ["humidity", `${pick(8, 1_000_000)} / 10000.0::DOUBLE`],
  ["wind", `${pick(9, 1_000_000)} / 20000.0::DOUBLE`],
  ["amount", `${pick(10, 100_000_000)}`],
  ["code", `printf('%016x', ${pick(11, 9_007_199_254_740_991)})`],
];

/** Rows `from` to `to`, the last one not among them. */
export function measurements(from: number, to: number): string {
  return select(MEASUREMENTS, from, to);
}

const READINGS: readonly (readonly [name: string, sql: string])[] = [
  ["id", "i::BIGINT"],
  ["time", "strftime(TIMESTAMP '2021-01-01' + INTERVAL (i * 7) SECOND, '%Y-%m-%d %H:%M:%S')"],
  ["sensor", `'sensor-' || ${pick(21, 200)}`],
  ["kind", `['rain', 'sun', 'snow', 'fog', 'hail'][1 + ${pick(22, 5)}]`],
  ["value", `${pick(23, 10_000_000)} / 1000.0::DOUBLE`],
  ["error", `${pick(24, 1_000_000)} / 100000.0::DOUBLE`],
  ["count", `${pick(25, 100_000)}::INTEGER`],
  ["note", `printf('%010x', ${pick(26, 1_099_511_627_776)})`],
];

/** Rows for CSV files: about 75 bytes each. */
export function readings(from: number, to: number): string {
  return select(READINGS, from, to);
}

/** Number of kinds of station files; the columns drift from kind to kind. */
export const STATION_KINDS = 4;

/** The file of one station: which columns it has, and in what order, depends on its number. */
export function station(number: number, rows: number): string {
  const kind = number % STATION_KINDS;
  const time: readonly [string, string] = [
    "time",
    "strftime(TIMESTAMP '2022-01-01' + INTERVAL (i) DAY, '%Y-%m-%d %H:%M:%S')",
  ];
  const column = (name: string, salt: number): readonly [string, string] => [
    name,
    `${pick(salt + number, 100_000)} / 1000.0::DOUBLE`,
  ];
  const columns: Record<number, (readonly [string, string])[]> = {
    0: [time, column("rain", 31), column("temperature", 41)],
    1: [time, column("temperature", 41), column("rain", 31), column("wind", 51)],
    2: [["station", `${number}`], time, column("temperature", 41)],
    3: [time, column("wind", 51), column("snow", 61), column("temperature", 41)],
  };
  return select(columns[kind], 0, rows);
}

/** Orders of customers, for the join. */
export function orders(from: number, to: number): string {
  return select(
    [
      ["order_id", "i::BIGINT"],
      ["customer_id", `${pick(71, 200_000)}`],
      ["product", `${pick(72, 5000)}::INTEGER`],
      ["price", `${pick(73, 100_000)} / 100.0::DOUBLE`],
      ["comment", `printf('%012x', ${pick(74, 1_000_000_000_000)})`],
    ],
    from,
    to,
  );
}

/** The customers of {@link orders}. */
export function customers(from: number, to: number): string {
  return select(
    [
      ["customer_id", "i::BIGINT"],
      ["name", `printf('customer %x', ${pick(81, 4_294_967_296)})`],
      ["segment", `['retail', 'industry', 'public', 'research'][1 + ${pick(82, 4)}]`],
      ["country", `${pick(83, 60)}::INTEGER`],
    ],
    from,
    to,
  );
}

/** Fields on a map, as polygons of four sides in degrees. */
export function fields(rows: number): string {
  const x = `(${pick(91, 3_400_000)} / 10000.0::DOUBLE - 170)`;
  const y = `(${pick(92, 1_600_000)} / 10000.0::DOUBLE - 80)`;
  return `SELECT i::INTEGER AS field, 'owner ' || ${pick(93, 500)} AS owner, ` +
    `${pick(94, 100_000)} / 10.0::DOUBLE AS area, ` +
    `ST_MakeEnvelope(${x}, ${y}, ${x} + 0.01, ${y} + 0.01) AS geom FROM range(${rows}) t(i)`;
}

/** Points in order of place, with the box that GeoParquet 1.1 calls `bbox`. */
export function points(rows: number): string {
  const x = `(${pick(95, 3_600_000)} / 10000.0::DOUBLE - 180)`;
  const y = `(${pick(96, 1_800_000)} / 10000.0::DOUBLE - 90)`;
  return `SELECT id, value, {'xmin': x, 'ymin': y, 'xmax': x, 'ymax': y} AS bbox, ` +
    `ST_Point(x, y) AS geometry FROM (SELECT i::BIGINT AS id, ` +
    `${pick(97, 1_000_000)} / 1000.0::DOUBLE AS value, ${x} AS x, ${y} AS y ` +
    `FROM range(${rows}) t(i)) ORDER BY floor(x / 5), floor(y / 5), id`;
}

function select(
  columns: readonly (readonly [string, string])[],
  from: number,
  to: number,
): string {
  const list = columns.map(([name, sql]) => `${sql} AS ${name}`).join(", ");
  return `SELECT ${list} FROM range(${from}, ${to}) t(i)`;
}
