"""A walk through the service with AWS's own library: `boto3.py ENDPOINT FOLDER`."""

import sys

# This folder has a file of the library's name.
sys.path.pop(0)

import hashlib
import io
import pathlib
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
OBJECTS = FOLDER / "objects"


def client(**config):
    return boto3.client("s3", endpoint_url=ENDPOINT, config=Config(**config))


def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    raise AssertionError(f"{call} was not refused")


aws = client(s3={"addressing_style": "path"})

# Buckets.
aws.create_bucket(Bucket="goods", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
aws.head_bucket(Bucket="goods")
aws.get_waiter("bucket_exists").wait(Bucket="goods")
(bucket,) = aws.list_buckets()["Buckets"]
assert bucket["Name"] == "goods" and bucket["CreationDate"], bucket
assert aws.get_bucket_location(Bucket="goods")["LocationConstraint"] is None
assert refused(aws.create_bucket, Bucket="goods", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}) == (
    409,
    "BucketAlreadyOwnedByYou",
)
assert refused(aws.head_bucket, Bucket="no-such-bucket") == (404, "404")

# Objects, with a checksum that the library makes and compares by itself.
put = aws.put_object(
    Bucket="goods",
    Key="a/ü b+c.txt",
    Body=b"hello",
    ContentType="text/plain",
    CacheControl="no-cache",
    Metadata={"origin": "a test"},
)
assert put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"', put
assert put["ChecksumCRC32"] == "NhCmhg==", put
assert (OBJECTS / "goods/a/ü b+c.txt").read_bytes() == b"hello"
got = aws.get_object(Bucket="goods", Key="a/ü b+c.txt")
assert got["Body"].read() == b"hello"
assert got["ChecksumCRC32"] == "NhCmhg==", got
assert (got["ContentType"], got["CacheControl"]) == ("text/plain", "no-cache"), got
assert got["Metadata"] == {"origin": "a test"}, got
for algorithm in ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]:
    try:
        aws.put_object(Bucket="goods", Key=algorithm, Body=b"hello", ChecksumAlgorithm=algorithm)
    except Exception as error:
        # Some want a library in C.
        assert "Missing Dependency" in str(error), error
        continue
    head = aws.head_object(Bucket="goods", Key=algorithm, ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] and head["ChecksumType"] == "FULL_OBJECT", head
    aws.delete_object(Bucket="goods", Key=algorithm)
assert refused(aws.get_object, Bucket="goods", Key="gone") == (404, "NoSuchKey")
assert refused(aws.head_object, Bucket="goods", Key="gone") == (404, "404")
part = aws.get_object(Bucket="goods", Key="a/ü b+c.txt", Range="bytes=1-3")
assert part["Body"].read() == b"ell" and part["ContentRange"] == "bytes 1-3/5", part

# Conditions.
assert refused(aws.put_object, Bucket="goods", Key="a/ü b+c.txt", Body=b"x", IfNoneMatch="*") == (
    412,
    "PreconditionFailed",
)
assert refused(aws.put_object, Bucket="goods", Key="a/ü b+c.txt", Body=b"x", IfMatch='"other"') == (
    412,
    "PreconditionFailed",
)
assert refused(aws.put_object, Bucket="goods", Key="gone", Body=b"x", IfMatch=put["ETag"]) == (404, "NoSuchKey")
put = aws.put_object(Bucket="goods", Key="a/ü b+c.txt", Body=b"bye", IfMatch=put["ETag"])
assert refused(aws.get_object, Bucket="goods", Key="a/ü b+c.txt", IfNoneMatch=put["ETag"]) == (304, "304")
assert refused(aws.delete_object, Bucket="goods", Key="a/ü b+c.txt", IfMatch='"other"') == (412, "PreconditionFailed")

# Copies.
aws.copy_object(Bucket="goods", Key="copy", CopySource={"Bucket": "goods", "Key": "a/ü b+c.txt"})
assert aws.get_object(Bucket="goods", Key="copy")["Body"].read() == b"bye"
aws.copy_object(
    Bucket="goods",
    Key="copy",
    CopySource="goods/copy",
    MetadataDirective="REPLACE",
    ContentType="text/css",
    CopySourceIfMatch=put["ETag"],
)
assert aws.head_object(Bucket="goods", Key="copy")["ContentType"] == "text/css"

