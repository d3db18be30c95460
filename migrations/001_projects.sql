-- Projects, their members and their tasks.

-- Whoever reads an audit entry sees values only of projects that he may read, as with rooms.
ALTER TABLE audit_log ADD COLUMN entity_project uuid;

CREATE INDEX audit_log_by_project ON audit_log (entity_project, at, id)
    WHERE entity_project IS NOT NULL;

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
CREATE INDEX projects_deleted ON projects (id) WHERE deleted_at IS NOT NULL;

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

CREATE TABLE milestones (
    id          uuid        NOT NULL CONSTRAINT milestones_pkey PRIMARY KEY,
    project_id  uuid        NOT NULL CONSTRAINT milestones_project REFERENCES projects (id),
    name        text        NOT NULL,
    description text,
    due_on      date,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    deleted_at  timestamptz,
    version     bigint      NOT NULL CONSTRAINT milestones_version_positive CHECK (version >= 1)
);

CREATE INDEX milestones_by_due ON milestones (project_id, (coalesce(due_on, DATE '9999-12-31')), id)
    WHERE deleted_at IS NULL;

CREATE TABLE tasks (
    id           uuid        NOT NULL CONSTRAINT tasks_pkey PRIMARY KEY,
    project_id   uuid        NOT NULL CONSTRAINT tasks_project REFERENCES projects (id),
    -- The code: the project's prefix when the task was made, and its number there.
    prefix       text        NOT NULL,
    number       bigint      NOT NULL CONSTRAINT tasks_number_positive CHECK (number >= 1),
    title        text        NOT NULL,
    description  text,
    priority     smallint    NOT NULL CONSTRAINT tasks_priority_known CHECK (priority BETWEEN 0 AND 3),
    assignees    uuid[]      NOT NULL,
    labels       text[]      NOT NULL,
    start_on     date,
    due_on       date,
    estimate_min bigint,
    status       text        NOT NULL CONSTRAINT tasks_status_known
        CHECK (status IN ('backlog', 'todo', 'in_progress', 'in_review', 'done', 'cancelled')),
    parent_id    uuid        CONSTRAINT tasks_parent REFERENCES tasks (id),
    milestone_id uuid        CONSTRAINT tasks_milestone REFERENCES milestones (id),
    completed_at timestamptz,
    created_by   uuid        CONSTRAINT tasks_created_by REFERENCES users (id),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    deleted_at   timestamptz,
    -- The task whose deletion took this one along.
    deleted_with uuid,
    -- What it is found by: the words of its texts, as the engine cuts them.
    words        text[]      NOT NULL DEFAULT '{}',
    version      bigint      NOT NULL CONSTRAINT tasks_version_positive CHECK (version >= 1),
    -- PROJ-1, against writes from outside.
    CONSTRAINT tasks_completed_when_done CHECK ((status = 'done') = (completed_at IS NOT NULL)),
    CONSTRAINT tasks_deleted_whole CHECK (num_nonnulls(deleted_at, deleted_with) IN (0, 2))
) WITH (fillfactor = 80);

-- X-8: rows are never removed, so a number is never given again.
CREATE UNIQUE INDEX tasks_by_number ON tasks (project_id, number);
CREATE INDEX tasks_board ON tasks (project_id, status, number) WHERE deleted_at IS NULL;
-- What is to be done next: the most urgent first.
CREATE INDEX tasks_open ON tasks (project_id, (-priority), number)
    WHERE deleted_at IS NULL AND status NOT IN ('done', 'cancelled');
CREATE INDEX tasks_by_due ON tasks (project_id, (coalesce(due_on, DATE '9999-12-31')), number)
    WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_priority ON tasks (project_id, priority, number) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_update ON tasks (project_id, updated_at, number) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_parent ON tasks (parent_id, number) WHERE parent_id IS NOT NULL;
