-- Users, sessions, roles, teams and the audit log.
--
-- Everything is created in the first schema of the connection's search_path: one schema is one
-- organisation. Domain values (times, ids, lower-cased keys) come from the engine, never from
-- defaults. Every constraint that a commit can run into has a name, which
-- erp-store-postgres/src/constraint.rs turns into a typed conflict.

CREATE TABLE users (
    id            uuid        NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    email         text        NOT NULL,
    -- Lower-cased by the engine, so that both stores agree on what is equal.
    email_key     text        COLLATE "C" NOT NULL,
    display_name  text        NOT NULL,
    name_key      text        COLLATE "C" NOT NULL,
    password_hash text,
    status        text        NOT NULL
        CONSTRAINT users_status_known CHECK (status IN ('active', 'deactivated', 'deleted')),
    version       bigint      NOT NULL CONSTRAINT users_version_positive CHECK (version >= 1),
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);

-- AUTH-6: an address is taken only by a user who is not deleted.
CREATE UNIQUE INDEX users_email_live ON users (email_key) WHERE status <> 'deleted';
CREATE INDEX users_by_name ON users (name_key, id);

CREATE TABLE user_sessions (
    id           uuid        NOT NULL CONSTRAINT user_sessions_pkey PRIMARY KEY,
    user_id      uuid        NOT NULL CONSTRAINT user_sessions_user REFERENCES users (id),
    token_hash   bytea       NOT NULL CONSTRAINT user_sessions_token UNIQUE
        CONSTRAINT user_sessions_token_is_a_hash CHECK (octet_length(token_hash) = 32),
    device_name  text,
    user_agent   text,
    ip           inet,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);

CREATE INDEX user_sessions_by_user ON user_sessions (user_id, created_at DESC, id DESC);
CREATE INDEX user_sessions_by_expiry ON user_sessions (expires_at);

CREATE TABLE login_failures (
    key     text        COLLATE "C" NOT NULL CONSTRAINT login_failures_pkey PRIMARY KEY,
    count   integer     NOT NULL CONSTRAINT login_failures_count_positive CHECK (count >= 1),
    last_at timestamptz NOT NULL
);

CREATE INDEX login_failures_by_age ON login_failures (last_at);

-- The built-in roles are written by `PgStore::migrate`, from the engine's own table of them.
CREATE TABLE roles (
    id          uuid    NOT NULL CONSTRAINT roles_pkey PRIMARY KEY,
    name        text    NOT NULL,
    name_key    text    COLLATE "C" NOT NULL CONSTRAINT roles_name UNIQUE,
    -- Dotted names of erp_core::policy::Permission.
    permissions text[]  NOT NULL,
    built_in    boolean NOT NULL,
    version     bigint  NOT NULL CONSTRAINT roles_version_positive CHECK (version >= 1)
);

CREATE TABLE teams (
    id         uuid        NOT NULL CONSTRAINT teams_pkey PRIMARY KEY,
    name       text        NOT NULL,
    name_key   text        COLLATE "C" NOT NULL CONSTRAINT teams_name UNIQUE,
    version    bigint      NOT NULL CONSTRAINT teams_version_positive CHECK (version >= 1),
    created_at timestamptz NOT NULL
);

CREATE TABLE team_members (
    team_id uuid NOT NULL CONSTRAINT team_members_team REFERENCES teams (id) ON DELETE CASCADE,
    user_id uuid NOT NULL CONSTRAINT team_members_user REFERENCES users (id),
    CONSTRAINT team_members_pkey PRIMARY KEY (team_id, user_id)
);

CREATE INDEX team_members_by_user ON team_members (user_id, team_id);

CREATE TABLE team_nestings (
    parent_id uuid NOT NULL CONSTRAINT team_nestings_parent REFERENCES teams (id) ON DELETE CASCADE,
    child_id  uuid NOT NULL CONSTRAINT team_nestings_child REFERENCES teams (id) ON DELETE CASCADE,
    CONSTRAINT team_nestings_pkey PRIMARY KEY (parent_id, child_id)
);

CREATE INDEX team_nestings_by_child ON team_nestings (child_id, parent_id);

CREATE TABLE role_grants (
    role_id uuid NOT NULL CONSTRAINT role_grants_role REFERENCES roles (id) ON DELETE CASCADE,
    user_id uuid CONSTRAINT role_grants_user REFERENCES users (id),
    team_id uuid CONSTRAINT role_grants_team REFERENCES teams (id) ON DELETE CASCADE,
    CONSTRAINT role_grants_one_holder CHECK (num_nonnulls(user_id, team_id) = 1)
);

