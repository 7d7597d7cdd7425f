"""AWS CloudTrail: which actions were used on what.

Source: AWS CloudTrail user guide, "CloudTrail record contents"; Service Authorization Reference for
actions that are named otherwise than the call.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from typing import cast

from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.statement import Json
from hauberk.formats.strict_json import parse

# Bytes of one file of events, unpacked; AWS writes files of some megabytes.
MAX_BYTES = 256 << 20
# Calls whose right has another name.
RIGHTS = {
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:ListParts": "s3:ListMultipartUploadParts",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "lambda:Invoke": "lambda:InvokeFunction",
}
# Services whose prefix is not the beginning of the event's source.
PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "tagging": "tag"}
# What an event says of its resource, for actions on a bucket itself.
OF_BUCKET = ("s3:List", "s3:GetBucket", "s3:PutBucket", "s3:CreateBucket", "s3:DeleteBucket")

Used = tuple[str, str]


def used(octets: bytes, name: str) -> Iterator[Used]:
    """(action, ARN) of every event that was allowed; `*` where an event names no resource.

    Raises Malformed and OverBudget.
    """
    if octets[:2] == b"\x1f\x8b":
        octets = _unpacked(octets, name)
    document = parse(octets, MAX_BYTES).value
    records = document.get("Records") if isinstance(document, dict) else document
    if not isinstance(records, list):
        raise Malformed(f"{name}: has no list of Records")
    for each in records:
        if isinstance(each, dict) and not each.get("errorCode"):
            yield from _of_event(cast(Mapping[str, Json], each))


def _unpacked(octets: bytes, name: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(octets)) as file:
            found = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise Malformed(f"{name}: is no whole gzip file") from None
    if len(found) > MAX_BYTES:
        raise OverBudget(f"{name}: unpacks to more than {MAX_BYTES} bytes")
    return found


def _of_event(event: Mapping[str, Json]) -> Iterator[Used]:
    service = str(event.get("eventSource", "")).partition(".")[0]
    call = f"{PREFIXES.get(service, service)}:{event.get('eventName', '')}"
    action = RIGHTS.get(call, call)
    arns = list(_arns(event, action))
    yield from ((action, each) for each in arns or ["*"])


def _arns(event: Mapping[str, Json], action: str) -> Iterator[str]:
    asked = event.get("requestParameters")
    if action.startswith("s3:") and isinstance(asked, dict) and asked.get("bucketName"):
        bucket, key = f"arn:aws:s3:::{asked['bucketName']}", asked.get("key")
        is_bucket = action.startswith(OF_BUCKET) or not key
        yield bucket if is_bucket else f"{bucket}/{key}"
        return
    listed = event.get("resources")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and isinstance(each.get("ARN"), str):
            yield str(each["ARN"])
