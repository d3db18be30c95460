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

-- One row, locked before balances. The tree of categories has one version: whoever changes the tree
-- locks this row first, whoever decided on it compares.
CREATE TABLE inventory_state (
    only_row   boolean NOT NULL DEFAULT true CONSTRAINT inventory_state_pkey PRIMARY KEY
        CONSTRAINT inventory_state_one_row CHECK (only_row),
    categories bigint  NOT NULL,
    -- What had effect before this instant is closed (INV-12). Every balance has it, too: whoever holds
    -- the balance's lock knows it, and needs no lock of this row.
    closed_until timestamptz
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
    tracking      text        NOT NULL DEFAULT 'none'
        CONSTRAINT items_tracking_known CHECK (tracking IN ('none', 'lot', 'serial')),
    active        boolean     NOT NULL,
    version       bigint      NOT NULL CONSTRAINT items_version_positive CHECK (version >= 1),
    created_at    timestamptz NOT NULL
);

CREATE INDEX items_by_category ON items (category_id, sku_key) WHERE category_id IS NOT NULL;

-- How much of an item is in a warehouse: the row that every change of its stock locks. It is what the
-- ledger and the reservations add up to.
CREATE TABLE stock_balances (
    item_id      uuid    NOT NULL CONSTRAINT stock_balances_item REFERENCES items (id),
    warehouse_id uuid    NOT NULL CONSTRAINT stock_balances_warehouse REFERENCES warehouses (id),
    on_hand      numeric NOT NULL,
    reserved     numeric NOT NULL CONSTRAINT stock_balances_reserved_natural CHECK (reserved >= 0),
    value        numeric NOT NULL,
    -- The last known price of one unit.
    rate         numeric NOT NULL,
    low          boolean NOT NULL,
    -- The number of the last posting here.
    seq          bigint  NOT NULL,
    last_at      timestamptz,
    -- What is left of what came in, the oldest first: only of items that are valued by FIFO. json,
    -- since it is only ever read and written whole.
    layers       json    NOT NULL,
    -- As in inventory_state.
    closed_until timestamptz,
    -- Rises with every change of the balance, of its reservations, and of what item and warehouse say
    -- about it: what was worked out without a lock is written if it is still the same.
    version      bigint  NOT NULL,
    CONSTRAINT stock_balances_pkey PRIMARY KEY (item_id, warehouse_id),
    CONSTRAINT stock_balances_nothing_is_worth_nothing CHECK (on_hand <> 0 OR value = 0)
) WITH (fillfactor = 70);

CREATE INDEX stock_balances_by_warehouse ON stock_balances (warehouse_id, item_id);

-- Parts of an item's stock that are kept apart: lots, or pieces with serial numbers. They never change.
CREATE TABLE lots (
    id         uuid        NOT NULL CONSTRAINT lots_pkey PRIMARY KEY,
    item_id    uuid        NOT NULL CONSTRAINT lots_item REFERENCES items (id),
    code       text        NOT NULL,
    code_key   text        COLLATE "C" NOT NULL,
    expires_on date,
    created_at timestamptz NOT NULL,
    CONSTRAINT lots_code UNIQUE (item_id, code_key)
);

-- How much of a lot is in a warehouse: what the ledger adds up to, under the lock of the balance.
CREATE TABLE stock_lots (
    lot_id       uuid    NOT NULL CONSTRAINT stock_lots_lot REFERENCES lots (id),
    warehouse_id uuid    NOT NULL,
    -- As in lots; the last day on which it is good is infinity when it never expires.
    item_id      uuid    NOT NULL,
    good_until   date    NOT NULL,
    on_hand      numeric NOT NULL CONSTRAINT stock_lots_natural CHECK (on_hand >= 0),
    CONSTRAINT stock_lots_pkey PRIMARY KEY (lot_id, warehouse_id)
) WITH (fillfactor = 70);

CREATE INDEX stock_lots_by_item ON stock_lots (item_id, good_until, lot_id, warehouse_id)
    WHERE on_hand > 0;
CREATE INDEX stock_lots_by_day ON stock_lots (good_until, lot_id, warehouse_id) WHERE on_hand > 0;

