"""The webhook relay. Import what you need from here; the modules behind it may move."""

from relay.clock import Clock, SystemClock
from relay.model import (
    DeadLetter,
    Delivery,
    Endpoint,
    Event,
    InvalidEvent,
    NotDead,
    Receipt,
    RelayError,
    SignatureRejected,
    UnknownDelivery,
    UnknownEndpoint,
    UnknownSchema,
)
from relay.service import Relay, Settings
from relay.store import Store
from relay.transport import HttpTransport, Request, Response, Transport, TransportError

__all__ = [
    "Clock",
    "DeadLetter",
    "Delivery",
    "Endpoint",
    "Event",
    "HttpTransport",
    "InvalidEvent",
    "NotDead",
    "Receipt",
    "Relay",
    "RelayError",
    "Request",
    "Response",
    "Settings",
    "SignatureRejected",
    "Store",
    "SystemClock",
    "Transport",
    "TransportError",
    "UnknownDelivery",
    "UnknownEndpoint",
    "UnknownSchema",
]
