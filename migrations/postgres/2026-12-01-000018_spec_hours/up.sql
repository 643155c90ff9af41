-- What candidates of a spec said the work took, one row a person, numbered by each person's first word. The team sees whole
-- groups of five alone.
CREATE TABLE spec_hours (
    slug          TEXT NOT NULL,
    ordinal       INTEGER NOT NULL,
    account       BIGINT,
    github_login  TEXT,
    candidate_key TEXT NOT NULL,
    hours_tenths  INTEGER NOT NULL,
    PRIMARY KEY (slug, ordinal)
);

-- The order of first words is not known of earlier ones, and which of them the team saw together is not known either. Where five
-- were said, which was enough to be shown, they are numbered below zero: they are shown again once five more people have said
-- theirs, so that the difference from what was shown is never that of fewer than five.
INSERT INTO spec_hours (slug, ordinal, account, github_login, candidate_key, hours_tenths)
WITH said AS (
    SELECT work_samples.slug, work_samples.id, LOWER(work_samples.github_login) AS login, work_samples.candidate_key,
        candidate_details.hours_tenths, candidate_details.hours_said_at
    FROM candidate_details JOIN work_samples ON work_samples.id = candidate_details.work_sample_id
    WHERE candidate_details.hours_tenths IS NOT NULL
), people AS (
    SELECT * FROM said WHERE NOT EXISTS (
        SELECT 1 FROM said AS earlier
        WHERE earlier.slug = said.slug AND (earlier.candidate_key = said.candidate_key OR earlier.login = said.login)
            AND (earlier.hours_said_at < said.hours_said_at OR (earlier.hours_said_at = said.hours_said_at AND earlier.id < said.id))
    )
), numbered AS (
    SELECT people.*, ROW_NUMBER() OVER (PARTITION BY slug ORDER BY hours_said_at, id) AS number FROM people
)
SELECT slug,
    CASE WHEN (SELECT COUNT(*) FROM said WHERE said.slug = numbered.slug) >= 5 THEN -number ELSE number - 1 END,
    NULL, login, candidate_key,
    (
        SELECT said.hours_tenths FROM said
        WHERE said.slug = numbered.slug AND (said.candidate_key = numbered.candidate_key OR said.login = numbered.login)
        ORDER BY said.hours_said_at DESC, said.id DESC LIMIT 1
    )
FROM numbered;