CREATE INDEX tasks_by_milestone ON tasks (milestone_id, number) WHERE milestone_id IS NOT NULL;
CREATE INDEX tasks_words ON tasks USING gin (words) WHERE deleted_at IS NULL;
CREATE INDEX tasks_deleted ON tasks (id) WHERE deleted_at IS NOT NULL;
CREATE INDEX tasks_by_deletion ON tasks (deleted_with) WHERE deleted_with IS NOT NULL;

CREATE TABLE task_dependencies (
    project_id     uuid   NOT NULL CONSTRAINT task_dependencies_project REFERENCES projects (id),
    predecessor_id uuid   NOT NULL CONSTRAINT task_dependencies_predecessor REFERENCES tasks (id),
    successor_id   uuid   NOT NULL CONSTRAINT task_dependencies_successor REFERENCES tasks (id),
    kind           text   NOT NULL CONSTRAINT task_dependencies_kind_known
        CHECK (kind IN ('finish_start', 'start_start', 'finish_finish', 'start_finish')),
    lag_min        bigint NOT NULL,
    CONSTRAINT task_dependencies_pkey PRIMARY KEY (predecessor_id, successor_id)
);

CREATE INDEX task_dependencies_by_successor ON task_dependencies (successor_id, predecessor_id);
CREATE INDEX task_dependencies_by_project
    ON task_dependencies (project_id, predecessor_id, successor_id);

-- The version of a user's time entries: whoever changes one holds this row and raises it.
ALTER TABLE users ADD COLUMN timesheet bigint NOT NULL DEFAULT 1;

CREATE TABLE time_entries (
    id         uuid        NOT NULL CONSTRAINT time_entries_pkey PRIMARY KEY,
    project_id uuid        NOT NULL CONSTRAINT time_entries_project REFERENCES projects (id),
    task_id    uuid        NOT NULL CONSTRAINT time_entries_task REFERENCES tasks (id),
    user_id    uuid        NOT NULL CONSTRAINT time_entries_user REFERENCES users (id),
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    note       text,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version    bigint      NOT NULL CONSTRAINT time_entries_version_positive CHECK (version >= 1),
    CONSTRAINT time_entries_ordered CHECK (started_at <= ended_at)
);

-- PROJ-10: one timer of a user runs.
CREATE UNIQUE INDEX time_entries_running ON time_entries (user_id)
    WHERE ended_at IS NULL AND deleted_at IS NULL;
CREATE INDEX time_entries_by_user ON time_entries (user_id, started_at, id) WHERE deleted_at IS NULL;
CREATE INDEX time_entries_by_project ON time_entries (project_id, user_id, started_at)
    WHERE deleted_at IS NULL;
CREATE INDEX time_entries_by_task ON time_entries (task_id, started_at, id) WHERE deleted_at IS NULL;

CREATE TABLE task_comments (
    id         uuid        NOT NULL CONSTRAINT task_comments_pkey PRIMARY KEY,
    project_id uuid        NOT NULL CONSTRAINT task_comments_project REFERENCES projects (id),
    task_id    uuid        NOT NULL CONSTRAINT task_comments_task REFERENCES tasks (id),
    -- The first comment of the thread that this one answers in.
    thread_id  uuid        CONSTRAINT task_comments_thread REFERENCES task_comments (id),
    author_id  uuid        NOT NULL CONSTRAINT task_comments_author REFERENCES users (id),
    body       text        NOT NULL,
    created_at timestamptz NOT NULL,
    edited_at  timestamptz,
    deleted_at timestamptz,
    -- What it is found by.
    words      text[]      NOT NULL DEFAULT '{}',
    version    bigint      NOT NULL CONSTRAINT task_comments_version_positive CHECK (version >= 1)
);

CREATE INDEX task_comments_words ON task_comments USING gin (words) WHERE deleted_at IS NULL;
CREATE INDEX task_comments_by_task ON task_comments (task_id, created_at, id);

