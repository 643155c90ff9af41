"""The webhook relay. Import what you need from here; the modules behind it may move."""

from relay.clock import Clock, SystemClock
from relay.model import Delivery, Endpoint, Event, InvalidEvent, Receipt, RelayError
from relay.service import Relay, Settings
from relay.store import Store
from relay.transport import HttpTransport, Request, Response, Transport, TransportError

__all__ = [
    "Clock",
    "Delivery",
    "Endpoint",
    "Event",
    "HttpTransport",
    "InvalidEvent",
    "Receipt",
    "Relay",
    "RelayError",
    "Request",
    "Response",
    "Settings",
    "Store",
    "SystemClock",
    "Transport",
    "TransportError",
]