# Uploads and downloads in parts, by several threads at once.
large = bytes(range(256)) * 50_000
config = TransferConfig(multipart_threshold=6 << 20, multipart_chunksize=5 << 20)
aws.upload_fileobj(io.BytesIO(large), "goods", "large", Config=config, ExtraArgs={"ContentType": "application/x-large"})
head = aws.head_object(Bucket="goods", Key="large")
hashes = b"".join(hashlib.md5(large[at : at + (5 << 20)]).digest() for at in range(0, len(large), 5 << 20))
assert head["ETag"] == f'"{hashlib.md5(hashes).hexdigest()}-3"', head
assert (head["ContentLength"], head["ContentType"]) == (len(large), "application/x-large"), head
back = io.BytesIO()
aws.download_fileobj("goods", "large", back, Config=config)
assert back.getvalue() == large
aws.copy({"Bucket": "goods", "Key": "large"}, "goods", "large copy", Config=config)
assert aws.get_object(Bucket="goods", Key="large copy")["Body"].read() == large
upload = aws.create_multipart_upload(Bucket="goods", Key="unfinished")["UploadId"]
aws.upload_part(Bucket="goods", Key="unfinished", UploadId=upload, PartNumber=7, Body=b"part")
assert [it["UploadId"] for it in aws.list_multipart_uploads(Bucket="goods")["Uploads"]] == [upload]
(part,) = aws.list_parts(Bucket="goods", Key="unfinished", UploadId=upload)["Parts"]
assert (part["PartNumber"], part["Size"]) == (7, 4), part
aws.abort_multipart_upload(Bucket="goods", Key="unfinished", UploadId=upload)
assert "Uploads" not in aws.list_multipart_uploads(Bucket="goods")

# Lists.
for number in range(25):
    (OBJECTS / f"goods/many-{number:02}").write_text("x")
pages = aws.get_paginator("list_objects_v2").paginate(Bucket="goods", PaginationConfig={"PageSize": 7})
keys = [it["Key"] for page in pages for it in page["Contents"]]
assert keys == sorted(keys) and len(keys) == 29 and "a/ü b+c.txt" in keys, keys
pages = aws.get_paginator("list_objects").paginate(Bucket="goods", Delimiter="/", PaginationConfig={"PageSize": 7})
assert [it["Prefix"] for page in pages for it in page.get("CommonPrefixes", [])] == ["a/"]

# Links, and who has none.
link = aws.generate_presigned_url("get_object", Params={"Bucket": "goods", "Key": "copy"})
assert urllib.request.urlopen(link).read() == b"bye"
link = aws.generate_presigned_url("put_object", Params={"Bucket": "goods", "Key": "by link"})
assert urllib.request.urlopen(urllib.request.Request(link, data=b"linked", method="PUT")).status == 200
assert (OBJECTS / "goods/by link").read_bytes() == b"linked"
try:
    urllib.request.urlopen(link.replace("by%20link", "by%20other"))
    raise AssertionError("a link is for one object")
except urllib.error.HTTPError as error:
    assert error.code == 403, error
stranger = client(signature_version=UNSIGNED)
assert refused(stranger.get_object, Bucket="goods", Key="copy") == (403, "AccessDenied")
aws.create_bucket(Bucket="public-goods", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
aws.put_object(Bucket="public-goods", Key="shown", Body=b"shown")
assert stranger.get_object(Bucket="public-goods", Key="shown")["Body"].read() == b"shown"
assert refused(stranger.list_objects_v2, Bucket="public-goods") == (403, "AccessDenied")
assert refused(stranger.put_object, Bucket="public-goods", Key="shown", Body=b"x") == (403, "AccessDenied")

# Deletions.
assert refused(aws.delete_bucket, Bucket="goods") == (409, "BucketNotEmpty")
resource = boto3.resource("s3", endpoint_url=ENDPOINT)
for name in ["goods", "public-goods"]:
    resource.Bucket(name).objects.all().delete()
    aws.delete_bucket(Bucket=name)
assert aws.list_buckets()["Buckets"] == []
