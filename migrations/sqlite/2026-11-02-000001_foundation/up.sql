-- Timestamps are text in UTC ("2026-03-02 09:00:00.000001"): they sort as they are written.
-- JSON is text. The equal migration for PostgreSQL has the same tables, columns, indexes and rules.

CREATE TABLE specs (
    digest       TEXT NOT NULL PRIMARY KEY,
    slug         TEXT NOT NULL,
    version      TEXT NOT NULL,
    title        TEXT NOT NULL,
    bundle       BLOB NOT NULL,
    published_at TEXT NOT NULL
) STRICT;
CREATE INDEX specs_by_slug ON specs (slug, published_at);

CREATE TABLE work_samples (
    id                   TEXT NOT NULL PRIMARY KEY,
    spec_digest          TEXT NOT NULL REFERENCES specs (digest),
    slug                 TEXT NOT NULL,
    candidate            TEXT NOT NULL,
    email                TEXT,
    candidate_key        TEXT NOT NULL,
    github_login         TEXT,
    repository_id        INTEGER UNIQUE,
    repository_full_name TEXT,
    state                TEXT NOT NULL,
    last_seq             INTEGER NOT NULL,
    due_at               TEXT,
    offer_expires_at     TEXT,
    created_at           TEXT NOT NULL,
    updated_at           TEXT NOT NULL
) STRICT;
CREATE INDEX work_samples_by_candidate ON work_samples (slug, candidate_key);
CREATE INDEX work_samples_by_spec ON work_samples (spec_digest);
CREATE INDEX work_samples_by_state ON work_samples (state, id);

CREATE TABLE events (
    work_sample_id TEXT NOT NULL REFERENCES work_samples (id),
    seq            INTEGER NOT NULL CHECK (seq > 0),
    natural_key    TEXT NOT NULL,
    kind           TEXT NOT NULL,
    actor          TEXT NOT NULL,
    body           TEXT NOT NULL,
    occurred_at    TEXT NOT NULL,
    received_at    TEXT NOT NULL,
    source         TEXT NOT NULL,
    PRIMARY KEY (work_sample_id, seq),
    UNIQUE (work_sample_id, natural_key)
) STRICT;

CREATE TABLE deliveries (
    guid          TEXT NOT NULL PRIMARY KEY,
    event         TEXT NOT NULL,
    repository_id INTEGER,
    headers       TEXT NOT NULL,
    body          BLOB NOT NULL,
    body_sha256   TEXT NOT NULL,
    received_at   TEXT NOT NULL,
    outcome       TEXT,
    processed_at  TEXT
) STRICT;
CREATE INDEX deliveries_by_outcome ON deliveries (outcome, received_at);

CREATE TABLE jobs (
    id           TEXT NOT NULL PRIMARY KEY,
    kind         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    payload      TEXT NOT NULL,
    dedupe_key   TEXT UNIQUE,
    state        TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'done', 'dead')),
    priority     INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL CHECK (max_attempts > 0),
    run_at       TEXT NOT NULL,
    leased_until TEXT,
    leased_by    TEXT,
    last_error   TEXT,
    created_at   TEXT NOT NULL,
    updated_at   TEXT NOT NULL
) STRICT;
CREATE INDEX jobs_to_run ON jobs (state, priority, run_at, id);
CREATE INDEX jobs_by_subject ON jobs (subject);

CREATE TABLE idempotency_keys (
    scope          TEXT NOT NULL,
    key            TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    status         INTEGER NOT NULL,
    response       BLOB NOT NULL,
    created_at     TEXT NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT;

CREATE TABLE effects (
    work_sample_id TEXT NOT NULL REFERENCES work_samples (id),
    step           TEXT NOT NULL,
    attempts       INTEGER NOT NULL,
    started_at     TEXT NOT NULL,
    finished_at    TEXT,
    detail         TEXT NOT NULL,
    PRIMARY KEY (work_sample_id, step)
) STRICT;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only: no row may be changed'); END;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only: no row may be deleted'); END;
CREATE TRIGGER specs_are_never_changed BEFORE UPDATE ON specs
BEGIN SELECT RAISE(ABORT, 'published specs are immutable: publish a new version'); END;
