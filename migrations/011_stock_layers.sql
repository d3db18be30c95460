-- Layers of FIFO keep their names in the ledger (INV-17), and the ledger says what was consumed of
-- reservations (INV-18). What is older than this has neither: such layers are the first to leave.

ALTER TABLE stock_movements
    -- The layers that goods were taken from or came in with; none when they are a layer of their own.
    -- json, since it is only ever read and written whole.
    ADD COLUMN layers         json,
    -- The receipt whose goods went back. No foreign key, as the others of this table.
    ADD COLUMN returns        uuid,
    ADD COLUMN reservation_id uuid,
    ADD COLUMN consumed       numeric;
