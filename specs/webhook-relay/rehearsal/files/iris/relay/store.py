"""SQLite. Every statement of the relay stands in this file.

`PRAGMA user_version` tells which schema a file has. A new file goes through every version, so that there is one way to
the newest schema and the tests of old files test it.
"""

import sqlite3
from contextlib import contextmanager
from typing import Iterator, List, Optional, Sequence, Tuple

from relay.model import DeadLetter, Delivery, Endpoint, Event, UnknownSchema

SCHEMA_1 = """
CREATE TABLE endpoints (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    types TEXT NOT NULL
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
    last_error TEXT
);
CREATE INDEX deliveries_by_state ON deliveries (state, event_seq);
"""

# Schema 1 did not keep event ids apart, so they may repeat in files that come from it: the index is not unique.
SCHEMA_2 = """
ALTER TABLE endpoints ADD COLUMN former_secret TEXT;
ALTER TABLE endpoints ADD COLUMN former_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN next_attempt_at INTEGER;
ALTER TABLE deliveries ADD COLUMN reason TEXT;
ALTER TABLE deliveries ADD COLUMN died_at INTEGER;
UPDATE deliveries SET next_attempt_at = (SELECT received_at FROM events WHERE seq = event_seq)
WHERE state = 'pending';
UPDATE deliveries SET state = 'dead', reason = 'before_retries',
    died_at = (SELECT received_at FROM events WHERE seq = event_seq)
WHERE state = 'failed';
CREATE INDEX events_by_id ON events (id);
"""

MIGRATIONS = (SCHEMA_1, SCHEMA_2)

DELIVERY = """
SELECT d.id, e.id, d.endpoint_id, d.state, d.attempts, d.last_status, d.last_error, d.next_attempt_at
FROM deliveries d JOIN events e ON e.seq = d.event_seq
"""

DEAD_LETTER = """
SELECT d.id, e.id, e.type, d.endpoint_id, p.url, d.reason, d.attempts, d.last_status, d.last_error, d.died_at
FROM deliveries d JOIN events e ON e.seq = d.event_seq JOIN endpoints p ON p.id = d.endpoint_id
WHERE d.state = 'dead'
"""

ENDPOINT = "SELECT id, url, secret, types, former_secret, former_until FROM endpoints "


class Store:
    """A database file, created on first use. `:memory:` lives as long as the object."""

    def __init__(self, path: str):
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
        self._connection.execute("PRAGMA foreign_keys = ON")
        try:
            self._migrate(path)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def _migrate(self, path: str) -> None:
        if self._version() == len(MIGRATIONS):
            return
        with self.transaction():
            # Asked again under the lock: another process may have been first.
            version = self._version()
            if version > len(MIGRATIONS):
                raise UnknownSchema(f"{path} has schema {version}; this code knows up to {len(MIGRATIONS)}")
            for schema in MIGRATIONS[version:]:
                # Not executescript, which would commit what is open.
                for statement in schema.split(";"):
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def _version(self) -> int:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        return version

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
        return [_endpoint(row) for row in self._connection.execute(ENDPOINT + "ORDER BY rowid")]

    def endpoint(self, endpoint_id: str) -> Optional[Endpoint]:
        row = self._connection.execute(ENDPOINT + "WHERE id = ?", (endpoint_id,)).fetchone()
        return _endpoint(row) if row else None

    def rotate_secret(self, endpoint_id: str, secret: str, former_until: int) -> bool:
        """Puts the secret in front of the one there is. False where the endpoint is not known."""
        changed = self._connection.execute(
            "UPDATE endpoints SET former_secret = secret, former_until = ?, secret = ? WHERE id = ?",
            (former_until, secret, endpoint_id),
        )
        return changed.rowcount == 1

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

    def first_receipt(self, event_id: str) -> Optional[Tuple[bytes, List[str]]]:
        """Body and delivery ids of the first event with this id, if there is one."""
        row = self._connection.execute(
            "SELECT seq, body FROM events WHERE id = ? ORDER BY seq LIMIT 1", (event_id,)
        ).fetchone()
        if row is None:
            return None
        seq, body = row
        ids = self._connection.execute(
            "SELECT id FROM deliveries WHERE event_seq = ? ORDER BY rowid", (seq,)
        )
        return body, [id for (id,) in ids]

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

    def pending(self) -> List[Delivery]:
        rows = self._connection.execute(
            DELIVERY + "WHERE d.state = 'pending' ORDER BY d.event_seq, d.rowid"
        )
        return [Delivery(*row) for row in rows]

    def delivery(self, delivery_id: str) -> Optional[Delivery]:
        row = self._connection.execute(DELIVERY + "WHERE d.id = ?", (delivery_id,)).fetchone()
        return Delivery(*row) if row else None

    def dead_letters(self, endpoint_id: Optional[str]) -> List[DeadLetter]:
        rows = self._connection.execute(
            DEAD_LETTER + "AND (? IS NULL OR d.endpoint_id = ?) ORDER BY d.died_at, d.event_seq, d.rowid",
            (endpoint_id, endpoint_id),
        )
        return [DeadLetter(*row) for row in rows]

    def record_attempt(self, delivery: Delivery, reason: Optional[str], died_at: Optional[int]) -> None:
        """Writes the delivery as it is after an attempt; `reason` and `died_at` where it is dead."""
        self._connection.execute(
            "UPDATE deliveries SET state = ?, attempts = ?, last_status = ?, last_error = ?,"
            " next_attempt_at = ?, reason = ?, died_at = ? WHERE id = ?",
            (
                delivery.state,
                delivery.attempts,
                delivery.last_status,
                delivery.last_error,
                delivery.next_attempt_at,
                reason,
                died_at,
                delivery.id,
            ),
        )

    def revive(self, delivery_id: str, now: int) -> bool:
        """A dead delivery begins anew. False where it is not dead."""
        changed = self._connection.execute(
            "UPDATE deliveries SET state = 'pending', attempts = 0, next_attempt_at = ?, reason = NULL,"
            " died_at = NULL WHERE id = ? AND state = 'dead'",
            (now, delivery_id),
        )
        return changed.rowcount == 1


def _endpoint(row: tuple) -> Endpoint:
    id, url, secret, types, former_secret, former_until = row
    return Endpoint(id, url, secret, tuple(types.split()), former_secret, former_until)
