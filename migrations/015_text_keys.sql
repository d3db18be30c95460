-- The folded keys (name_key, code_key, …, and the words of tasks and comments) are made by one function of
-- the engine, `text::key`, which has a version. This is the version that the rows' keys were made with;
-- 0 is the lower case of before. `PgStore::migrate` makes them again when its own is greater.

CREATE TABLE text_keys (
    one     boolean  NOT NULL DEFAULT true CONSTRAINT text_keys_pkey PRIMARY KEY
        CONSTRAINT text_keys_one_row CHECK (one),
    version smallint NOT NULL CONSTRAINT text_keys_version_natural CHECK (version >= 0)
);

INSERT INTO text_keys (version) VALUES (0);