-- When a project is worked on. A project without a row has the calendar that every project begins with.
CREATE TABLE project_calendars (
    project_id uuid        NOT NULL CONSTRAINT project_calendars_pkey PRIMARY KEY
        CONSTRAINT project_calendars_project REFERENCES projects (id),
    -- The hours of a week: weekday, from and until, each.
    hours      json        NOT NULL,
    holidays   date[]      NOT NULL,
    version    bigint      NOT NULL CONSTRAINT project_calendars_version_positive CHECK (version >= 1),
    updated_at timestamptz
);

-- What is to be ticked off of a task. A task without a row has nothing on its checklist.
CREATE TABLE task_checklists (
    task_id    uuid        NOT NULL CONSTRAINT task_checklists_pkey PRIMARY KEY
        CONSTRAINT task_checklists_task REFERENCES tasks (id),
    -- The lines in order: id, text, who ticked it off and when.
    items      json        NOT NULL,
    version    bigint      NOT NULL CONSTRAINT task_checklists_version_positive CHECK (version >= 1),
    updated_at timestamptz
);

-- Who watches tasks. All of them are members of the task's project.
CREATE TABLE task_watchers (
    task_id    uuid        NOT NULL CONSTRAINT task_watchers_task REFERENCES tasks (id),
    user_id    uuid        NOT NULL CONSTRAINT task_watchers_user REFERENCES users (id),
    project_id uuid        NOT NULL CONSTRAINT task_watchers_project REFERENCES projects (id),
    since      timestamptz NOT NULL,
    CONSTRAINT task_watchers_pkey PRIMARY KEY (task_id, user_id)
);

CREATE INDEX task_watchers_by_user ON task_watchers (user_id, project_id);

-- What is known of files; their bytes are in the object store, under their ids.
CREATE TABLE attachments (
    id           uuid        NOT NULL CONSTRAINT attachments_pkey PRIMARY KEY,
    project_id   uuid        NOT NULL CONSTRAINT attachments_project REFERENCES projects (id),
    task_id      uuid        CONSTRAINT attachments_task REFERENCES tasks (id),
    name         text        NOT NULL,
    content_type text        NOT NULL,
    -- Once all of it has come in.
    size_bytes   bigint      CONSTRAINT attachments_size_not_negative CHECK (size_bytes >= 0),
    sha256       text,
    state        text        NOT NULL CONSTRAINT attachments_state_known
        CHECK (state IN ('pending', 'linked', 'deleted', 'doomed')),
    uploaded_by  uuid        NOT NULL CONSTRAINT attachments_uploaded_by REFERENCES users (id),
    created_at   timestamptz NOT NULL,
    since        timestamptz NOT NULL,
    version      bigint      NOT NULL CONSTRAINT attachments_version_positive CHECK (version >= 1),
    CONSTRAINT attachments_stored CHECK ((size_bytes IS NULL) = (sha256 IS NULL)),
    CONSTRAINT attachments_linked CHECK (state <> 'linked' OR task_id IS NOT NULL)
);

CREATE INDEX attachments_by_task ON attachments (task_id, created_at, id) WHERE state = 'linked';
CREATE INDEX attachments_to_sweep ON attachments (created_at, id) WHERE state <> 'linked';

-- What an hour of someone's work costs from a day on.
CREATE TABLE hourly_rates (
    id         uuid        NOT NULL CONSTRAINT hourly_rates_pkey PRIMARY KEY,
    user_id    uuid        NOT NULL CONSTRAINT hourly_rates_user REFERENCES users (id),
    project_id uuid        CONSTRAINT hourly_rates_project REFERENCES projects (id),
    valid_from date        NOT NULL,
    rate       numeric     NOT NULL CONSTRAINT hourly_rates_not_negative CHECK (rate >= 0),
    currency   text        NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version    bigint      NOT NULL CONSTRAINT hourly_rates_version_positive CHECK (version >= 1)
);

CREATE UNIQUE INDEX hourly_rates_day ON hourly_rates (user_id, project_id, valid_from)
    NULLS NOT DISTINCT WHERE deleted_at IS NULL;
CREATE INDEX hourly_rates_by_user ON hourly_rates (user_id, valid_from, id) WHERE deleted_at IS NULL;
