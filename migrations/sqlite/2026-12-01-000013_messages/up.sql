-- Messages to candidates and people of the team: one row for each recipient, written before it is sent.

CREATE TABLE messages (
    id               TEXT NOT NULL PRIMARY KEY,
    work_sample_id   TEXT NOT NULL REFERENCES work_samples (id),
    kind             TEXT NOT NULL,
    message_key      TEXT NOT NULL,
    recipient        TEXT NOT NULL,
    address          TEXT,
    subject          TEXT NOT NULL,
    letter           TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('waiting', 'not_sent', 'sending', 'sent', 'failed', 'off')),
    attempts         INTEGER NOT NULL,
    unknown_outcomes INTEGER NOT NULL,
    resent           INTEGER NOT NULL,
    last_error       TEXT,
    message_id       TEXT NOT NULL,
    unsubscribe_hash TEXT,
    eml              BLOB NOT NULL,
    retry_at         TEXT,
    started_at       TEXT,
    filed_at         TEXT,
    created_at       TEXT NOT NULL,
    sent_at          TEXT,
    UNIQUE (work_sample_id, message_key, recipient)
) STRICT;
CREATE INDEX messages_by_state ON messages (state, id);
CREATE UNIQUE INDEX messages_by_unsubscribe_hash ON messages (unsubscribe_hash);

-- Kinds of messages that a person, or the candidate of a work sample, turned off.
CREATE TABLE messages_off (
    recipient TEXT NOT NULL,
    kind      TEXT NOT NULL,
    off_at    TEXT NOT NULL,
    PRIMARY KEY (recipient, kind)
) STRICT;

-- Who reads what a work sample has to tell the team.
CREATE TABLE owners (
    work_sample_id TEXT NOT NULL PRIMARY KEY REFERENCES work_samples (id),
    person_id      TEXT NOT NULL REFERENCES people (id),
    backup_id      TEXT REFERENCES people (id),
    set_by         TEXT NOT NULL,
    set_at         TEXT NOT NULL
) STRICT;

-- When a person answers; without hours at any time. Dates with commas between, in the person's zone.
ALTER TABLE people ADD COLUMN answer_hours TEXT;
ALTER TABLE people ADD COLUMN days_off TEXT NOT NULL DEFAULT '';
