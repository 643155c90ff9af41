"""The relay itself: what comes in, what goes out, and what one can look at."""

import re
import uuid
from dataclasses import dataclass, field
from typing import Callable, List, Mapping, Sequence

from relay.clock import Clock
from relay.model import (
    Delivery,
    Endpoint,
    Event,
    NotDead,
    Receipt,
    SignatureRejected,
    UnknownDelivery,
    UnknownEndpoint,
)
from relay.signing import sign, verify
from relay.store import Store
from relay.transport import Request, Transport, TransportError

RETRIES = [30, 120, 600, 1800, 7200]


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

    def rotate_secret(self, endpoint_id, new_secret):
        if self._store.endpoint(endpoint_id) is None:
            raise UnknownEndpoint(endpoint_id)
        with self._store.transaction():
            self._store.rotate_secret(endpoint_id, new_secret, self._clock.now() + 86400)

    def receive(self, body: bytes, headers: Mapping[str, str]) -> Receipt:
        """Takes an event from billing. It is on disk when this returns. Raises InvalidEvent."""
        error = verify(self._settings.upstream_secret, headers, body, self._clock.now())
        if error:
            raise SignatureRejected(error)
        event = Event.parse(body, self._clock.now())
        with self._store.transaction():
            if self._store.event_known(event.id):
                return Receipt(event.id, self._store.delivery_ids(event.id), True)
            deliveries = [
                Delivery(self._new_id("del"), event.id, endpoint.id, "pending", next_attempt_at=self._clock.now())
                for endpoint in self._store.endpoints()
                if endpoint.wants(event.type)
            ]
            self._store.add_event(event, deliveries)
        return Receipt(event.id, tuple(one.id for one in deliveries))

    def work(self) -> int:
        """Sends what is due and returns how many attempts that took."""
        attempts = 0
        with self._store.transaction():
            for delivery in self._store.due(self._clock.now()):
                self._attempt(delivery)
                attempts += 1
        return attempts

    def dead_letters(self, endpoint_id=None):
        letters = self._store.dead_letters()
        if endpoint_id is not None:
            if self._store.endpoint(endpoint_id) is None:
                raise UnknownEndpoint(endpoint_id)
            letters = [x for x in letters if x.endpoint_id == endpoint_id]
        return letters

    def replay(self, delivery_id):
        found = [d for d in self._store.deliveries() if d.id == delivery_id]
        if not found:
            raise UnknownDelivery(delivery_id)
        if found[0].state != "dead":
            raise NotDead(delivery_id)
        self._store.replay(delivery_id, self._clock.now())
        return [d for d in self._store.deliveries() if d.id == delivery_id][0]

    def deliveries(self) -> List[Delivery]:
        """All deliveries, in the order in which their events were received."""
        return self._store.deliveries()

    def _attempt(self, delivery: Delivery) -> None:
        endpoint = self._store.endpoint(delivery.endpoint_id)
        event = self._store.event_of(delivery.id)
        now = self._clock.now()
        signature = sign(endpoint.secret, now, delivery.id, event.body)
        if endpoint.old_secret and now < endpoint.old_secret_until:
            signature += "," + sign(endpoint.old_secret, now, delivery.id, event.body)
        headers = {
            "Content-Type": "application/json",
            "Relay-Id": delivery.id,
            "Relay-Timestamp": str(now),
            "Relay-Signature": signature,
        }
        status, error, retry_after = None, None, 0
        try:
            response = self._transport.send(Request(endpoint.url, headers, event.body))
            status = response.status
            for name, value in response.headers.items():
                if name.lower() == "retry-after" and status in (429, 503) and re.fullmatch("[0-9]{1,9}", value):
                    retry_after = min(int(value), 21600)
        except TransportError as e:
            error = str(e)[:500]
        now = self._clock.now()
        if status and 200 <= status < 300:
            self._store.record_attempt(delivery.id, "delivered", status, None)
        elif status and 400 <= status < 500 and status not in (408, 429):
            self._store.record_attempt(delivery.id, "dead", status, None, None, "permanent", now)
        elif delivery.attempts >= len(RETRIES):
            self._store.record_attempt(delivery.id, "dead", status, error, None, "exhausted", now)
        else:
            wait = max(RETRIES[delivery.attempts], retry_after)
            self._store.record_attempt(delivery.id, "pending", status, error, now + wait)
