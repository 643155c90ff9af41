"""HTTP in front of the relay. `respond` decides; the handler only moves bytes."""

import json
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Dict, Mapping

from relay.model import InvalidEvent, SignatureRejected
from relay.service import Relay

MOST_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Reply:
    status: int
    payload: Dict[str, Any]


def respond(relay: Relay, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """What to answer to one request. Header names may be in any case."""
    if path != "/events":
        return Reply(404, {"error": "not_found"})
    if method != "POST":
        return Reply(405, {"error": "method_not_allowed"})
    if len(body) > MOST_BYTES:
        return Reply(413, {"error": "too_large"})
    try:
        receipt = relay.receive(body, headers)
    except InvalidEvent as error:
        return Reply(400, {"error": error.code})
    except SignatureRejected as error:
        return Reply(401, {"error": error.code})
    return Reply(202, {"event_id": receipt.event_id, "duplicate": receipt.duplicate})


def serve(relay: Relay, port: int) -> None:
    """Answers until interrupted, one request after the other."""
    HTTPServer(("127.0.0.1", port), handler_for(relay)).serve_forever()


def handler_for(relay: Relay):
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            try:
                length = int(self.headers.get("Content-Length") or 0)
            except ValueError:
                length = 0
            body = self.rfile.read(min(max(length, 0), MOST_BYTES + 1))
            reply = respond(relay, self.command, self.path, dict(self.headers.items()), body)
            content = json.dumps(reply.payload).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _answer

        def log_message(self, format, *arguments):
            """Access logs are the proxy's task."""

    return Handler
