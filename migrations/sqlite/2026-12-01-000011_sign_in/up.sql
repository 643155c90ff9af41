-- How people get in: links, the sessions that they open, and tokens for the API. Of each secret only the SHA-256 is kept.

ALTER TABLE people ADD COLUMN zone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE people ADD COLUMN seen_at TEXT;
ALTER TABLE people ADD COLUMN roles_from_teams TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN teams_checked_at TEXT;

CREATE TABLE links (
    token_hash      TEXT NOT NULL PRIMARY KEY,
    purpose         TEXT NOT NULL,
    person_id       TEXT REFERENCES people (id),
    work_sample_id  TEXT REFERENCES work_samples (id),
    created_by      TEXT NOT NULL,
    created_at      TEXT NOT NULL,
    expires_at      TEXT,
    used_at         TEXT,
    revoked_at      TEXT,
    first_opened_at TEXT,
    handed_over_by  TEXT,
    CHECK ((purpose = 'sign_in') = (person_id IS NOT NULL)),
    CHECK ((purpose = 'offer') = (work_sample_id IS NOT NULL)),
    CHECK (purpose IN ('sign_in', 'first_lead', 'offer'))
) STRICT;
CREATE INDEX links_by_person ON links (person_id);
CREATE INDEX links_by_work_sample ON links (work_sample_id, created_at);

CREATE TABLE sessions (
    token_hash     TEXT NOT NULL PRIMARY KEY,
    person_id      TEXT REFERENCES people (id),
    work_sample_id TEXT REFERENCES work_samples (id),
    link_hash      TEXT REFERENCES links (token_hash),
    created_at     TEXT NOT NULL,
    last_seen_at   TEXT NOT NULL,
    expires_at     TEXT NOT NULL,
    revoked_at     TEXT,
    CHECK ((person_id IS NULL) <> (work_sample_id IS NULL))
) STRICT;
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_work_sample ON sessions (work_sample_id);
CREATE INDEX sessions_by_link ON sessions (link_hash);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE api_tokens (
    id           TEXT NOT NULL PRIMARY KEY,
    token_hash   TEXT NOT NULL UNIQUE,
    person_id    TEXT NOT NULL REFERENCES people (id),
    role         TEXT NOT NULL,
    label        TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    revoked_at   TEXT,
    last_used_at TEXT
) STRICT;
CREATE INDEX api_tokens_by_person ON api_tokens (person_id, created_at);
