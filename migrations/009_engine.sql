-- The event log, and the memory of idempotency keys.

-- One row: what the log is, and how far retention got.
CREATE TABLE event_log_state (
    only_row     boolean NOT NULL DEFAULT true CONSTRAINT event_log_state_pkey PRIMARY KEY
        CONSTRAINT event_log_state_one_row CHECK (only_row),
    -- The log's identity; positions mean something only within it.
    epoch        text    NOT NULL,
    -- Where that identity was given: when the row finds itself elsewhere, it is a restored copy and
    -- gets a new epoch (see erp-store-postgres/src/event_log/identity.rs).
    birthplace   text    NOT NULL,
    -- Writers of events hold this advisory lock, shared, from before they take a position until
    -- their transaction ends.
    lock_key     bigint  NOT NULL,
    -- Events up to here may have been dropped.
    horizon      bigint  NOT NULL,
    -- The latest day (UTC, days since 1970) that has begun a partition of its own.
    newest_day   integer NOT NULL
);

CREATE SEQUENCE event_log_position AS bigint CACHE 1;

-- Partitions are ranges of 1,048,576 positions, and a new day (UTC) moves the sequence on to the
-- next range. So a reader, who knows only positions, finds one partition; and retention, which knows
-- only time, drops whole ones. Holes between positions are allowed.
CREATE TABLE event_log (
    position bigint      NOT NULL CONSTRAINT event_log_pkey PRIMARY KEY,
    at       timestamptz NOT NULL,
    actor_id uuid,
    kind     text        NOT NULL,
    -- json, not jsonb: it is kept as written, and only ever read whole.
    data     json        NOT NULL,
    -- Texts of erp_core::change::Audience, with spaces between.
    audience text        NOT NULL,
    exclude_connection uuid
) PARTITION BY RANGE (position);

-- Takes what no range has a partition for yet, so that a commit never fails for lack of one.
CREATE TABLE event_log_default PARTITION OF event_log DEFAULT;

-- The position's default takes the lock, then the number: whoever sees a gap finds its owner among
-- the lock's holders, or knows that he is gone. The key is this schema's own, so that organisations
-- in one database do not wait for each other; the CASE only fixes the order of the two calls.
DO $migration$
DECLARE
    lock_key bigint := hashtextextended(current_schema() || '.event_log', 0);
BEGIN
    EXECUTE format(
        'ALTER TABLE event_log ALTER COLUMN position SET DEFAULT '
        'CASE WHEN pg_advisory_xact_lock_shared(%s)::text IS NOT NULL '
        'THEN nextval(''event_log_position'') END',
        lock_key
    );
    INSERT INTO event_log_state (epoch, birthplace, lock_key, horizon, newest_day)
    VALUES (replace(gen_random_uuid()::text, '-', ''), '', lock_key, 0, 0);
END
$migration$;

ALTER SEQUENCE event_log_position OWNED BY event_log.position;

CREATE TABLE idempotency_keys (
    -- The nil id is the host itself.
    actor_id    uuid        NOT NULL,
    key         text        COLLATE "C" NOT NULL,
    fingerprint bytea       NOT NULL
        CONSTRAINT idempotency_keys_fingerprint_is_a_hash CHECK (octet_length(fingerprint) = 32),
    answer      json        NOT NULL,
    -- What was allocated for each change; null where nothing was.
    allocated   bigint[]    NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor_id, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
