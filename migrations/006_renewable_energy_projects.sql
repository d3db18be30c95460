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

-- Kinds of phase. The phases of all projects have their names from here.
CREATE TABLE phase_definitions (
    id          uuid        NOT NULL CONSTRAINT phase_definitions_pkey PRIMARY KEY,
    name        text        NOT NULL,
    -- Lower-cased by the engine, so that both stores agree on what is equal.
    name_key    text        COLLATE "C" NOT NULL,
    archived_at timestamptz,
    version     bigint      NOT NULL
        CONSTRAINT phase_definitions_version_positive CHECK (version >= 1),
    created_at  timestamptz NOT NULL
);

CREATE UNIQUE INDEX phase_definitions_name ON phase_definitions (name_key);

ALTER TABLE projects
    ADD COLUMN budget_overrun text NOT NULL DEFAULT 'forbidden'
        CONSTRAINT projects_budget_overrun_known CHECK (budget_overrun IN ('forbidden', 'allowed')),
    -- The version of its phases, of what they may cost, and of which tasks are in one.
    ADD COLUMN phases bigint NOT NULL DEFAULT 1;

-- That active phases do not overlap and fit into the budget is decided by the engine, under that
-- version.
CREATE TABLE project_phases (
    id              uuid        NOT NULL CONSTRAINT project_phases_pkey PRIMARY KEY,
    project_id      uuid        NOT NULL CONSTRAINT project_phases_project REFERENCES projects (id),
    definition_id   uuid        NOT NULL
        CONSTRAINT project_phases_definition REFERENCES phase_definitions (id),
    starts_on       date        NOT NULL,
    ends_on         date        NOT NULL,
    budget          numeric,
    budget_currency text,
    gate_passed_at  timestamptz,
    gate_passed_by  uuid        CONSTRAINT project_phases_passed_by REFERENCES users (id),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    cancelled_at    timestamptz,
    version         bigint      NOT NULL
        CONSTRAINT project_phases_version_positive CHECK (version >= 1),
    CONSTRAINT project_phases_ordered CHECK (starts_on <= ends_on),
    CONSTRAINT project_phases_budget_whole CHECK (num_nonnulls(budget, budget_currency) IN (0, 2)),
    CONSTRAINT project_phases_gate_whole
        CHECK (gate_passed_by IS NULL OR gate_passed_at IS NOT NULL)
);

CREATE INDEX project_phases_by_project ON project_phases (project_id, starts_on, id)
    WHERE cancelled_at IS NULL;
CREATE INDEX project_phases_by_definition ON project_phases (definition_id);

ALTER TABLE tasks ADD COLUMN phase_id uuid CONSTRAINT tasks_phase REFERENCES project_phases (id);

CREATE INDEX tasks_by_phase ON tasks (phase_id, number) WHERE phase_id IS NOT NULL;

-- What projects are made from. The body is read and written whole, and the engine alone knows what is
-- in it.
CREATE TABLE project_templates (
    id          uuid        NOT NULL CONSTRAINT project_templates_pkey PRIMARY KEY,
    name        text        NOT NULL,
    -- Lower-cased by the engine, so that both stores agree on what is equal.
    name_key    text        COLLATE "C" NOT NULL,
    category_id uuid
        CONSTRAINT project_templates_category REFERENCES project_categories (id),
    archived    boolean     NOT NULL,
    body        jsonb       NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    version     bigint      NOT NULL
        CONSTRAINT project_templates_version_positive CHECK (version >= 1)
);

CREATE UNIQUE INDEX project_templates_name ON project_templates (category_id, name_key)
    NULLS NOT DISTINCT WHERE NOT archived;
CREATE INDEX project_templates_by_name ON project_templates (archived, name_key, id);

-- From what a project was made. A key makes one project for ever: no row is ever taken out.
CREATE TABLE project_origins (
    key              text        COLLATE "C" NOT NULL
        CONSTRAINT project_origins_pkey PRIMARY KEY,
    fingerprint      bytea       NOT NULL
        CONSTRAINT project_origins_fingerprint_whole CHECK (octet_length(fingerprint) = 32),
    project_id       uuid        NOT NULL
        CONSTRAINT project_origins_project REFERENCES projects (id),
    template_id      uuid        NOT NULL
        CONSTRAINT project_origins_template REFERENCES project_templates (id),
    template_version bigint      NOT NULL,
    created_at       timestamptz NOT NULL
);
