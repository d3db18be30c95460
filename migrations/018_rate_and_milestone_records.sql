-- Hourly rates tell when they were last changed. Nodes of the engine before this one do not write it. What a
-- rate may be is checked by the engine, as of every record.

ALTER TABLE hourly_rates ADD COLUMN updated_at timestamptz;
UPDATE hourly_rates SET updated_at = coalesce(deleted_at, created_at);
ALTER TABLE hourly_rates ALTER COLUMN updated_at SET DEFAULT now(),
    ALTER COLUMN updated_at SET NOT NULL,
    DROP CONSTRAINT hourly_rates_not_negative;
ALTER INDEX hourly_rates_day RENAME TO hourly_rates_valid_from;

-- Milestones are listed by their last day, those without one after all others: two walks of one index.
DROP INDEX milestones_by_due;
CREATE INDEX milestones_by_due ON milestones (project_id, due_on, id) WHERE deleted_at IS NULL;
