-- Devices that users have logged in from. With its token and the right password a user gets in at once,
-- whatever strangers try; alone it opens nothing.

CREATE TABLE known_devices (
    token_hash   bytea       NOT NULL CONSTRAINT known_devices_pkey PRIMARY KEY
        CONSTRAINT known_devices_token_is_a_hash CHECK (octet_length(token_hash) = 32),
    user_id      uuid        NOT NULL CONSTRAINT known_devices_user REFERENCES users (id),
    -- The session of the last login from there. No foreign key: it may have ended.
    session_id   uuid        NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);

CREATE INDEX known_devices_by_user ON known_devices (user_id, last_used_at DESC, token_hash DESC);
CREATE INDEX known_devices_by_expiry ON known_devices (expires_at);

-- An attempt counts itself before it is judged; one that was good is taken back.
ALTER TABLE login_failures DROP CONSTRAINT login_failures_count_positive;
ALTER TABLE login_failures
    ADD CONSTRAINT login_failures_count_not_negative CHECK (count >= 0);
