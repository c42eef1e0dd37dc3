"""Bodies in `aws-chunked`, as SDKs in other languages send them: `signed_chunks.py ENDPOINT FOLDER`.

boto3 knows these only over TLS, so its signer is used by hand.
"""

import base64
import hashlib
import http.client
import pathlib
import sys
import urllib.parse
import zlib

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ENDPOINT, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
HOST = urllib.parse.urlsplit(ENDPOINT).netloc
CONTENT = b"hello, " * 20_000
CHUNK = 64 << 10
EMPTY = hashlib.sha256(b"").hexdigest()
CHUNKS = [CONTENT[at : at + CHUNK] for at in range(0, len(CONTENT), CHUNK)]


class Signer(S3SigV4Auth):
    """Signs a hash that stands for a body in chunks."""

    def __init__(self, payload_hash):
        super().__init__(Credentials("AKIAWALK", "walk-secret"), "s3", "eu-central-1")
        self.payload_hash = payload_hash

    def payload(self, request):
        return self.payload_hash


def put(key, payload_hash, body, headers={}, length=len(CONTENT)):
    """Puts an object whose body is made from the request's signature. Gives status and code."""
    headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(length), **headers}
    request = AWSRequest("PUT", f"{ENDPOINT}/goods/{key}", headers=headers)
    signer = Signer(payload_hash)
    signer.add_auth(request)
    sent = body(signer, request)
    connection = http.client.HTTPConnection(HOST)
    connection.request("PUT", f"/goods/{key}", body=sent, headers={**dict(request.headers), "Content-Length": str(len(sent))})
    answer = connection.getresponse()
    words = answer.read().decode()
    return answer.status, words.partition("<Code>")[2].partition("</Code>")[0]


def signed(signer, request, spoil=False):
    """Each chunk carries a signature that follows from the one before."""
    previous = request.headers["Authorization"].rpartition("Signature=")[2]
    parts = []
    for chunk in [*CHUNKS, b""]:
        words = [
            "AWS4-HMAC-SHA256-PAYLOAD",
            request.context["timestamp"],
            signer.credential_scope(request),
            previous,
            EMPTY,
            hashlib.sha256(chunk).hexdigest(),
        ]
        previous = signer.signature("\n".join(words), request)
        if spoil:
            chunk = chunk.replace(b"hello", b"hullo")
        parts.append(b"%x;chunk-signature=%s\r\n%s\r\n" % (len(chunk), previous.encode(), chunk))
    return b"".join(parts)


def spoiled(signer, request):
    return signed(signer, request, spoil=True)


def trailing(checksum):
    """The chunks are not signed; a checksum comes behind them."""

    def body(signer, request):
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in CHUNKS)
        return chunks + b"0\r\nx-amz-checksum-crc32:" + checksum + b"\r\n\r\n"

    return body


(FOLDER / "objects/goods").mkdir()
RIGHT = base64.b64encode(zlib.crc32(CONTENT).to_bytes(4, "big"))
SIGNED, TRAILING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
TRAILER = {"x-amz-trailer": "x-amz-checksum-crc32"}
for case, answer, want in [
    ("signed chunks", put("signed", SIGNED, signed), (200, "")),
    ("a trailing checksum", put("trailing", TRAILING, trailing(RIGHT), TRAILER), (200, "")),
    ("a spoiled chunk", put("bad", SIGNED, spoiled), (403, "SignatureDoesNotMatch")),
    ("another checksum", put("bad", TRAILING, trailing(b"AAAAAQ=="), TRAILER), (400, "BadDigest")),
    ("more bytes than said", put("bad", SIGNED, signed, length=5), (400, "IncompleteBody")),
    ("fewer bytes than said", put("bad", TRAILING, trailing(RIGHT), TRAILER, len(CONTENT) + 1), (400, "IncompleteBody")),
]:
    assert answer == want, f"{case}: {answer}"
for key in ["signed", "trailing"]:
    assert (FOLDER / "objects/goods" / key).read_bytes() == CONTENT, key
assert not (FOLDER / "objects/goods/bad").exists()
