-- What lists show of a work sample, and what the team has to do: made from the log, and made again where the form is an earlier one.

CREATE TABLE overviews (
    work_sample_id TEXT NOT NULL PRIMARY KEY REFERENCES work_samples (id),
    format         INTEGER NOT NULL,
    waiting_on     TEXT NOT NULL CHECK (waiting_on IN ('team', 'candidate', 'service', 'nobody')),
    waiting_since  TEXT NOT NULL,
    news_at        TEXT NOT NULL,
    search         TEXT NOT NULL,
    body           TEXT NOT NULL
) STRICT;
CREATE INDEX overviews_by_news ON overviews (news_at, work_sample_id);
CREATE INDEX overviews_by_waiting ON overviews (waiting_on, waiting_since, work_sample_id);

CREATE TABLE team_tasks (
    work_sample_id TEXT NOT NULL REFERENCES work_samples (id),
    kind           TEXT NOT NULL,
    about          TEXT NOT NULL,
    since          TEXT NOT NULL,
    body           TEXT NOT NULL,
    PRIMARY KEY (work_sample_id, kind, about)
) STRICT;
CREATE INDEX team_tasks_by_since ON team_tasks (since, work_sample_id);
