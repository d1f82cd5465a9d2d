/**
 * The SQL of the demo, as a person would type it. Every line fits a terminal of 80 characters.
 *
 * @module
 */

/** A table: which airlines leave late. */
export const airlines = (bucket: string) =>
  `\
SELECT a.name AS airline, count(*) AS flights,
       round(avg(f.dep_delay), 1) AS mean_delay,
       round(100 * avg((f.dep_delay > 15)::INT), 1) AS late_percent
FROM 's3://${bucket}/nycflights13/flights.parquet' AS f
JOIN 's3://${bucket}/nycflights13/airlines.csv' AS a USING (carrier)
GROUP BY airline HAVING flights > 1000
ORDER BY mean_delay DESC`;

/** A chart: delays by hour, in rain and without. */
export const rain = (bucket: string) =>
  `\
SELECT f.hour, if(w.precip > 0, 'rain', 'dry') AS weather,
       count(*) AS flights, round(avg(f.dep_delay), 1) AS mean_delay
FROM 's3://${bucket}/nycflights13/flights.parquet' AS f
JOIN read_csv('s3://${bucket}/nycflights13/weather.csv.gz', nullstr = 'NA')
  AS w USING (origin, time_hour)
WHERE f.dep_delay IS NOT NULL AND f.hour BETWEEN 6 AND 22
GROUP BY ALL ORDER BY ALL`;

/** A table: countries with the most earthquakes. */
export const quakesByCountry = (bucket: string) =>
  `\
SELECT c.name AS country, count(*) AS earthquakes, max(q.mag) AS strongest,
       round(max(ST_Z(q.geom))) AS deepest_km
FROM ST_Read('s3://${bucket}/earthquakes/2018-02-07.geojson') AS q
JOIN 's3://${bucket}/borders/countries.parquet' AS c
  ON ST_Contains(c.geometry, ST_SetCRS(q.geom, 'OGC:CRS84'))
GROUP BY country ORDER BY earthquakes DESC, country`;

/** To be written by month: each flight with the weather at its departure. */
export const flightsWithWeather = (bucket: string) =>
  `\
SELECT f.month, f.day, f.time_hour, f.carrier, f.flight, f.origin, f.dest,
       f.dep_delay, f.arr_delay, w.temp, w.precip, w.wind_speed, w.visib
FROM 's3://${bucket}/nycflights13/flights.parquet' AS f
LEFT JOIN read_csv('s3://${bucket}/nycflights13/weather.csv.gz', nullstr = 'NA')
  AS w USING (origin, time_hour)`;

/** To be written as GeoParquet: each earthquake with the country it was in. */
export const quakesWithCountry = (bucket: string) =>
  `\
SELECT q.id, to_timestamp(q.time / 1000) AS time, q.mag, q.place,
       ST_Z(q.geom) AS depth_km, c.name AS country,
       ST_SetCRS(ST_Force2D(q.geom), 'OGC:CRS84') AS geometry
FROM ST_Read('s3://${bucket}/earthquakes/2018-02-07.geojson') AS q
LEFT JOIN 's3://${bucket}/borders/countries.parquet' AS c
  ON ST_Contains(c.geometry, ST_SetCRS(q.geom, 'OGC:CRS84'))`;

/** The sums that must agree between the question and what was written. */
export const flightTotals = (source: string) =>
  `\
SELECT count(*) AS rows, sum(dep_delay)::BIGINT AS checksum
FROM ${source}`;

/** The same for earthquakes. */
export const quakeTotals = (source: string) =>
  `\
SELECT count(*) AS rows, count(country) AS on_land
FROM ${source}`;

/** For the map, from what was written. */
export const quakePoints = (uri: string) =>
  `\
SELECT ST_X(geometry) AS longitude, ST_Y(geometry) AS latitude,
       mag, 10 ** (mag - 5) AS motion, depth_km, place
FROM '${uri}'
WHERE mag > 0 ORDER BY mag DESC`;

/** Outlines for the map. */
export const outlines = (bucket: string) =>
  `SELECT name, geom FROM ST_Read('s3://${bucket}/borders/countries-110m.fgb')`;
