"""The relay itself: what comes in, what goes out, and what one can look at."""

import uuid
from dataclasses import dataclass, field
from typing import Callable, List, Mapping, Sequence

from relay.clock import Clock
from relay.model import Delivery, Endpoint, Event, Receipt
from relay.store import Store
from relay.transport import Request, Transport, TransportError


@dataclass(frozen=True)
class Settings:
    """`upstream_secret` is what billing and we share."""

    upstream_secret: str = field(repr=False)


def random_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"


class Relay:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        transport: Transport,
        settings: Settings,
        new_id: Callable[[str], str] = random_id,
    ):
        self._store = store
        self._clock = clock
        self._transport = transport
        self._settings = settings
        self._new_id = new_id

    def add_endpoint(self, url: str, secret: str, types: Sequence[str] = ()) -> Endpoint:
        """Subscribes an address to events of these types from now on; to all, where none is named."""
        endpoint = Endpoint(self._new_id("end"), url, secret, tuple(types))
        with self._store.transaction():
            self._store.add_endpoint(endpoint)
        return endpoint

    def endpoints(self) -> List[Endpoint]:
        return self._store.endpoints()

    def receive(self, body: bytes, headers: Mapping[str, str]) -> Receipt:
        """Takes an event from billing. It is on disk when this returns. Raises InvalidEvent."""
        event = Event.parse(body, self._clock.now())
        deliveries = [
            Delivery(self._new_id("del"), event.id, endpoint.id, "pending")
            for endpoint in self._store.endpoints()
            if endpoint.wants(event.type)
        ]
        with self._store.transaction():
            self._store.add_event(event, deliveries)
        return Receipt(event.id, tuple(one.id for one in deliveries))

    def work(self) -> int:
        """Sends what is pending and returns how many attempts that took."""
        attempts = 0
        with self._store.transaction():
            for delivery in self._store.pending():
                self._attempt(delivery)
                attempts += 1
        return attempts

    def deliveries(self) -> List[Delivery]:
        """All deliveries, in the order in which their events were received."""
        return self._store.deliveries()

    def _attempt(self, delivery: Delivery) -> None:
        endpoint = self._store.endpoint(delivery.endpoint_id)
        event = self._store.event_of(delivery.id)
        request = Request(endpoint.url, {"Content-Type": "application/json"}, event.body)
        try:
            response = self._transport.send(request)
        except TransportError as error:
            self._store.record_attempt(delivery.id, "failed", None, str(error))
            return
        state = "delivered" if 200 <= response.status < 300 else "failed"
        self._store.record_attempt(delivery.id, state, response.status, None)
