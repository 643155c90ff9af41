-- Format 1: deliveries and what is owed follow from texts. Format 2: they are records in the log. The service brings logs
-- from one to the other at its start.
ALTER TABLE work_samples ADD COLUMN log_format INTEGER NOT NULL DEFAULT 1;
