-- What a user has uploaded and put onto no task yet is counted at every upload.
CREATE INDEX attachments_pending ON attachments (uploaded_by) INCLUDE (size_bytes)
    WHERE state = 'pending';
