-- Rooms can be archived; history that is taken over is a kind of message of its own, which never counts
-- as unread; and the owners of a room are found without its other members.

ALTER TABLE chat_rooms ADD COLUMN archived_at timestamptz;

-- Rows from before keep the narrower rule.
ALTER TABLE chat_messages DROP CONSTRAINT chat_messages_kind_known;
ALTER TABLE chat_messages ADD CONSTRAINT chat_messages_kind_known
    CHECK (kind IN ('user', 'system', 'imported')) NOT VALID;

CREATE INDEX chat_members_owners ON chat_members (room_id, user_id) WHERE role = 'owner';
