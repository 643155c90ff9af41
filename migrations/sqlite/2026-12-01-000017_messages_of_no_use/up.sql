-- Messages that are of no use any more when they are to be sent, messages about the service itself, when a message begins to be
-- handed over, and links that turn a kind of message off, which outlive the message that they were in.

CREATE TABLE messages_new (
    id               TEXT NOT NULL PRIMARY KEY,
    work_sample_id   TEXT REFERENCES work_samples (id),
    kind             TEXT NOT NULL,
    message_key      TEXT NOT NULL,
    recipient        TEXT NOT NULL,
    address          TEXT,
    subject          TEXT NOT NULL,
    letter           TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('waiting', 'not_sent', 'sending', 'sent', 'failed', 'off', 'obsolete')),
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
    handed_over_at   TEXT,
    failed_at        TEXT,
    rendered_at      TEXT,
    UNIQUE (work_sample_id, message_key, recipient)
) STRICT;
-- Of a message that was being sent it is not known whether it was handed over.
INSERT INTO messages_new SELECT messages.*, CASE state WHEN 'sending' THEN COALESCE(started_at, created_at) END, NULL, NULL FROM messages;
DROP TABLE messages;
ALTER TABLE messages_new RENAME TO messages;
CREATE INDEX messages_by_state ON messages (state, id);
CREATE UNIQUE INDEX messages_by_unsubscribe_hash ON messages (unsubscribe_hash);
CREATE UNIQUE INDEX messages_of_the_service ON messages (message_key, recipient) WHERE work_sample_id IS NULL;

-- A message that failed holds no link that is good; its words are in `letter`.
UPDATE messages SET eml = x'' WHERE state = 'failed';

-- What a link turns off: a kind of message, for whom `messages_off` names.
CREATE TABLE unsubscribe_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    recipient  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
INSERT INTO unsubscribe_links
    SELECT unsubscribe_hash, CASE recipient WHEN 'candidate' THEN work_sample_id ELSE recipient END, kind, created_at
    FROM messages WHERE unsubscribe_hash IS NOT NULL;
