"""A clock, a transport and helpers of the checks' own, so that nothing here rests on the candidate's tests."""

import hashlib
import hmac
import json
import os
import tempfile
import unittest

from relay import Relay, Response, Settings, Store, TransportError

START = 1_767_225_600  # 2026-01-01T00:00:00Z
UPSTREAM_SECRET = "upstream-secret-of-the-checks"
CUSTOMER_SECRET = "customer-secret-of-the-checks"
URL = "https://customer.example/hook"


class Clock:
    def __init__(self, now=START):
        self.at = now

    def now(self):
        return self.at

    def forward(self, seconds):
        self.at += seconds


class Transport:
    """`answer` is a status, a Response, an error to raise, or a function of the request giving one of these."""

    def __init__(self, answer=200):
        self.answer = answer
        self.sent = []

    def send(self, request):
        self.sent.append(request)
        answer = self.answer(request) if callable(self.answer) else self.answer
        if isinstance(answer, BaseException):
            raise answer
        return Response(answer, {}) if isinstance(answer, int) else answer


def no_answer(text="ConnectionRefusedError: nobody listens"):
    return TransportError(text)


def signature(secret, timestamp, message_id, body):
    signed = str(timestamp).encode() + b"." + message_id.encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def signed(body, at, message_id="msg_1", secret=UPSTREAM_SECRET):
    """The headers with which billing sends `body`."""
    return {
        "Relay-Id": message_id,
        "Relay-Timestamp": str(at),
        "Relay-Signature": signature(secret, at, message_id, body),
    }


def event(id="evt_1", type="invoice.paid", **data):
    return json.dumps({"id": id, "type": type, "data": data}).encode()


def header(request, name):
    """One header of a request, whatever the case of its name."""
    found = [value for key, value in request.headers.items() if key.lower() == name.lower()]
    if len(found) != 1:
        raise AssertionError(f"{name} stands {len(found)} times in {dict(request.headers)}")
    return found[0]


class World:
    """A relay on a database file, with one clock and one transport through every restart."""

    def __init__(self, path, answer=200):
        self.path = path
        self.clock, self.transport = Clock(), Transport(answer)
        self.store = None
        self.open()

    def open(self):
        self.store = Store(self.path)
        self.relay = Relay(self.store, self.clock, self.transport, Settings(upstream_secret=UPSTREAM_SECRET))

    def restart(self):
        self.close()
        self.open()

    def close(self):
        if self.store is not None:
            self.store.close()
            self.store = None

    def receive(self, body):
        return self.relay.receive(body, signed(body, self.clock.now()))

    def delivery(self, delivery_id):
        return next(one for one in self.relay.deliveries() if one.id == delivery_id)

    def due_at(self, seconds_later):
        """Says whether an attempt is made that many seconds from now, and not a second before."""
        before = len(self.transport.sent)
        self.clock.forward(seconds_later - 1)
        self.relay.work()
        early = len(self.transport.sent) - before
        self.clock.forward(1)
        self.relay.work()
        return early == 0 and len(self.transport.sent) == before + 1

    def run_to_death(self, most_attempts=30):
        """Lets time pass until nothing is pending any more."""
        for _ in range(most_attempts):
            if not any(one.state == "pending" for one in self.relay.deliveries()):
                return
            self.relay.work()
            self.clock.forward(30_000)


class Check(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(folder.name, "relay.db")

    def world(self, answer=200, endpoints=1):
        """A world with so many endpoints, all of them subscribed to everything."""
        world = World(self.path, answer)
        self.addCleanup(world.close)
        world.endpoints = [
            world.relay.add_endpoint(f"{URL}/{number}", CUSTOMER_SECRET) for number in range(endpoints)
        ]
        return world

    def one_delivery(self, answer):
        """A world with one event received, and the id of its one delivery."""
        world = self.world(answer)
        (delivery_id,) = world.receive(event()).delivery_ids
        return world, delivery_id
