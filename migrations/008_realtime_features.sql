-- Chat rooms with their members and messages, and the leases of live connections.

CREATE TABLE chat_rooms (
    id                 uuid        NOT NULL CONSTRAINT chat_rooms_pkey PRIMARY KEY,
    kind               text        NOT NULL CONSTRAINT chat_rooms_kind_known
        CHECK (kind IN ('direct', 'group', 'channel', 'project', 'support')),
    name               text,
    -- Lower-cased by the engine, so that both stores agree on what is equal.
    name_key           text        COLLATE "C",
    topic              text,
    project_id         uuid,
    direct_low         uuid,
    direct_high        uuid,
    history            text        NOT NULL CONSTRAINT chat_rooms_history_known
        CHECK (history IN ('full', 'from_join')),
    -- The number of the last message: it rises under this row's lock, so there is no gap (CHAT-11).
    last_seq           bigint      NOT NULL CONSTRAINT chat_rooms_last_seq_natural CHECK (last_seq >= 0),
    last_message_at    timestamptz,
    member_count       bigint      NOT NULL CONSTRAINT chat_rooms_members_natural CHECK (member_count >= 0),
    roster             bigint      NOT NULL,
    version            bigint      NOT NULL CONSTRAINT chat_rooms_version_positive CHECK (version >= 1),
    created_by         uuid,
    created_at         timestamptz NOT NULL,
    -- No message after this one is deleted or a system message: reads of unread counts look for
    -- such messages only when the read pointer is below. An upper bound; it never falls.
    last_uncounted_seq bigint      NOT NULL DEFAULT 0,
    CONSTRAINT chat_rooms_pair_ordered CHECK (direct_low <= direct_high),
    CONSTRAINT chat_rooms_pair_whole CHECK (num_nonnulls(direct_low, direct_high) IN (0, 2))
) WITH (fillfactor = 70);

-- CHAT-10: one direct room for each unordered pair.
CREATE UNIQUE INDEX chat_rooms_direct_pair ON chat_rooms (direct_low, direct_high)
    WHERE direct_low IS NOT NULL;
CREATE UNIQUE INDEX chat_rooms_channel_name ON chat_rooms (name_key) WHERE kind = 'channel';
CREATE INDEX chat_rooms_channels ON chat_rooms (id) WHERE kind = 'channel';

CREATE TABLE chat_members (
    room_id       uuid        NOT NULL CONSTRAINT chat_members_room REFERENCES chat_rooms (id),
    user_id       uuid        NOT NULL CONSTRAINT chat_members_user REFERENCES users (id),
    role          text        NOT NULL CONSTRAINT chat_members_role_known
        CHECK (role IN ('owner', 'moderator', 'member')),
    joined_at     timestamptz NOT NULL,
    visible_after bigint      NOT NULL CONSTRAINT chat_members_visible_natural CHECK (visible_after >= 0),
    read_seq      bigint      NOT NULL CONSTRAINT chat_members_read_natural CHECK (read_seq >= 0),
    muted_until   timestamptz,
    -- No message after this one is the member's own: as chat_rooms.last_uncounted_seq.
    last_own_seq  bigint      NOT NULL,
    CONSTRAINT chat_members_pkey PRIMARY KEY (room_id, user_id)
) WITH (fillfactor = 80);

CREATE INDEX chat_members_by_user ON chat_members (user_id, room_id);

-- Room and author are no foreign keys: the commit has both rows in hand (it numbers the message by
-- updating the room and the author's membership), rooms and users are never removed, and the checks
-- would cost each post two more row locks.
CREATE TABLE chat_messages (
    id         uuid        NOT NULL CONSTRAINT chat_messages_pkey PRIMARY KEY,
    room_id    uuid        NOT NULL,
    seq        bigint      NOT NULL CONSTRAINT chat_messages_seq_positive CHECK (seq >= 1),
    author_id  uuid        NOT NULL,
    kind       text        NOT NULL CONSTRAINT chat_messages_kind_known
        CHECK (kind IN ('user', 'system')),
    format     text        NOT NULL CONSTRAINT chat_messages_format_known
        CHECK (format IN ('text', 'markdown', 'html')),
    body       text        NOT NULL,
    created_at timestamptz NOT NULL,
    edited_at  timestamptz,
    deleted_at timestamptz,
    version    bigint      NOT NULL CONSTRAINT chat_messages_version_positive CHECK (version >= 1)
);

CREATE UNIQUE INDEX chat_messages_by_room ON chat_messages (room_id, seq);
CREATE INDEX chat_messages_by_author ON chat_messages (room_id, author_id, seq);
CREATE INDEX chat_messages_uncounted ON chat_messages (room_id, seq)
    WHERE deleted_at IS NOT NULL OR kind <> 'user';

CREATE TABLE chat_message_edits (
    message_id uuid        NOT NULL CONSTRAINT chat_message_edits_message REFERENCES chat_messages (id),
    version    bigint      NOT NULL,
    body       text        NOT NULL,
    edited_by  uuid        NOT NULL,
    edited_at  timestamptz NOT NULL,
    CONSTRAINT chat_message_edits_pkey PRIMARY KEY (message_id, version)
);

-- A row for each user who is online. It is locked before his leases are touched, so that of several
-- first connections, or last ones on several nodes, exactly one tells the world.
CREATE TABLE presence_users (
    user_id uuid        NOT NULL CONSTRAINT presence_users_pkey PRIMARY KEY,
    since   timestamptz NOT NULL
);

CREATE TABLE presence_leases (
    connection_id uuid        NOT NULL CONSTRAINT presence_leases_pkey PRIMARY KEY,
    user_id       uuid        NOT NULL,
    node_id       uuid        NOT NULL,
    opened_at     timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    -- A closed lease runs on for the grace and cannot be renewed (PRES-10).
    closed        boolean     NOT NULL
);

CREATE INDEX presence_leases_by_user ON presence_leases (user_id, expires_at);
CREATE INDEX presence_leases_by_expiry ON presence_leases (expires_at);
