"""What data libraries do with a gateway, each unchanged: reads, or writes and reads back.

usage: formats.py LIBRARY read|write BUCKET; prints one JSON object for the test to look at.
"""

import json
import os
import sys

library, mode, bucket = sys.argv[1:]
root = f"s3://{bucket}"


def is_missing(call):
    """Whether an object that is not there is said to be not there."""
    try:
        call()
    except FileNotFoundError:
        return True
    except Exception as error:
        text = f"{type(error).__name__}: {error}".lower()
        return any(word in text for word in ("404", "not found", "no such", "does not exist"))
    return False


def pandas():
    import pandas as pd

    if mode == "write":
        frame = pd.DataFrame({"a": range(200_000), "b": ["ż ó"] * 200_000})
        frame.to_parquet(f"{root}/pandas/a b.parquet")
        frame.to_csv(f"{root}/pandas/large.csv", index=False)
        back = pd.read_csv(f"{root}/pandas/large.csv")
        return {"same": frame.equals(pd.read_parquet(f"{root}/pandas/a b.parquet")), "rows": len(back)}
    flights = pd.read_parquet(f"{root}/flights.parquet", columns=["carrier", "distance"])
    airlines = pd.read_csv(f"{root}/airlines.csv")
    return {
        "rows": len(flights),
        "distance": int(flights["distance"].sum()),
        "airlines": len(airlines),
        "missing": is_missing(lambda: pd.read_csv(f"{root}/none.csv")),
    }


def s3fs():
    import s3fs

    files = s3fs.S3FileSystem(default_block_size=5 * 2**20)
    if mode == "write":
        body = bytes(range(256)) * 90_000  # 23 MB: several parts
        with files.open(f"{bucket}/s3fs/large.bin", "wb") as out:
            out.write(body)
        files.copy(f"{bucket}/s3fs/large.bin", f"{bucket}/s3fs/copy.bin")
        with files.open(f"{bucket}/s3fs/copy.bin", "rb") as back:
            same = back.read() == body
        files.pipe(f"{bucket}/s3fs/copy.bin", b"over")
        over = files.cat(f"{bucket}/s3fs/copy.bin") == b"over"
        files.rm(f"{bucket}/s3fs/copy.bin")
        files.invalidate_cache()
        return {"same": same, "over": over, "names": files.ls(f"{bucket}/s3fs")}
    with files.open(f"{bucket}/flights.parquet", "rb") as file:
        file.seek(-4, 2)
        magic = file.read().decode()
    return {
        "magic": magic,
        "size": files.size(f"{bucket}/flights.parquet"),
        "glob": [name.split("/", 1)[1] for name in files.glob(f"{bucket}/*.csv")],
        "missing": is_missing(lambda: files.cat(f"{bucket}/none")),
        "exists": files.exists(f"{bucket}/none"),
    }


def dask():
    import dask.dataframe as dd

    flights = dd.read_parquet(f"{root}/flights.parquet", columns=["carrier", "distance"])
    if mode == "write":
        flights.repartition(npartitions=3).to_parquet(f"{root}/dask")
        back = dd.read_parquet(f"{root}/dask")
        return {"rows": len(back), "distance": int(back["distance"].sum().compute())}
    return {"rows": len(flights), "distance": int(flights["distance"].sum().compute())}


def pyarrow():
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from pyarrow import fs

    # It reads no variable for the address.
    files = fs.S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL"])
    flights = pq.read_table(f"{bucket}/flights.parquet", columns=["distance"], filesystem=files)
    if mode == "write":
        pq.write_table(flights, f"{bucket}/pyarrow/a.parquet", filesystem=files)
        with files.open_output_stream(f"{bucket}/pyarrow/large.bin") as out:
            out.write(bytes(23_000_000))
        infos = files.get_file_info(fs.FileSelector(f"{bucket}/pyarrow", recursive=True))
        sizes = {each.base_name: each.size for each in infos if each.is_file}
        files.delete_file(f"{bucket}/pyarrow/large.bin")
        back = pq.read_table(f"{bucket}/pyarrow/a.parquet", filesystem=files)
        return {"same": back.equals(flights), "large": sizes["large.bin"]}
    return {
        "rows": len(flights),
        "distance": pc.sum(flights["distance"]).as_py(),
        "missing": is_missing(lambda: files.open_input_file(f"{bucket}/none")),
    }


