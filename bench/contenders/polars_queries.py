"""The bench's questions in polars: one JSON command a line in, one JSON answer a line out."""

import datetime
import json
import os
import sys
import time

import polars as pl

BUCKET = "s3://bench/"
OPTIONS = {
    "aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"],
    "aws_secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],
    "aws_endpoint_url": os.environ["AWS_ENDPOINT_URL_S3"],
    "aws_region": os.environ["AWS_REGION"],
    "aws_allow_http": "true",
}
STATION = {
    "station": pl.Int64,
    "time": pl.String,
    "rain": pl.Float64,
    "temperature": pl.Float64,
    "wind": pl.Float64,
    "snow": pl.Float64,
}


def parquet(path, **options):
    return pl.scan_parquet(BUCKET + path, storage_options=OPTIONS, **options)


def csv(path, **options):
    return pl.scan_csv(BUCKET + path, storage_options=OPTIONS, **options)


def big():
    return parquet("big.parquet")


def many():
    return parquet("many/*/*.parquet", hive_partitioning=True)


def by_kind(frame):
    return frame.group_by("kind").agg(pl.len(), pl.col("value").mean()).sort("kind")


def stations():
    """Finds the columns of each file by itself, as DuckDB does; a glob takes those of its first file."""
    files = [csv(f"stations/{number:03}.csv") for number in range(500)]
    return pl.concat(files, how="diagonal_relaxed").select(
        pl.len(), *(pl.col(name).sum() for name in ("rain", "wind", "snow", "temperature"))
    )


def stations_told():
    """The same with every column told beforehand: no rival of a question that finds them."""
    frame = csv("stations/*.csv", schema=STATION, missing_columns="insert", extra_columns="ignore")
    return frame.select(
        pl.len(), *(pl.col(name).sum() for name in ("rain", "wind", "snow", "temperature"))
    )


def in_box():
    box = pl.col("bbox").struct
    return (box.field("xmin") <= 12) & (box.field("xmax") >= 5) & (box.field("ymin") <= 52) & (
        box.field("ymax") >= 46
    )


QUERIES = {
    "count": lambda: big().select(pl.len()),
    "one-column": lambda: big().select(pl.col("temperature").mean()),
    "group-by": lambda: big()
    .group_by("category")
    .agg(pl.col("temperature").mean(), pl.col("amount").sum())
    .sort("category"),
    "range": lambda: big()
    .filter(pl.col("id").is_between(4000000, 4050000))
    .select(pl.len(), pl.col("pressure").mean()),
    "one-row": lambda: big().filter(pl.col("id") == 5123456),
    "limit": lambda: big().head(10),
    "top": lambda: big().sort("amount", descending=True).head(5),
    "wide": lambda: big().select(
        *(pl.col(c).sum() for c in ("temperature", "pressure", "humidity", "wind")),
        pl.col("amount").max(),
        pl.col("code").max(),
    ),
    "many-count": lambda: many().select(pl.len()),
    "many-group": lambda: many().group_by("part").agg(pl.col("temperature").mean()).sort("part"),
    "small": lambda: parquet("small/*.parquet").select(pl.len(), pl.col("amount").sum()),
    "join": lambda: parquet("orders.parquet")
    .join(parquet("customers.parquet"), on="customer_id")
    .group_by("segment")
    .agg(pl.len(), pl.col("price").sum())
    .sort("segment"),
    "csv-group": lambda: by_kind(csv("readings.csv")),
    "csv-limit": lambda: csv("readings.csv").head(5),
    "stations": stations,
    "stations-told": stations_told,
    "csv-gzip": lambda: by_kind(csv("readings.csv.gz")),
    "geoparquet": lambda: parquet("points.parquet")
    .filter(in_box())
    .select(pl.len(), pl.col("value").sum()),
}


def plain(value):
    """A value as JSON: integers as text, because they may be large."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return str(value)
    return value


def answer(frame):
    return [[plain(value) for value in row] for row in frame.rows()]


def main():
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        query = QUERIES[json.loads(line)["name"]]
        began = time.perf_counter()
        frame = query().collect()
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "answer": answer(frame)}), flush=True)


if __name__ == "__main__":
    main()
