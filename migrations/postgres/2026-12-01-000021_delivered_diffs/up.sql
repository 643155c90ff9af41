-- What a delivered commit changed against the first commit, as git prints it. Cut where it is very long.

CREATE TABLE delivered_diffs (
    work_sample_id TEXT NOT NULL REFERENCES work_samples (id),
    sha            TEXT NOT NULL,
    packed         BOOLEAN NOT NULL,
    body           BYTEA NOT NULL,
    whole          BOOLEAN NOT NULL,
    PRIMARY KEY (work_sample_id, sha)
);