def polars():
    import polars as pl

    flights = pl.scan_parquet(f"{root}/flights.parquet").select("carrier", "distance")
    if mode == "write":
        flights.sink_parquet(f"{root}/polars/a.parquet")
        flights.collect().write_csv(f"{root}/polars/a.csv")
        back = pl.read_parquet(f"{root}/polars/*.parquet")
        return {"same": back.equals(flights.collect()), "csv": pl.read_csv(f"{root}/polars/a.csv").height}
    seen = flights.select(pl.len(), pl.col("distance").sum()).collect().row(0)
    return {
        "rows": seen[0],
        "distance": int(seen[1]),
        "airlines": pl.scan_csv(f"{root}/airlines.csv").collect().height,
        "missing": is_missing(lambda: pl.read_parquet(f"{root}/none.parquet")),
    }


def rasterio():
    import numpy as np
    import rasterio as rio

    if mode == "write":
        with rio.open(f"{root}/image.tif") as image:
            pixels, profile = image.read(), image.profile
        with rio.Env(CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE="YES"):
            with rio.open(f"{root}/rasterio/copy.tif", "w", **profile) as out:
                out.write(pixels)
        with rio.open(f"{root}/rasterio/copy.tif") as back:
            return {"same": bool(np.array_equal(back.read(), pixels))}
    with rio.open(f"{root}/image.tif") as image:
        window = image.read(1, window=((10, 20), (10, 20)))
        return {
            "size": [image.width, image.height],
            "bands": image.count,
            "window": list(window.shape),
            "sum": int(image.read(1).sum()),
            "missing": is_missing(lambda: rio.open(f"{root}/none.tif")),
        }


def geopandas():
    import geopandas as gpd
    from pyogrio import read_dataframe, write_dataframe

    countries = gpd.read_file(f"{root}/countries.fgb")
    if mode == "write":
        write_dataframe(countries, f"/vsis3/{bucket}/geopandas/copy.fgb")
        countries.to_parquet(f"{root}/geopandas/copy.parquet")
        return {
            "flatgeobuf": len(read_dataframe(f"/vsis3/{bucket}/geopandas/copy.fgb")),
            "geoparquet": len(gpd.read_parquet(f"{root}/geopandas/copy.parquet")),
        }
    return {
        "countries": len(countries),
        "box": len(gpd.read_file(f"{root}/countries.fgb", bbox=(5, 45, 15, 55))),
        "cities": len(read_dataframe(f"/vsis3/{bucket}/cities.gpkg")),
        "missing": is_missing(lambda: gpd.read_file(f"{root}/none.fgb")),
    }


def duckdb():
    import duckdb as other

    connection = other.connect(config={"autoinstall_known_extensions": "false"})
    from importlib.resources import files

    folder = files("duckdb_extension_httpfs") / "extensions"
    path = next(each for each in folder.rglob("httpfs.duckdb_extension"))
    connection.execute(f"LOAD '{path}'")
    connection.execute("SET s3_url_style = 'path'")
    if mode == "write":
        connection.execute(
            f"COPY (FROM '{root}/flights.parquet') TO '{root}/duckdb' (PARTITION_BY carrier, FORMAT parquet)"
        )
        return {"rows": connection.sql(f"SELECT count(*) FROM '{root}/duckdb/*/*.parquet'").fetchone()[0]}
    rows, distance = connection.sql(
        f"SELECT count(*), sum(distance)::BIGINT FROM '{root}/flights.parquet'"
    ).fetchone()
    return {
        "rows": rows,
        "distance": distance,
        "airlines": connection.sql(f"SELECT count(*) FROM '{root}/*.csv'").fetchone()[0],
        "missing": is_missing(lambda: connection.sql(f"FROM '{root}/none.parquet'")),
    }


print(json.dumps(globals()[library]()))
