"""R10: database files of schema 1, as they lie on two machines."""

import sqlite3

from relay import RelayError, UnknownSchema
from acceptance_checks.support import START, Check, World, event, header

SCHEMA_1 = """
CREATE TABLE endpoints (id TEXT PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL, types TEXT NOT NULL);
CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL,
    received_at INTEGER NOT NULL);
CREATE TABLE deliveries (id TEXT PRIMARY KEY, event_seq INTEGER NOT NULL REFERENCES events (seq),
    endpoint_id TEXT NOT NULL REFERENCES endpoints (id), state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER, last_error TEXT);
CREATE INDEX deliveries_by_state ON deliveries (state, event_seq);
INSERT INTO endpoints VALUES ('end_a', 'https://a.example/', 'secret a', ''),
    ('end_b', 'https://b.example/', 'secret b', 'refund.created invoice.paid');
PRAGMA user_version = 1;
"""


class OldFiles(Check):
    def setUp(self):
        super().setUp()
        connection = sqlite3.connect(self.path)
        connection.executescript(SCHEMA_1)
        for number in (1, 2, 3, 4):
            # Billing sent the last one twice, and schema 1 took it twice.
            name = f"evt_{min(number, 3)}"
            connection.execute(
                "INSERT INTO events (id, type, body, received_at) VALUES (?, 'invoice.paid', ?, ?)",
                (name, event(name), START - 1000 + number),
            )
        connection.executemany(
            "INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                ("del_1a", 1, "end_a", "delivered", 1, 200, None),
                ("del_1b", 1, "end_b", "failed", 1, 503, None),
                ("del_2a", 2, "end_a", "failed", 1, None, "ConnectionResetError: gone"),
                ("del_2b", 2, "end_b", "pending", 0, None, None),
                ("del_3a", 3, "end_a", "pending", 0, None, None),
                ("del_4a", 4, "end_a", "pending", 0, None, None),
            ],
        )
        connection.commit()
        connection.close()

    def opened(self):
        world = World(self.path)
        self.addCleanup(world.close)
        return world

    def test_endpoints_and_deliveries_are_all_there(self):
        world = self.opened()
        self.assertEqual(
            [(one.id, one.url, one.secret, tuple(one.types)) for one in world.relay.endpoints()],
            [("end_a", "https://a.example/", "secret a", ()),
             ("end_b", "https://b.example/", "secret b", ("refund.created", "invoice.paid"))],
        )
        self.assertEqual(
            [(one.id, one.event_id, one.state, one.attempts) for one in world.relay.deliveries()],
            [("del_1a", "evt_1", "delivered", 1), ("del_1b", "evt_1", "dead", 1), ("del_2a", "evt_2", "dead", 1),
             ("del_2b", "evt_2", "pending", 0), ("del_3a", "evt_3", "pending", 0), ("del_4a", "evt_3", "pending", 0)],
        )

    def test_what_had_failed_is_on_the_dead_letter_list_and_can_be_replayed(self):
        world = self.opened()
        self.assertEqual(
            [(one.delivery_id, one.reason, one.last_status, one.last_error, one.died_at) for one in world.relay.dead_letters()],
            [("del_1b", "before_retries", 503, None, START - 999),
             ("del_2a", "before_retries", None, "ConnectionResetError: gone", START - 998)],
        )
        world.relay.work()
        world.relay.replay("del_1b")
        self.assertEqual(world.relay.work(), 1)
        self.assertEqual(world.transport.sent[-1].body, event("evt_1"))

    def test_what_was_pending_is_due_at_once(self):
        world = self.opened()
        self.assertEqual(world.relay.work(), 3)
        self.assertEqual([header(one, "Relay-Id") for one in world.transport.sent], ["del_2b", "del_3a", "del_4a"])

    def test_an_event_of_the_old_file_is_not_received_again(self):
        world = self.opened()
        receipt = world.receive(event("evt_1"))
        self.assertEqual((receipt.delivery_ids, receipt.duplicate), (("del_1a", "del_1b"), True))
        self.assertEqual(world.receive(event("evt_3")).duplicate, True)
        self.assertEqual(len(world.relay.deliveries()), 6)

    def test_opening_it_a_second_time_changes_nothing(self):
        world = self.opened()
        world.relay.replay("del_1b")
        before = (world.relay.endpoints(), world.relay.deliveries(), world.relay.dead_letters())
        world.restart()
        self.assertEqual((world.relay.endpoints(), world.relay.deliveries(), world.relay.dead_letters()), before)

    def test_a_file_from_the_future_is_refused_and_not_changed(self):
        connection = sqlite3.connect(self.path)
        connection.execute("PRAGMA user_version = 1000")
        connection.close()
        with open(self.path, "rb") as file:
            before = file.read()
        with self.assertRaises(UnknownSchema) as caught:
            self.opened()
        self.assertIsInstance(caught.exception, RelayError)
        self.assertEqual(caught.exception.code, "unknown_schema")
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(), before)
