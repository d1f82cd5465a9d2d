/**
 * The content type of a file, by the end of its name.
 *
 * @see https://www.iana.org/assignments/media-types/media-types.xhtml
 * @module
 */

const BY_EXTENSION: Readonly<Record<string, string>> = {
  arrow: "application/vnd.apache.arrow.file",
  avif: "image/avif",
  avro: "application/vnd.apache.avro",
  bz2: "application/x-bzip2",
  css: "text/css",
  csv: "text/csv",
  doc: "application/msword",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  feather: "application/vnd.apache.arrow.file",
  fgb: "application/vnd.flatgeobuf",
  geojson: "application/geo+json",
  gif: "image/gif",
  gpkg: "application/geopackage+sqlite3",
  grib: "application/wmo-grib",
  grib2: "application/wmo-grib",
  gz: "application/gzip",
  h5: "application/x-hdf5",
  hdf5: "application/x-hdf5",
  htm: "text/html",
  html: "text/html",
  ico: "image/vnd.microsoft.icon",
  ipynb: "application/x-ipynb+json",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: "text/javascript",
  json: "application/json",
  jsonl: "application/jsonl",
  kml: "application/vnd.google-earth.kml+xml",
  kmz: "application/vnd.google-earth.kmz",
  log: "text/plain",
  md: "text/markdown",
  mjs: "text/javascript",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  nc: "application/x-netcdf",
  nc4: "application/x-netcdf",
  ndjson: "application/x-ndjson",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
  parquet: "application/vnd.apache.parquet",
  pdf: "application/pdf",
  png: "image/png",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  py: "text/x-python",
  sql: "application/sql",
  svg: "image/svg+xml",
  tar: "application/x-tar",
  tgz: "application/gzip",
  tif: "image/tiff",
  tiff: "image/tiff",
  toml: "application/toml",
  tsv: "text/tab-separated-values",
  txt: "text/plain",
  wasm: "application/wasm",
  wav: "audio/wav",
  webm: "video/webm",
  webp: "image/webp",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  xml: "application/xml",
  xz: "application/x-xz",
  yaml: "application/yaml",
  yml: "application/yaml",
  zip: "application/zip",
  zst: "application/zstd",
};

/** The type of what `name` names; bytes when it says nothing. */
export function contentTypeOf(name: string): string {
  const extension = /\.([^./]+)$/.exec(name)?.[1].toLowerCase() ?? "";
  return Object.hasOwn(BY_EXTENSION, extension)
    ? BY_EXTENSION[extension]
    : "application/octet-stream";
}
