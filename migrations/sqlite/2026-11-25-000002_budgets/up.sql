-- What each installation at GitHub used of its limits; processes share it.
CREATE TABLE budgets (
    name       TEXT NOT NULL PRIMARY KEY,
    state      TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
