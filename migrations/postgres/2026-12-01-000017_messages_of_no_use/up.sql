-- Messages that are of no use any more when they are to be sent, messages about the service itself, when a message begins to be
-- handed over, and links that turn a kind of message off, which outlive the message that they were in.

ALTER TABLE messages ALTER COLUMN work_sample_id DROP NOT NULL;
ALTER TABLE messages DROP CONSTRAINT messages_state_check;
ALTER TABLE messages ADD CONSTRAINT messages_state_check
    CHECK (state IN ('waiting', 'not_sent', 'sending', 'sent', 'failed', 'off', 'obsolete'));
ALTER TABLE messages ADD COLUMN handed_over_at TIMESTAMP;
ALTER TABLE messages ADD COLUMN failed_at TIMESTAMP;
ALTER TABLE messages ADD COLUMN rendered_at TIMESTAMP;
-- Of a message that was being sent it is not known whether it was handed over.
UPDATE messages SET handed_over_at = COALESCE(started_at, created_at) WHERE state = 'sending';
CREATE UNIQUE INDEX messages_of_the_service ON messages (message_key, recipient) WHERE work_sample_id IS NULL;

-- A message that failed holds no link that is good; its words are in `letter`.
UPDATE messages SET eml = '' WHERE state = 'failed';

-- What a link turns off: a kind of message, for whom `messages_off` names.
CREATE TABLE unsubscribe_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    recipient  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
INSERT INTO unsubscribe_links
    SELECT unsubscribe_hash, CASE recipient WHEN 'candidate' THEN work_sample_id ELSE recipient END, kind, created_at
    FROM messages WHERE unsubscribe_hash IS NOT NULL;
