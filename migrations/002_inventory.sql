-- Warehouses, item categories, items and stock.

CREATE TABLE warehouses (
    id         uuid        NOT NULL CONSTRAINT warehouses_pkey PRIMARY KEY,
    code       text        NOT NULL,
    -- Lower-cased by the engine, so that both stores agree on what is equal.
    code_key   text        COLLATE "C" NOT NULL CONSTRAINT warehouses_code UNIQUE,
    name       text        NOT NULL,
    address    text,
    negative   text        NOT NULL
        CONSTRAINT warehouses_negative_known CHECK (negative IN ('forbidden', 'allowed')),
    active     boolean     NOT NULL,
    version    bigint      NOT NULL CONSTRAINT warehouses_version_positive CHECK (version >= 1),
    created_at timestamptz NOT NULL
);

-- One row. The tree of categories has one version: whoever changes the tree locks this row first,
-- whoever decided on it compares.
CREATE TABLE inventory_state (
    only_row   boolean NOT NULL DEFAULT true CONSTRAINT inventory_state_pkey PRIMARY KEY
        CONSTRAINT inventory_state_one_row CHECK (only_row),
    categories bigint  NOT NULL
);

INSERT INTO inventory_state (categories) VALUES (1);

CREATE TABLE item_categories (
    id         uuid        NOT NULL CONSTRAINT item_categories_pkey PRIMARY KEY,
    name       text        NOT NULL,
    name_key   text        COLLATE "C" NOT NULL,
    parent_id  uuid CONSTRAINT item_categories_parent REFERENCES item_categories (id),
    version    bigint      NOT NULL CONSTRAINT item_categories_version_positive CHECK (version >= 1),
    created_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX item_categories_name
    ON item_categories (coalesce(parent_id, '00000000-0000-0000-0000-000000000000'), name_key);

CREATE TABLE items (
    id            uuid        NOT NULL CONSTRAINT items_pkey PRIMARY KEY,
    sku           text        NOT NULL,
    sku_key       text        COLLATE "C" NOT NULL CONSTRAINT items_sku UNIQUE,
    name          text        NOT NULL,
    category_id   uuid CONSTRAINT items_category REFERENCES item_categories (id),
    unit          text        NOT NULL,
    scale         smallint    NOT NULL CONSTRAINT items_scale_known CHECK (scale BETWEEN 0 AND 6),
    reorder_level numeric CONSTRAINT items_reorder_natural CHECK (reorder_level >= 0),
    valuation     text        NOT NULL
        CONSTRAINT items_valuation_known CHECK (valuation IN ('moving_average', 'fifo')),
    negative      text
        CONSTRAINT items_negative_known CHECK (negative IN ('forbidden', 'allowed')),
    active        boolean     NOT NULL,
    version       bigint      NOT NULL CONSTRAINT items_version_positive CHECK (version >= 1),
    created_at    timestamptz NOT NULL
);

CREATE INDEX items_by_category ON items (category_id, sku_key) WHERE category_id IS NOT NULL;
