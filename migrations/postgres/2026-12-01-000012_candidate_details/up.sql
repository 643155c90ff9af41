-- The text that a candidate accepted, word for word.
CREATE TABLE accepted_terms (
    work_sample_id TEXT NOT NULL PRIMARY KEY REFERENCES work_samples (id),
    text           TEXT NOT NULL,
    sha256         TEXT NOT NULL,
    accepted_at    TIMESTAMP NOT NULL
);

-- What candidates told us about themselves, beside the log: it is in no report.
CREATE TABLE candidate_details (
    work_sample_id TEXT NOT NULL PRIMARY KEY REFERENCES work_samples (id),
    zone           TEXT,
    hours_tenths   INTEGER,
    hours_said_at  TIMESTAMP,
    CHECK ((hours_tenths IS NULL) = (hours_said_at IS NULL))
);
