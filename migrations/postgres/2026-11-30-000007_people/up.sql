-- People of the team whom the service knows. With a GitHub account they are team in every work sample.

CREATE TABLE people (
    id           TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    email        TEXT,
    github_id    BIGINT,
    github_login TEXT,
    roles        TEXT NOT NULL,
    disabled_at  TIMESTAMP,
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    CHECK (github_id IS NULL OR github_login IS NOT NULL)
);
CREATE UNIQUE INDEX people_by_github_id ON people (github_id);
CREATE UNIQUE INDEX people_by_email ON people (lower(email));
