-- Categories of projects, and the phases that projects go through.

-- One row, locked before projects. The tree of categories has one version: whoever changes the tree
-- locks this row first, whoever decided on it compares.
CREATE TABLE project_catalog_state (
    only_row   boolean NOT NULL DEFAULT true CONSTRAINT project_catalog_state_pkey PRIMARY KEY
        CONSTRAINT project_catalog_state_one_row CHECK (only_row),
    categories bigint  NOT NULL
);

INSERT INTO project_catalog_state (categories) VALUES (1);

CREATE TABLE project_categories (
    id         uuid        NOT NULL CONSTRAINT project_categories_pkey PRIMARY KEY,
    name       text        NOT NULL,
    -- Lower-cased by the engine, so that both stores agree on what is equal.
    name_key   text        COLLATE "C" NOT NULL,
    parent_id  uuid        CONSTRAINT project_categories_parent REFERENCES project_categories (id),
    version    bigint      NOT NULL
        CONSTRAINT project_categories_version_positive CHECK (version >= 1),
    created_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX project_categories_name
    ON project_categories (coalesce(parent_id, '00000000-0000-0000-0000-000000000000'), name_key);

ALTER TABLE projects ADD COLUMN category_id uuid
    CONSTRAINT projects_category REFERENCES project_categories (id);

CREATE INDEX projects_by_category ON projects (category_id) WHERE category_id IS NOT NULL;