CREATE TABLE stock_postings (
    id           uuid        NOT NULL CONSTRAINT stock_postings_pkey PRIMARY KEY,
    kind         text        NOT NULL CONSTRAINT stock_postings_kind_known CHECK
        (kind IN ('receipt', 'issue', 'transfer', 'adjustment', 'return', 'count', 'revaluation',
            'reversal')),
    reference    text COLLATE "C",
    -- INV-5: a posting is taken back once.
    reverses     uuid CONSTRAINT stock_postings_reverses UNIQUE,
    posted_by    uuid,
    posted_at    timestamptz NOT NULL,
    effective_at timestamptz NOT NULL
);

CREATE INDEX stock_postings_by_reference ON stock_postings (reference, id)
    WHERE reference IS NOT NULL;

-- The ledger. Rows are only ever added. Item, warehouse and posting are no foreign keys: the commit
-- has their rows in hand, none of them is removed while there are movements, and the checks would
-- cost every line three row locks.
CREATE TABLE stock_movements (
    posting_id   uuid        NOT NULL,
    line         integer     NOT NULL CONSTRAINT stock_movements_line_positive CHECK (line >= 1),
    item_id      uuid        NOT NULL,
    warehouse_id uuid        NOT NULL,
    kind         text        NOT NULL
        CONSTRAINT stock_movements_kind_known CHECK (kind IN ('stock', 'revaluation', 'correction')),
    quantity     numeric     NOT NULL,
    value        numeric     NOT NULL,
    effective_at timestamptz NOT NULL,
    seq          bigint      NOT NULL,
    priced       boolean     NOT NULL,
    -- What was said of it: how much was counted; of a revaluation, what one unit is worth from then on.
    stated       numeric,
    -- The movement that this one is about.
    of_posting   uuid,
    of_line      integer,
    -- Of which lot, if stock of the item lies in lots. No foreign key, as above.
    lot_id       uuid,
    CONSTRAINT stock_movements_pkey PRIMARY KEY (posting_id, line)
);

CREATE INDEX stock_movements_by_item
    ON stock_movements (item_id, effective_at, seq, posting_id, line);

-- What puts the movements of another posting right.
CREATE INDEX stock_movements_corrections ON stock_movements (of_posting)
    WHERE kind <> 'stock' AND of_posting <> posting_id;

CREATE TABLE stock_reservations (
    id           uuid        NOT NULL CONSTRAINT stock_reservations_pkey PRIMARY KEY,
    item_id      uuid        NOT NULL,
    warehouse_id uuid        NOT NULL,
    owner_id     uuid        NOT NULL CONSTRAINT stock_reservations_owner REFERENCES users (id),
    quantity     numeric     NOT NULL CONSTRAINT stock_reservations_positive CHECK (quantity > 0),
    consumed     numeric     NOT NULL
        CONSTRAINT stock_reservations_consumed_within CHECK (consumed BETWEEN 0 AND quantity),
    state        text        NOT NULL CONSTRAINT stock_reservations_state_known
        CHECK (state IN ('active', 'consumed', 'released', 'expired')),
    expires_at   timestamptz,
    reference    text,
    created_at   timestamptz NOT NULL
);

CREATE INDEX stock_reservations_active ON stock_reservations (item_id, id) WHERE state = 'active';
CREATE INDEX stock_reservations_due ON stock_reservations (expires_at, id)
    WHERE state = 'active' AND expires_at IS NOT NULL;
-- The same of one balance, for those who find too little there.
CREATE INDEX stock_reservations_due_there
    ON stock_reservations (item_id, warehouse_id, expires_at, id)
    WHERE state = 'active' AND expires_at IS NOT NULL;

CREATE TABLE stock_alerts (
    id              uuid        NOT NULL CONSTRAINT stock_alerts_pkey PRIMARY KEY,
    item_id         uuid        NOT NULL,
    warehouse_id    uuid        NOT NULL,
    available       numeric     NOT NULL,
    reorder_level   numeric     NOT NULL,
    raised_at       timestamptz NOT NULL,
    acknowledged_by uuid,
    acknowledged_at timestamptz
);

CREATE INDEX stock_alerts_open ON stock_alerts (id) WHERE acknowledged_at IS NULL;
