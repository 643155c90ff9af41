import hashlib
import hmac
import re


def sign(secret, timestamp, message_id, body):
    message = str(timestamp).encode() + b"." + message_id.encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def verify(secret, headers, body, now):
    """Returns an error code, or None if everything is fine."""
    headers = {k.lower(): v for k, v in headers.items()}
    for name in ("relay-id", "relay-timestamp", "relay-signature"):
        if name not in headers:
            return "missing_header"
    timestamp = headers["relay-timestamp"]
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return "malformed_header"
    signatures = [s.strip() for s in headers["relay-signature"].split(",")]
    signatures = [s for s in signatures if re.fullmatch(r"v1=[0-9a-f]{64}", s)]
    if not signatures:
        return "malformed_header"
    expected = sign(secret, timestamp, headers["relay-id"], body)
    if not any(hmac.compare_digest(expected, s) for s in signatures):
        return "bad_signature"
    if now - int(timestamp) > 300:
        return "stale"
    return None
