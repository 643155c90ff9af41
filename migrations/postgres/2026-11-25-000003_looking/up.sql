-- What GitHub called its answer when we last looked, so that an unchanged answer costs nothing.
CREATE TABLE etags (
    work_sample_id TEXT NOT NULL REFERENCES work_samples (id),
    route          TEXT NOT NULL,
    etag           TEXT NOT NULL,
    seen_at        TIMESTAMP NOT NULL,
    PRIMARY KEY (work_sample_id, route)
);

-- How far we have looked into something that is not a work sample's, such as the log of webhooks.
CREATE TABLE looks (
    name      TEXT NOT NULL PRIMARY KEY,
    looked_at TIMESTAMP NOT NULL
);
