-- People of the team whom the service knows. With a GitHub account they are team in every work sample.

CREATE TABLE people (
    id           TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    email        TEXT,
    github_id    INTEGER,
    github_login TEXT,
    roles        TEXT NOT NULL,
    disabled_at  TEXT,
    created_by   TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    CHECK (github_id IS NULL OR github_login IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX people_by_github_id ON people (github_id);
CREATE UNIQUE INDEX people_by_email ON people (lower(email));
