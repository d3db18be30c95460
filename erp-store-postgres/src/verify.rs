//! Recomputes every kept counter from base rows.

use std::time::Duration;

use erp_core::port::{Discrepancy, StoreResult};
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};

use crate::{db::Db, sql};

/// How long all of it may take: the ledgers of many years are read whole.
const DEADLINE: Duration = Duration::from_secs(3_600);

/// Each check: the counter's name, and a statement for the id, what is kept, and what the rows say,
/// where they differ. Bounds differ when something lies beyond them.
const CHECKS: &[(&str, &str)] = &[
    (
        "room.member_count",
        "SELECT room.id, room.member_count, count(member.user_id) FROM chat_rooms AS room \
         LEFT JOIN chat_members AS member ON member.room_id = room.id \
         GROUP BY room.id HAVING room.member_count <> count(member.user_id)",
    ),
    (
        "room.last_seq",
        "SELECT room.id, room.last_seq, count(message.id) FROM chat_rooms AS room \
         LEFT JOIN chat_messages AS message ON message.room_id = room.id GROUP BY room.id \
         HAVING room.last_seq <> count(message.id) \
         OR room.last_seq <> coalesce(max(message.seq), 0)",
    ),
    (
        "room.last_uncounted_seq",
        "SELECT room.id, room.last_uncounted_seq, max(message.seq) FROM chat_rooms AS room \
         JOIN chat_messages AS message ON message.room_id = room.id \
         AND (message.deleted_at IS NOT NULL OR message.kind <> 'user') \
         GROUP BY room.id HAVING room.last_uncounted_seq < max(message.seq)",
    ),
    (
        "member.last_own_seq",
        "SELECT member.user_id, member.last_own_seq, max(message.seq) FROM chat_members AS member \
         JOIN chat_messages AS message ON message.room_id = member.room_id \
         AND message.author_id = member.user_id \
         GROUP BY member.room_id, member.user_id HAVING member.last_own_seq < max(message.seq)",
    ),
    (
        "project.member_count",
        "SELECT project.id, project.member_count, count(member.user_id) \
         FROM projects AS project LEFT JOIN project_members AS member \
         ON member.project_id = project.id GROUP BY project.id \
         HAVING project.member_count <> count(member.user_id)",
    ),
    // inventory, in millionths
    (
        "stock.on_hand",
        "SELECT item_id, (coalesce(balance.on_hand, 0) * 1000000)::bigint, \
         (coalesce(ledger.moved, 0) * 1000000)::bigint FROM stock_balances AS balance FULL JOIN \
         (SELECT item_id, warehouse_id, sum(quantity) AS moved FROM stock_movements \
             GROUP BY item_id, warehouse_id) AS ledger USING (item_id, warehouse_id) \
         WHERE coalesce(balance.on_hand, 0) <> coalesce(ledger.moved, 0)",
    ),
    (
        "stock.lots",
        "SELECT balance.item_id, (sum(stock.on_hand) * 1000000)::bigint, \
         (balance.on_hand * 1000000)::bigint FROM stock_balances AS balance \
         JOIN stock_lots AS stock ON stock.item_id = balance.item_id \
         AND stock.warehouse_id = balance.warehouse_id \
         GROUP BY balance.item_id, balance.warehouse_id \
         HAVING sum(stock.on_hand) <> balance.on_hand",
    ),
    (
        "lot.on_hand",
        "SELECT lot_id, (coalesce(stock.on_hand, 0) * 1000000)::bigint, \
         (coalesce(moved.quantity, 0) * 1000000)::bigint FROM stock_lots AS stock FULL JOIN \
         (SELECT lot_id, warehouse_id, sum(quantity) AS quantity FROM stock_movements \
             WHERE lot_id IS NOT NULL GROUP BY lot_id, warehouse_id) AS moved \
         USING (lot_id, warehouse_id) \
         WHERE coalesce(stock.on_hand, 0) <> coalesce(moved.quantity, 0)",
    ),
    (
        "stock.value",
        "SELECT item_id, (coalesce(balance.value, 0) * 1000000)::bigint, \
         (coalesce(ledger.moved, 0) * 1000000)::bigint FROM stock_balances AS balance FULL JOIN \
         (SELECT item_id, warehouse_id, sum(value) AS moved FROM stock_movements \
             GROUP BY item_id, warehouse_id) AS ledger USING (item_id, warehouse_id) \
         WHERE coalesce(balance.value, 0) <> coalesce(ledger.moved, 0)",
    ),
    (
        "stock.layers",
        "SELECT balance.item_id, (layers.kept * 1000000)::bigint, \
         (balance.on_hand * 1000000)::bigint FROM stock_balances AS balance CROSS JOIN LATERAL \
         (SELECT sum((layer ->> 'quantity')::numeric) AS kept \
             FROM json_array_elements(balance.layers) AS layer) AS layers \
         WHERE layers.kept <> balance.on_hand",
    ),
    (
        "stock.layers_value",
        "SELECT balance.item_id, (layers.kept * 1000000)::bigint, \
         (balance.value * 1000000)::bigint FROM stock_balances AS balance CROSS JOIN LATERAL \
         (SELECT sum((layer ->> 'value')::numeric) AS kept \
             FROM json_array_elements(balance.layers) AS layer) AS layers \
         WHERE layers.kept <> balance.value",
    ),
    (
        "stock.reserved",
        "SELECT balance.item_id, (balance.reserved * 1000000)::bigint, \
         (coalesce(sum(active.quantity - active.consumed), 0) * 1000000)::bigint \
         FROM stock_balances AS balance \
         LEFT JOIN stock_reservations AS active ON active.item_id = balance.item_id \
         AND active.warehouse_id = balance.warehouse_id AND active.state = 'active' \
         GROUP BY balance.item_id, balance.warehouse_id \
         HAVING balance.reserved <> coalesce(sum(active.quantity - active.consumed), 0)",
    ),
    (
        "project.last_task",
        "SELECT project.id, project.last_task, count(task.id) \
         FROM projects AS project LEFT JOIN tasks AS task ON task.project_id = project.id \
         GROUP BY project.id HAVING project.last_task <> count(task.id) \
         OR project.last_task <> coalesce(max(task.number), 0)",
    ),
];

/// The counters that are not what their rows say. On a connection of its own, since no read of a request
/// may take as long.
pub(crate) async fn discrepancies(db: &Db) -> StoreResult<Vec<Discrepancy>> {
    let unhurried = Db { pool: db.pool.clone(), deadline: DEADLINE };
    let timeout_ms = DEADLINE.as_millis().to_string();
    let options = db.pool.connect_options().as_ref().clone();
    let options =
        options.options([("statement_timeout", timeout_ms.as_str()), ("enable_seqscan", "on")]);
    let mut conn = db.run(Box::pin(PgConnection::connect_with(&options))).await?;
    let found = unhurried.run(Box::pin(check_all(&mut conn))).await;
    // What was found is what counts; a connection that does not close cleanly ends anyway.
    let _ = conn.close().await;
    found
}

async fn check_all(conn: &mut PgConnection) -> sqlx::Result<Vec<Discrepancy>> {
    let mut found = Vec::new();
    for (counter, statement) in CHECKS {
        let query = sql::query(*statement).try_map(|row: PgRow| {
            let (id, stored, actual) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            Ok(Discrepancy { counter, id, stored, actual })
        });
        found.extend(query.fetch_all(&mut *conn).await?);
    }
    Ok(found)
}
