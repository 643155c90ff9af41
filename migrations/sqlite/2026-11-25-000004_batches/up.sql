-- Launching many: a batch, its lines (one person of the list each), and what people did with it.

CREATE TABLE batches (
    id           TEXT NOT NULL PRIMARY KEY,
    spec_digest  TEXT NOT NULL REFERENCES specs (digest),
    organization TEXT,
    launched_by  TEXT NOT NULL,
    created_at   TEXT NOT NULL
) STRICT;

CREATE TABLE batch_lines (
    batch_id       TEXT NOT NULL REFERENCES batches (id),
    line           INTEGER NOT NULL CHECK (line > 0),
    name           TEXT NOT NULL,
    email          TEXT NOT NULL,
    github_login   TEXT,
    again          INTEGER NOT NULL CHECK (again IN (0, 1)),
    note           TEXT,
    state          TEXT NOT NULL CHECK (state IN ('waiting', 'stopped', 'offered', 'refused')),
    work_sample_id TEXT UNIQUE REFERENCES work_samples (id),
    code           TEXT,
    reason         TEXT,
    settled_at     TEXT,
    PRIMARY KEY (batch_id, line),
    CHECK ((state = 'offered') = (work_sample_id IS NOT NULL)),
    CHECK ((state = 'refused') = (code IS NOT NULL AND reason IS NOT NULL)),
    CHECK ((state IN ('offered', 'refused')) = (settled_at IS NOT NULL))
) STRICT;
CREATE INDEX batch_lines_by_state ON batch_lines (batch_id, state, line);

CREATE TABLE batch_events (
    batch_id    TEXT NOT NULL REFERENCES batches (id),
    seq         INTEGER NOT NULL CHECK (seq > 0),
    kind        TEXT NOT NULL CHECK (kind IN ('created', 'stopped', 'resumed')),
    person      TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    PRIMARY KEY (batch_id, seq)
) STRICT;

CREATE TRIGGER batch_events_are_never_changed BEFORE UPDATE ON batch_events
BEGIN SELECT RAISE(ABORT, 'events of a batch are append-only: no row may be changed'); END;
CREATE TRIGGER batch_events_are_never_deleted BEFORE DELETE ON batch_events
BEGIN SELECT RAISE(ABORT, 'events of a batch are append-only: no row may be deleted'); END;
CREATE TRIGGER settled_batch_lines_are_never_changed
BEFORE UPDATE OF state, work_sample_id, code, reason, settled_at ON batch_lines
WHEN OLD.state IN ('offered', 'refused')
BEGIN SELECT RAISE(ABORT, 'results of a batch are append-only: a settled line stays as it is'); END;
CREATE TRIGGER batch_lines_are_never_deleted BEFORE DELETE ON batch_lines
BEGIN SELECT RAISE(ABORT, 'results of a batch are append-only: no line may be deleted'); END;
