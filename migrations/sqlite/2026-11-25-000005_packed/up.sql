-- A webhook's body is kept packed where that makes it smaller; what nobody ever read of it is kept no longer.
ALTER TABLE deliveries ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries DROP COLUMN headers;
ALTER TABLE deliveries DROP COLUMN body_sha256;
