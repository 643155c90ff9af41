"""The relay itself: what comes in, what goes out, and what one can look at."""

import uuid
from dataclasses import dataclass, field, replace
from typing import Callable, List, Mapping, Optional, Sequence, Tuple

from relay import signing
from relay.clock import Clock
from relay.model import (
    DeadLetter,
    Delivery,
    Endpoint,
    Event,
    EventConflict,
    NotDead,
    Receipt,
    UnknownDelivery,
    UnknownEndpoint,
)
from relay.outcome import LONGEST_ERROR, Delivered, Permanent, delay, judge
from relay.store import Store
from relay.transport import Request, Transport, TransportError


@dataclass(frozen=True)
class Settings:
    """`upstream_secret` is what billing and we share. All times are seconds."""

    upstream_secret: str = field(repr=False)
    timestamp_tolerance: int = 300
    rotation_overlap: int = 86_400
    retry_schedule: Tuple[int, ...] = (30, 120, 600, 1_800, 7_200)
    longest_retry_after: int = 21_600


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

    def rotate_secret(self, endpoint_id: str, new_secret: str) -> None:
        """Signs with the new secret from now on, and beside it with the former one for a day. Raises UnknownEndpoint."""
        until = self._clock.now() + self._settings.rotation_overlap
        with self._store.transaction():
            if not self._store.rotate_secret(endpoint_id, new_secret, until):
                raise UnknownEndpoint(f"there is no endpoint {endpoint_id}")

    def receive(self, body: bytes, headers: Mapping[str, str]) -> Receipt:
        """Takes an event from billing. It is on disk when this returns.

        Raises SignatureRejected, InvalidEvent, or EventConflict where a known id comes with another body.
        """
        now = self._clock.now()
        signing.verify(
            self._settings.upstream_secret, headers, body, now, self._settings.timestamp_tolerance
        )
        event = Event.parse(body, now)
        with self._store.transaction():
            first = self._store.first_receipt(event.id)
            if first is not None:
                first_body, delivery_ids = first
                if first_body != body:
                    raise EventConflict(f"event {event.id} was received before with another body")
                return Receipt(event.id, tuple(delivery_ids), duplicate=True)
            deliveries = [
                Delivery(self._new_id("del"), event.id, endpoint.id, "pending", next_attempt_at=now)
                for endpoint in self._store.endpoints()
                if endpoint.wants(event.type)
            ]
            self._store.add_event(event, deliveries)
        return Receipt(event.id, tuple(one.id for one in deliveries))

    def work(self) -> int:
        """Makes the attempts that are due and returns how many. No transaction is open while it sends.

        An endpoint gets its events in order: what waits for its next attempt holds back what came after it.
        """
        now, attempts, waiting = self._clock.now(), 0, set()
        for delivery in self._store.pending():
            if delivery.endpoint_id in waiting:
                continue
            if delivery.next_attempt_at > now:
                waiting.add(delivery.endpoint_id)
                continue
            attempts += 1
            if self._attempt(delivery) == "pending":
                waiting.add(delivery.endpoint_id)
        return attempts

    def deliveries(self) -> List[Delivery]:
        """All deliveries, in the order in which their events were received."""
        return self._store.deliveries()

    def dead_letters(self, endpoint_id: Optional[str] = None) -> List[DeadLetter]:
        """What is not tried any more, by time of death; of one endpoint or of all. Raises UnknownEndpoint."""
        if endpoint_id is not None and self._store.endpoint(endpoint_id) is None:
            raise UnknownEndpoint(f"there is no endpoint {endpoint_id}")
        return self._store.dead_letters(endpoint_id)

    def replay(self, delivery_id: str) -> Delivery:
        """Gives a dead letter the whole schedule again, from now. Raises UnknownDelivery or NotDead."""
        with self._store.transaction():
            if not self._store.revive(delivery_id, self._clock.now()):
                delivery = self._store.delivery(delivery_id)
                if delivery is None:
                    raise UnknownDelivery(f"there is no delivery {delivery_id}")
                raise NotDead(f"delivery {delivery_id} is {delivery.state}")
        return self._store.delivery(delivery_id)

    def _attempt(self, delivery: Delivery) -> str:
        """Sends once, writes down what came of it, and returns the new state."""
        request = self._request(delivery)
        try:
            result = self._transport.send(request)
            status, error = result.status, None
        except TransportError as failure:
            result, status, error = failure, None, str(failure)[:LONGEST_ERROR]
        after = replace(
            delivery, attempts=delivery.attempts + 1, last_status=status, last_error=error, next_attempt_at=None
        )
        return self._record(after, judge(result))

    def _record(self, delivery: Delivery, outcome) -> str:
        now, settings = self._clock.now(), self._settings
        if isinstance(outcome, Delivered):
            delivery, reason = replace(delivery, state="delivered"), None
        elif isinstance(outcome, Permanent):
            delivery, reason = replace(delivery, state="dead"), "permanent"
        else:
            wait = delay(delivery.attempts, outcome.wait, settings.retry_schedule, settings.longest_retry_after)
            if wait is None:
                delivery, reason = replace(delivery, state="dead"), "exhausted"
            else:
                delivery, reason = replace(delivery, next_attempt_at=now + wait), None
        with self._store.transaction():
            self._store.record_attempt(delivery, reason, now if reason else None)
        return delivery.state

    def _request(self, delivery: Delivery) -> Request:
        endpoint, event = self._store.endpoint(delivery.endpoint_id), self._store.event_of(delivery.id)
        now = self._clock.now()
        signatures = [
            signing.sign(secret, now, delivery.id, event.body) for secret in endpoint.secrets(now)
        ]
        headers = {
            "Content-Type": "application/json",
            signing.ID: delivery.id,
            signing.TIMESTAMP: str(now),
            signing.SIGNATURE: ",".join(signatures),
        }
        return Request(endpoint.url, headers, event.body)
