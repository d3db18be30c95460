-- Records tell when they were last changed. Nodes of the engine before this one do not write it.

ALTER TABLE phase_definitions ADD COLUMN updated_at timestamptz;
UPDATE phase_definitions SET updated_at = coalesce(archived_at, created_at);
ALTER TABLE phase_definitions ALTER COLUMN updated_at SET DEFAULT now(),
    ALTER COLUMN updated_at SET NOT NULL;
