"""What boto3 does with a gateway; prints one JSON object for the test to look at."""

import hashlib
import io
import json
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

bucket = sys.argv[1]
client = boto3.client("s3")
seen = {}


def code(call, **arguments):
    try:
        call(**arguments)
        return "accepted"
    except ClientError as error:
        return error.response["Error"]["Code"]


key = "part=0/ż ó'%3D+&.txt"
client.put_object(Bucket=bucket, Key=key, Body=b"abc", Metadata={"a": "b"}, ContentType="text/x")
answer = client.get_object(Bucket=bucket, Key=key)
seen["object"] = [answer["Metadata"], answer["ContentType"], answer["Body"].read().decode()]
seen["keys"] = [each["Key"] for each in client.list_objects_v2(Bucket=bucket)["Contents"]]
seen["keys_v1"] = [each["Key"] for each in client.list_objects(Bucket=bucket)["Contents"]]

large = bytes(range(256)) * 80_000
client.upload_fileobj(io.BytesIO(large), bucket, "large")
back = io.BytesIO()
client.download_fileobj(bucket, "large", back)
seen["large"] = back.getvalue() == large
part = client.get_object(Bucket=bucket, Key="large", Range="bytes=1000-2999")
seen["part"] = [part["ResponseMetadata"]["HTTPStatusCode"], part["Body"].read() == large[1000:3000]]

for algorithm in ("CRC32", "SHA1", "SHA256"):
    body = io.BytesIO(b"hello world")
    client.put_object(Bucket=bucket, Key=algorithm, Body=body, ChecksumAlgorithm=algorithm)
signed = boto3.client("s3", config=Config(s3={"payload_signing_enabled": True}))
signed.put_object(Bucket=bucket, Key="signed", Body=b"123")

v4 = boto3.client("s3", config=Config(signature_version="s3v4"))
url = v4.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
seen["presigned"] = urllib.request.urlopen(url).read().decode()

upload = client.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
at = {"Bucket": bucket, "Key": "parts", "UploadId": upload}
client.upload_part(**at, PartNumber=1, Body=b"x" * 5 * 2**20)
seen["parts"] = [each["Size"] for each in client.list_parts(**at)["Parts"]]
seen["uploads"] = [u["Key"] for u in client.list_multipart_uploads(Bucket=bucket)["Uploads"]]
client.abort_multipart_upload(**at)

client.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
seen["copy"] = client.head_object(Bucket=bucket, Key="copy")["ContentLength"]
tags = {t: client.head_object(Bucket=bucket, Key=t)["ETag"].strip('"') for t in ("SHA1", "large")}
listed = {e["Key"]: e["ETag"].strip('"') for e in client.list_objects_v2(Bucket=bucket)["Contents"]}
seen["tags"] = all(listed[name] == tag for name, tag in tags.items())
seen["md5"] = tags["SHA1"] == hashlib.md5(b"hello world").hexdigest()

seen["codes"] = [
    code(client.get_object, Bucket=bucket, Key="none"),
    code(client.head_object, Bucket=bucket, Key="none"),
    code(client.list_objects_v2, Bucket="dipper-no-such-bucket"),
    code(client.get_object, Bucket=bucket, Key="large", Range="bytes=99999999-"),
    code(client.get_object, Bucket=bucket, Key="large", IfMatch='"other"'),
]
names = [each["Key"] for each in client.list_objects_v2(Bucket=bucket)["Contents"]]
client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": name} for name in names]})
seen["left"] = client.list_objects_v2(Bucket=bucket)["KeyCount"]
print(json.dumps(seen))