CREATE UNIQUE INDEX role_grants_of_user ON role_grants (user_id, role_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX role_grants_of_team ON role_grants (team_id, role_id) WHERE team_id IS NOT NULL;
CREATE INDEX role_grants_by_role ON role_grants (role_id);

-- The graph of users' states, roles, grants, teams and nestings has one version. Whoever changes
-- the graph locks this row first; whoever decided on it compares. Rights are remembered by it: whoever
-- changes these tables by hand raises it.
CREATE TABLE access_graph (
    only_row boolean NOT NULL DEFAULT true CONSTRAINT access_graph_pkey PRIMARY KEY
        CONSTRAINT access_graph_one_row CHECK (only_row),
    version  bigint  NOT NULL
);

-- The engine writes its built-in roles when it migrates, which makes this 1.
INSERT INTO access_graph (version) VALUES (0);

-- The audit log: one partition for each month (UTC). Retention drops whole months and leaves an
-- anchor. No foreign keys: history outlives what it tells of.
CREATE TABLE audit_log (
    id             uuid        NOT NULL,
    at             timestamptz NOT NULL,
    actor_id       uuid,
    on_behalf_of   uuid,
    action         text        NOT NULL,
    entity_kind    text        NOT NULL,
    entity_id      uuid        NOT NULL,
    entity_room    uuid,
    -- json, not jsonb: it is kept as written, and only ever read whole.
    changes        json        NOT NULL,
    session_id     uuid,
    ip             inet,
    correlation_id text,
    CONSTRAINT audit_log_pkey PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);

CREATE INDEX audit_log_by_entity ON audit_log (entity_id, at, id);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, at, id);

-- Takes what no month has a partition for yet, so that a commit never fails for lack of one.
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;

CREATE TABLE audit_anchors (
    period  timestamptz NOT NULL CONSTRAINT audit_anchors_pkey PRIMARY KEY,
    entries bigint      NOT NULL CONSTRAINT audit_anchors_entries_positive CHECK (entries > 0),
    digest  text        NOT NULL
);

-- Who belongs to a team: directly, through a nested team, or both (AUTH-11). Each user once. The
-- walk starts at the team that is asked for: the planner pushes `team_id = …` into it.
CREATE VIEW team_effective_members AS
SELECT team.id AS team_id, member.user_id, member.direct, member.inherited
FROM teams AS team
CROSS JOIN LATERAL (
    WITH RECURSIVE inside (id) AS (
        SELECT team.id
        UNION
        SELECT nesting.child_id
        FROM inside JOIN team_nestings AS nesting ON nesting.parent_id = inside.id
    )
    SELECT membership.user_id,
           bool_or(membership.team_id = team.id) AS direct,
           bool_or(membership.team_id <> team.id) AS inherited
    FROM inside JOIN team_members AS membership ON membership.team_id = inside.id
    GROUP BY membership.user_id
) AS member;

-- What a user may do: the union of the roles that he has and those of the teams that he is in,
-- directly or through nesting (AUTH-8). Each permission once.
CREATE VIEW user_effective_permissions AS
SELECT holder.id AS user_id, held.permission
FROM users AS holder
CROSS JOIN LATERAL (
    WITH RECURSIVE around (id) AS (
        SELECT membership.team_id FROM team_members AS membership
        WHERE membership.user_id = holder.id
        UNION
        SELECT nesting.parent_id
        FROM around JOIN team_nestings AS nesting ON nesting.child_id = around.id
    )
    SELECT unnest(role.permissions) AS permission
    FROM role_grants AS direct JOIN roles AS role ON role.id = direct.role_id
    WHERE direct.user_id = holder.id
    UNION
    SELECT unnest(role.permissions)
    FROM around
    JOIN role_grants AS through ON through.team_id = around.id
    JOIN roles AS role ON role.id = through.role_id
) AS held;

-- Sessions that were not revoked (revoking deletes the row), with their user's status. Whether one
-- has expired is judged by the engine's clock, which SQL does not know.
CREATE VIEW active_sessions AS
SELECT session.id, session.user_id, session.token_hash, session.device_name, session.user_agent,
       session.ip, session.created_at, session.last_used_at, session.expires_at,
       holder.status AS user_status
FROM user_sessions AS session JOIN users AS holder ON holder.id = session.user_id;
