-- Why nobody is invited, for lists: the code of the refusal that stands, as the events tell it.
ALTER TABLE work_samples ADD COLUMN invitation_failed TEXT;
