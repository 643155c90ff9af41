"""Signatures, the same in both directions: `v1=` and HMAC-SHA256 over timestamp, id and body."""

import hashlib
import hmac
import re
from typing import Mapping

from relay.model import SignatureRejected

ID, TIMESTAMP, SIGNATURE = "Relay-Id", "Relay-Timestamp", "Relay-Signature"

_TIMESTAMP_FORM = re.compile(r"[0-9]{1,12}")
_ENTRY_FORM = re.compile(r"v1=[0-9a-f]{64}")


def sign(secret: str, timestamp: int, message_id: str, body: bytes) -> str:
    """The value of `Relay-Signature` for one secret."""
    signed = f"{timestamp}.{message_id}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: int, tolerance: int) -> None:
    """Raises SignatureRejected unless `headers` sign `body` with `secret`, within `tolerance` seconds of `now`.

    The tolerance holds in both directions: two clocks may differ, but a request from next week is not billing's.
    """
    values = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp, signatures = (values[name.lower()] for name in (ID, TIMESTAMP, SIGNATURE))
    except KeyError as error:
        raise SignatureRejected("missing_header", f"{error.args[0]} is not there") from None
    if not _TIMESTAMP_FORM.fullmatch(timestamp):
        raise SignatureRejected("malformed_header", f"{TIMESTAMP} is not a number of seconds")
    entries = [entry.strip(" ") for entry in signatures.split(",")]
    candidates = [entry for entry in entries if _ENTRY_FORM.fullmatch(entry)]
    if not candidates:
        raise SignatureRejected("malformed_header", f"{SIGNATURE} has no v1 entry")
    # The digits as they came are what was signed: 007 and 7 are different bytes.
    signed = f"{timestamp}.{message_id}.".encode("utf-8", "surrogateescape") + body
    expected = "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    # Every candidate is compared, so that the time taken does not tell which one was near.
    if not any([hmac.compare_digest(expected, candidate) for candidate in candidates]):
        raise SignatureRejected("bad_signature", "no signature is right")
    if abs(now - int(timestamp)) > tolerance:
        raise SignatureRejected("stale", f"the timestamp is more than {tolerance} seconds away from our clock")
