"""SQLite. Every statement of the relay stands in this file.

`PRAGMA user_version` tells which schema a file has. Version 1 is in production on two machines.
"""

import sqlite3
from contextlib import contextmanager
from typing import Iterator, List, Optional, Sequence

from relay.model import DeadLetter, Delivery, Endpoint, Event, UnknownSchema

SCHEMA_1 = """
CREATE TABLE endpoints (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    types TEXT NOT NULL,
    old_secret TEXT,
    old_secret_until INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    body BLOB NOT NULL,
    received_at INTEGER NOT NULL
);
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    event_seq INTEGER NOT NULL REFERENCES events (seq),
    endpoint_id TEXT NOT NULL REFERENCES endpoints (id),
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER,
    last_error TEXT,
    next_attempt_at INTEGER,
    reason TEXT,
    died_at INTEGER,
    replayed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX deliveries_by_state ON deliveries (state, event_seq);
"""

DELIVERY = """
SELECT d.id, e.id, d.endpoint_id, d.state, d.attempts, d.last_status, d.last_error, d.next_attempt_at
FROM deliveries d JOIN events e ON e.seq = d.event_seq
"""


class Store:
    """A database file, created on first use. `:memory:` lives as long as the object."""

    def __init__(self, path: str):
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._migrate()

    def close(self) -> None:
        self._connection.close()

    def _migrate(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > 1:
            raise UnknownSchema(f"schema {version}")
        if version == 0:
            self._connection.executescript(f"BEGIN; {SCHEMA_1} PRAGMA user_version = 1; COMMIT;")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Takes the write lock at once."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def add_endpoint(self, endpoint: Endpoint) -> None:
        self._connection.execute(
            "INSERT INTO endpoints (id, url, secret, types) VALUES (?, ?, ?, ?)",
            (endpoint.id, endpoint.url, endpoint.secret, " ".join(endpoint.types)),
        )

    def endpoints(self) -> List[Endpoint]:
        rows = self._connection.execute(
            "SELECT id, url, secret, types, old_secret, old_secret_until FROM endpoints ORDER BY rowid"
        )
        return [Endpoint(id, url, secret, tuple(types.split()), old, until) for id, url, secret, types, old, until in rows]

    def rotate_secret(self, endpoint_id, new_secret, until):
        self._connection.execute(
            "UPDATE endpoints SET old_secret = secret, old_secret_until = ?, secret = ? WHERE id = ?",
            (until, new_secret, endpoint_id),
        )

    def endpoint(self, endpoint_id: str) -> Optional[Endpoint]:
        return next((one for one in self.endpoints() if one.id == endpoint_id), None)

    def add_event(self, event: Event, deliveries: Sequence[Delivery]) -> None:
        """The event and its deliveries. Call it within a transaction."""
        seq = self._connection.execute(
            "INSERT INTO events (id, type, body, received_at) VALUES (?, ?, ?, ?)",
            (event.id, event.type, event.body, event.received_at),
        ).lastrowid
        self._connection.executemany(
            "INSERT INTO deliveries (id, event_seq, endpoint_id, state, next_attempt_at) VALUES (?, ?, ?, ?, ?)",
            [(one.id, seq, one.endpoint_id, one.state, one.next_attempt_at) for one in deliveries],
        )

    def event_of(self, delivery_id: str) -> Event:
        row = self._connection.execute(
            "SELECT e.id, e.type, e.body, e.received_at FROM events e"
            " JOIN deliveries d ON d.event_seq = e.seq WHERE d.id = ?",
            (delivery_id,),
        ).fetchone()
        return Event(*row)

    def deliveries(self) -> List[Delivery]:
        rows = self._connection.execute(DELIVERY + "ORDER BY d.event_seq, d.rowid")
        return [Delivery(*row) for row in rows]

    def due(self, now) -> List[Delivery]:
        rows = self._connection.execute(
            DELIVERY + "WHERE d.state = 'pending' AND d.next_attempt_at <= ? ORDER BY d.event_seq, d.rowid", (now,)
        )
        return [Delivery(*row) for row in rows]

    def event_known(self, event_id):
        return self._connection.execute("SELECT seq FROM events WHERE id = ? ORDER BY seq", (event_id,)).fetchone()

    def delivery_ids(self, event_id):
        return tuple(d.id for d in self.deliveries() if d.event_id == event_id)

    def dead_letters(self) -> List[DeadLetter]:
        rows = self._connection.execute(
            "SELECT d.id, e.id, e.type, d.endpoint_id, p.url, d.reason, d.attempts, d.last_status, d.last_error, d.died_at"
            " FROM deliveries d JOIN events e ON e.seq = d.event_seq JOIN endpoints p ON p.id = d.endpoint_id"
            " WHERE d.state = 'dead' ORDER BY d.died_at"
        )
        return [DeadLetter(*row) for row in rows]

    def replay(self, delivery_id, now):
        self._connection.execute(
            "UPDATE deliveries SET state = 'pending', next_attempt_at = ?, replayed = 1 WHERE id = ?", (now, delivery_id)
        )

    def record_attempt(self, delivery_id, state, status, error, next_attempt_at=None, reason=None, died_at=None):
        self._connection.execute(
            "UPDATE deliveries SET state = ?, attempts = attempts + 1, last_status = ?, last_error = ?,"
            " next_attempt_at = ?, reason = ?, died_at = ? WHERE id = ?",
            (state, status, error, next_attempt_at, reason, died_at, delivery_id),
        )
