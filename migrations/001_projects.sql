-- Projects, their members and their tasks.

-- Whoever reads an audit entry sees values only of projects that he may read, as with rooms.
ALTER TABLE audit_log ADD COLUMN entity_project uuid;

CREATE TABLE projects (
    id              uuid        NOT NULL CONSTRAINT projects_pkey PRIMARY KEY,
    -- In capital letters. Unique for ever: a deleted project keeps its row, and so its code.
    code            text        COLLATE "C" NOT NULL,
    name            text        NOT NULL,
    description     text,
    task_prefix     text        NOT NULL,
    start_on        date,
    due_on          date,
    zone            text        NOT NULL,
    budget          numeric,
    budget_currency text,
    status          text        NOT NULL CONSTRAINT projects_status_known
        CHECK (status IN ('planned', 'active', 'on_hold', 'completed', 'cancelled')),
    member_count    bigint      NOT NULL CONSTRAINT projects_members_natural CHECK (member_count >= 0),
    -- The number of the last task: it rises under this row's lock, so there is no gap.
    last_task       bigint      NOT NULL CONSTRAINT projects_last_task_natural CHECK (last_task >= 0),
    roster          bigint      NOT NULL,
    graph           bigint      NOT NULL,
    version         bigint      NOT NULL CONSTRAINT projects_version_positive CHECK (version >= 1),
    created_by      uuid        CONSTRAINT projects_created_by REFERENCES users (id),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    deleted_at      timestamptz,
    CONSTRAINT projects_budget_whole CHECK (num_nonnulls(budget, budget_currency) IN (0, 2)),
    CONSTRAINT projects_timeline_ordered CHECK (start_on <= due_on)
) WITH (fillfactor = 70);

CREATE UNIQUE INDEX projects_code ON projects (code);

CREATE TABLE project_members (
    project_id uuid        NOT NULL CONSTRAINT project_members_project REFERENCES projects (id),
    user_id    uuid        NOT NULL CONSTRAINT project_members_user REFERENCES users (id),
    role       text        NOT NULL CONSTRAINT project_members_role_known
        CHECK (role IN ('owner', 'manager', 'member', 'viewer')),
    joined_at  timestamptz NOT NULL,
    CONSTRAINT project_members_pkey PRIMARY KEY (project_id, user_id)
);

CREATE INDEX project_members_by_user ON project_members (user_id, project_id);
CREATE INDEX project_members_owners ON project_members (project_id, user_id) WHERE role = 'owner';
