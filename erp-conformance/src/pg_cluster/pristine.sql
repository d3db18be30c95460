-- What a template needs so that its copies can be used again: it remembers its own state, and copies
-- return to it. The schema is in every copy; nothing outside of it is touched until `reset` is called.

CREATE SCHEMA erp_pristine;

-- Oids and statistics of everything that is not PostgreSQL's own, and where the rows of a table are
-- kept that is not empty. A copy has the same oids.
CREATE TABLE erp_pristine.relations AS
    SELECT oid, relkind, relpages, reltuples, relallvisible,
           CASE WHEN relkind = 'S' THEN pg_sequence_last_value(oid) END AS last_value,
           CASE WHEN relkind = 'r' AND pg_relation_size(oid) > 0
                THEN 'erp_pristine.seeds_' || oid END AS seeds
    FROM pg_class WHERE oid >= 16384;

CREATE TABLE erp_pristine.catalog (fingerprint text NOT NULL, size bigint NOT NULL, xid xid NOT NULL);

-- Tells whether something was defined, altered or dropped: how many rows the catalogue has, how many
-- of them are younger than a transaction, and what pg_class says, where VACUUM writes too.
CREATE FUNCTION erp_pristine.fingerprint(base xid) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ',
        (SELECT (count(*), sum(hashtext(concat_ws(',', relname, relkind, relnatts, relchecks,
            relhastriggers, reloptions)))) FROM pg_class WHERE oid >= 16384),
        (SELECT (count(*), count(*) FILTER (WHERE age(xmin) < age(base))) FROM pg_attribute
            WHERE attrelid >= 16384),
        (SELECT (count(*), count(*) FILTER (WHERE age(xmin) < age(base))) FROM pg_attrdef),
        (SELECT (count(*), count(*) FILTER (WHERE age(xmin) < age(base))) FROM pg_constraint),
        (SELECT (count(*), count(*) FILTER (WHERE age(xmin) < age(base))) FROM pg_proc
            WHERE oid >= 16384),
        (SELECT (count(*), count(*) FILTER (WHERE age(xmin) < age(base))) FROM pg_trigger),
        (SELECT (count(*), count(*) FILTER (WHERE age(xmin) < age(base))) FROM pg_namespace),
        (SELECT count(*) FROM pg_depend),
        (SELECT count(*) FROM pg_db_role_setting AS setting JOIN pg_database AS own
            ON own.oid = setting.setdatabase WHERE own.datname = current_database()))
$$;

-- Undoes what was written, and returns the tables that VACUUM must then make empty files of. It
-- fails where that is not worth the effort; the database is dropped then.
CREATE FUNCTION erp_pristine.reset() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    own    oid := (SELECT oid FROM pg_database WHERE datname = current_database());
    alone  boolean;
    size   bigint;
    made   text;
    dirty  text[] := '{}';
    tab    record;
    same   boolean;
BEGIN
    -- New sessions are refused already; these have a second to end.
    FOR attempt IN 1..1000 LOOP
        PERFORM pg_stat_clear_snapshot();
        PERFORM pg_terminate_backend(pid) FROM pg_stat_get_activity(NULL)
            WHERE datid = own AND pid <> pg_backend_pid();
        alone := NOT FOUND;
        EXIT WHEN alone;
        PERFORM pg_sleep(0.001);
    END LOOP;
    IF NOT alone THEN
        RAISE EXCEPTION 'sessions do not end';
    END IF;

    SELECT string_agg(oid::regclass::text, ', ') INTO made FROM pg_class
        WHERE relispartition AND relkind = 'r'
            AND oid > (SELECT max(oid) FROM erp_pristine.relations);
    IF made IS NOT NULL THEN
        EXECUTE 'DROP TABLE ' || made;
    END IF;
    SELECT catalog.size INTO size FROM erp_pristine.catalog
        WHERE fingerprint = erp_pristine.fingerprint(catalog.xid);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the schema is not what it was';
    END IF;
    IF pg_relation_size('pg_attribute') > 3 * size THEN
        RAISE EXCEPTION 'the catalogue has grown too much';
    END IF;

    -- Neither foreign keys nor triggers, as when a dump is restored.
    PERFORM set_config('session_replication_role', 'replica', true);
    size := 0;
    FOR tab IN
        -- Cheaper than pg_relation_size, which opens each of them.
        SELECT oid::regclass AS name, seeds, (pg_stat_file(pg_relation_filepath(oid))).size AS size
        FROM erp_pristine.relations WHERE relkind = 'r'
    LOOP
        CONTINUE WHEN tab.size = 0 AND tab.seeds IS NULL;
        IF tab.seeds IS NOT NULL THEN
            EXECUTE format('SELECT (SELECT string_agg(t::text, E''\n'' ORDER BY ctid) FROM %s AS t)
                = (SELECT string_agg(t::text, E''\n'' ORDER BY ctid) FROM %s AS t)',
                tab.name, tab.seeds) INTO same;
            CONTINUE WHEN same;
        END IF;
        size := size + tab.size;
        IF size > 4 * 1024 * 1024 THEN
            RAISE EXCEPTION 'too much was written';
        END IF;
        EXECUTE format('DELETE FROM %s', tab.name);
        IF tab.seeds IS NOT NULL THEN
            EXECUTE format('INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM %s',
                tab.name, tab.seeds);
        END IF;
        dirty := dirty || tab.name::text;
    END LOOP;

    FOR tab IN SELECT oid, last_value FROM erp_pristine.relations WHERE relkind = 'S' LOOP
        PERFORM setval(seqrelid, coalesce(tab.last_value, seqstart), tab.last_value IS NOT NULL)
            FROM pg_sequence WHERE seqrelid = tab.oid;
    END LOOP;
    RETURN array_to_string(dirty, ', ');
END
$$;

-- What VACUUM and ANALYZE noted; then the database is free.
CREATE FUNCTION erp_pristine.finish(mark text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM pg_statistic WHERE starelid >= 16384;
    UPDATE pg_class AS now
        SET relpages = own.relpages, reltuples = own.reltuples, relallvisible = own.relallvisible
        FROM erp_pristine.relations AS own
        WHERE own.oid = now.oid AND (now.relpages, now.reltuples, now.relallvisible)
            IS DISTINCT FROM (own.relpages, own.reltuples, own.relallvisible);
    PERFORM pg_stat_reset();
    EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), mark);
END
$$;

DO $$
DECLARE
    tab record;
BEGIN
    FOR tab IN
        SELECT seeds, oid::regclass AS name FROM erp_pristine.relations WHERE seeds IS NOT NULL
    LOOP
        EXECUTE format('CREATE TABLE %s AS TABLE %s', tab.seeds, tab.name);
    END LOOP;
    -- This schema's own: they have statistics too, and no kind that `reset` looks for.
    INSERT INTO erp_pristine.relations
        SELECT oid, NULL, relpages, reltuples, relallvisible FROM pg_class
        WHERE relnamespace = 'erp_pristine'::regnamespace;
    INSERT INTO erp_pristine.catalog
        SELECT erp_pristine.fingerprint(own), pg_relation_size('pg_attribute'), own
        FROM CAST(pg_current_xact_id()::xid AS xid) AS own;
END
$$;
