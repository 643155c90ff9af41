"""A clock that stands still until it is told, and a transport that answers what it was told."""

import json
from typing import List, Union

from relay import Relay, Request, Response, Settings, Store, TransportError, signing

START = 1_767_225_600  # 2026-01-01T00:00:00Z
UPSTREAM_SECRET = "billing and relay share this"


class StillClock:
    def __init__(self, now: int = START):
        self._now = now

    def now(self) -> int:
        return self._now

    def forward(self, seconds: int) -> None:
        self._now += seconds


class ScriptedTransport:
    """Answers with the next of `answers` (a status, a Response or an error to raise), then with 200."""

    def __init__(self, *answers: Union[int, Response, Exception]):
        self.answers = list(answers)
        self.sent: List[Request] = []

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return Response(answer) if isinstance(answer, int) else answer


def no_answer() -> TransportError:
    return TransportError("ConnectionRefusedError: nobody listens")


def a_relay(*answers, path: str = ":memory:"):
    """A relay with its clock and transport."""
    clock, transport = StillClock(), ScriptedTransport(*answers)
    return Relay(Store(path), clock, transport, Settings(UPSTREAM_SECRET)), clock, transport


def an_event(id: str = "evt_1", type: str = "invoice.paid", **data) -> bytes:
    return json.dumps({"id": id, "type": type, "data": data}).encode()


def signed(body: bytes, at: int = START, message_id: str = "msg_1", secret: str = UPSTREAM_SECRET):
    """The headers with which billing sends `body`."""
    return {
        "Relay-Id": message_id,
        "Relay-Timestamp": str(at),
        "Relay-Signature": signing.sign(secret, at, message_id, body),
    }


def receive(relay: Relay, body: bytes, at: int = START):
    return relay.receive(body, signed(body, at))
