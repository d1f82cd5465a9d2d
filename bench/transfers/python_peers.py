"""Moves all below one place to another with obstore or boto3: PEER DIRECTION FROM TO."""

import asyncio
import concurrent.futures
import os
import sys

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
PART = 16 * 1024 * 1024


def files_below(folder):
    for name in sorted(os.listdir(folder)):
        yield name, os.path.join(folder, name)


def split(place):
    bucket, _, prefix = place.partition("/")
    return bucket, prefix


async def with_obstore(direction, source, target):
    import obstore
    from obstore.store import S3Store

    def store(bucket):
        return S3Store(
            bucket,
            endpoint=ENDPOINT,
            region=os.environ["AWS_REGION"],
            access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
            secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            virtual_hosted_style_request=False,
            client_options={"allow_http": True, "timeout": "600s"},
        )

    at_once = asyncio.Semaphore(32)

    async def up(there, path, key):
        async with at_once:
            with open(path, "rb") as file:
                await obstore.put_async(there, key, file, chunk_size=PART)

    async def part(here, key, file, start, end):
        async with at_once:
            got = await obstore.get_range_async(here, key, start=start, end=end)
            os.pwrite(file, got, start)

    async def down(here, key, size, path):
        file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        try:
            starts = range(0, size, PART)
            await asyncio.gather(
                *(part(here, key, file, start, min(start + PART, size)) for start in starts)
            )
        finally:
            os.close(file)

    async def copied(here, there, key, size, to, same):
        async with at_once:
            if same:
                await obstore.copy_async(here, key, to)
            else:
                got = await obstore.get_async(here, key)
                await obstore.put_async(there, to, got.stream(min_chunk_size=PART), chunk_size=PART)

    if direction == "up":
        bucket, prefix = split(target)
        there = store(bucket)
        await asyncio.gather(
            *(up(there, path, f"{prefix}/{name}") for name, path in files_below(source))
        )
        return
    bucket, prefix = split(source)
    here = store(bucket)
    found = [entry for batch in obstore.list(here, prefix=prefix) for entry in batch]
    if direction == "down":
        os.makedirs(target, exist_ok=True)
        await asyncio.gather(
            *(
                down(here, e["path"], e["size"], os.path.join(target, os.path.basename(e["path"])))
                for e in found
            )
        )
        return
    other, new_prefix = split(target)
    there = store(other)
    await asyncio.gather(
        *(
            copied(
                here,
                there,
                e["path"],
                e["size"],
                f"{new_prefix}/{os.path.basename(e['path'])}",
                bucket == other,
            )
            for e in found
        )
    )


def with_boto3(direction, source, target):
    import boto3
    from botocore.config import Config

    client = boto3.client("s3", config=Config(max_pool_connections=64))
    if direction == "up":
        bucket, prefix = split(target)
        work = [
            lambda name=name, path=path: client.upload_file(path, bucket, f"{prefix}/{name}")
            for name, path in files_below(source)
        ]
    else:
        bucket, prefix = split(source)
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix + "/")
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        if direction == "down":
            os.makedirs(target, exist_ok=True)
            work = [
                lambda key=key: client.download_file(
                    bucket, key, os.path.join(target, os.path.basename(key))
                )
                for key in keys
            ]
        else:
            other, new_prefix = split(target)
            work = [
                lambda key=key: client.copy(
                    {"Bucket": bucket, "Key": key}, other, f"{new_prefix}/{os.path.basename(key)}"
                )
                for key in keys
            ]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(one) for one in work]:
            done.result()


if __name__ == "__main__":
    peer, direction, source, target = sys.argv[1:]
    if peer == "obstore":
        asyncio.run(with_obstore(direction, source, target))
        # All is done: its threads abort the process now and then when Python is taken down under them.
        os._exit(0)
    else:
        with_boto3(direction, source, target)
