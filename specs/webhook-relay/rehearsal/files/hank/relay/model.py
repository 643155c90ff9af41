"""The words of the relay."""

import json
from dataclasses import dataclass, field
from typing import Optional, Tuple


class RelayError(Exception):
    """Something the relay refuses. `code` is stable; the text is for people."""

    code = "error"


class InvalidEvent(RelayError):
    code = "invalid_event"


class SignatureRejected(RelayError):
    def __init__(self, code, message=""):
        super().__init__(message or code)
        self.code = code


class UnknownEndpoint(RelayError):
    code = "unknown_endpoint"


class UnknownDelivery(RelayError):
    code = "unknown_delivery"


class NotDead(RelayError):
    code = "not_dead"


class UnknownSchema(RelayError):
    code = "unknown_schema"


@dataclass(frozen=True)
class Endpoint:
    """A customer's address. No `types` means every type."""

    id: str
    url: str
    secret: str = field(repr=False)
    types: Tuple[str, ...] = ()
    old_secret: Optional[str] = field(default=None, repr=False)
    old_secret_until: int = 0

    def wants(self, event_type: str) -> bool:
        return not self.types or event_type in self.types


@dataclass(frozen=True)
class Event:
    """What billing told us. `body` is what arrived, byte for byte, and is what customers get."""

    id: str
    type: str
    body: bytes = field(repr=False)
    received_at: int = 0

    @staticmethod
    def parse(body: bytes, received_at: int) -> "Event":
        """Reads id and type out of a JSON object with a non-empty `id` and `type`; raises InvalidEvent otherwise."""
        try:
            content = json.loads(body)
        except ValueError as error:
            raise InvalidEvent(f"the body is not JSON: {error}") from error
        if not isinstance(content, dict):
            raise InvalidEvent("the body is not a JSON object")
        for name in ("id", "type"):
            if not isinstance(content.get(name), str) or not content[name]:
                raise InvalidEvent(f"`{name}` is missing or not a text")
        return Event(content["id"], content["type"], body, received_at)


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one endpoint."""

    id: str
    event_id: str
    endpoint_id: str
    state: str  # "pending", "delivered" or "dead"
    attempts: int = 0
    last_status: Optional[int] = None
    last_error: Optional[str] = None
    next_attempt_at: Optional[int] = None


@dataclass(frozen=True)
class DeadLetter:
    delivery_id: str
    event_id: str
    event_type: str
    endpoint_id: str
    url: str
    reason: str
    attempts: int
    last_status: Optional[int]
    last_error: Optional[str]
    died_at: int


@dataclass(frozen=True)
class Receipt:
    """The answer to a received event."""

    event_id: str
    delivery_ids: Tuple[str, ...]
    duplicate: bool = False
