-- What a delivered commit changed against the first commit, as git prints it. Cut where it is very long.

CREATE TABLE delivered_diffs (
    work_sample_id TEXT NOT NULL REFERENCES work_samples (id),
    sha            TEXT NOT NULL,
    packed         INTEGER NOT NULL CHECK (packed IN (0, 1)),
    body           BLOB NOT NULL,
    whole          INTEGER NOT NULL CHECK (whole IN (0, 1)),
    PRIMARY KEY (work_sample_id, sha)
) STRICT;
