-- Warehouses and categories tell when they were last changed. Nodes of the engine before this one do not
-- write it.

ALTER TABLE warehouses ADD COLUMN updated_at timestamptz;
UPDATE warehouses SET updated_at = created_at;
ALTER TABLE warehouses ALTER COLUMN updated_at SET DEFAULT now(),
    ALTER COLUMN updated_at SET NOT NULL;

ALTER TABLE item_categories ADD COLUMN updated_at timestamptz;
UPDATE item_categories SET updated_at = created_at;
ALTER TABLE item_categories ALTER COLUMN updated_at SET DEFAULT now(),
    ALTER COLUMN updated_at SET NOT NULL;

ALTER TABLE project_categories ADD COLUMN updated_at timestamptz;
UPDATE project_categories SET updated_at = created_at;
ALTER TABLE project_categories ALTER COLUMN updated_at SET DEFAULT now(),
    ALTER COLUMN updated_at SET NOT NULL;
