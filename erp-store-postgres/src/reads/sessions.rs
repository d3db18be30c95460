//! Sessions and the memory of failed logins.

use async_trait::async_trait;
use erp_core::{
    access::{KnownDevice, LoginFailures, Session, SessionRow, SessionStore, TokenHash},
    ids::{SessionId, UserId},
    port::StoreResult,
    time::Timestamp,
};
use sqlx::{Row, postgres::PgRow};

use super::Reads;
use crate::{
    rows::{self, device_columns, session_columns},
    sql,
};

#[async_trait]
impl SessionStore for Reads {
    async fn by_token(&self, token: &TokenHash) -> StoreResult<Option<SessionRow>> {
        let query = sql::query(concat!(
            "SELECT ",
            session_columns!(),
            ", session.user_status FROM active_sessions AS session \
             WHERE session.token_hash = $1"
        ));
        let query = query.bind(&token.0[..]).try_map(|row| rows::session_row(&row));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn by_id(&self, id: SessionId) -> StoreResult<Option<SessionRow>> {
        let query = sql::query(concat!(
            "SELECT ",
            session_columns!(),
            ", session.user_status FROM active_sessions AS session \
             WHERE session.id = $1"
        ));
        let query = query.bind(id.uuid()).try_map(|row| rows::session_row(&row));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn of_user(&self, user: UserId) -> StoreResult<Vec<Session>> {
        let query = sql::query(concat!(
            "SELECT ",
            session_columns!(),
            " FROM user_sessions AS session \
             WHERE session.user_id = $1 ORDER BY session.created_at DESC, session.id DESC"
        ));
        let query = query.bind(user.uuid()).try_map(|row| rows::session(&row));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn touch(&self, id: SessionId, at: Timestamp) -> StoreResult<()> {
        let query = sql::query(
            "UPDATE user_sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2",
        );
        self.db.run(query.bind(id.uuid()).bind(at).execute(&self.db.pool)).await?;
        Ok(())
    }

    async fn failures(&self, key: &str) -> StoreResult<LoginFailures> {
        let query = sql::query("SELECT count, last_at FROM login_failures WHERE key = $1");
        let query = query.bind(key).try_map(failures);
        let known = self.db.run(query.fetch_optional(&self.db.pool)).await?;
        Ok(known.unwrap_or_default())
    }

    async fn record_failure(
        &self,
        key: &str,
        at: Timestamp,
        forget_before: Timestamp,
    ) -> StoreResult<LoginFailures> {
        let query = sql::query(
            "INSERT INTO login_failures AS known (key, count, last_at) VALUES ($1, 1, $2) \
             ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at, count = CASE \
             WHEN known.last_at < $3 THEN 1 WHEN known.count = 2147483647 THEN known.count \
             ELSE known.count + 1 END \
             RETURNING count, last_at",
        );
        let query = query.bind(key).bind(at).bind(forget_before).try_map(failures);
        self.db.run(query.fetch_one(&self.db.pool)).await
    }

    async fn device(&self, token: &TokenHash) -> StoreResult<Option<KnownDevice>> {
        let query = sql::query(concat!(
            "SELECT ",
            device_columns!(),
            " FROM known_devices AS device WHERE device.token_hash = $1"
        ));
        let query = query.bind(&token.0[..]).try_map(|row| rows::device(&row));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn devices_of(&self, user: UserId) -> StoreResult<Vec<KnownDevice>> {
        let query = sql::query(concat!(
            "SELECT ",
            device_columns!(),
            " FROM known_devices AS device WHERE device.user_id = $1 \
             ORDER BY device.last_used_at DESC, device.token_hash DESC"
        ));
        let query = query.bind(user.uuid()).try_map(|row| rows::device(&row));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn take_back_failure(&self, key: &str) -> StoreResult<()> {
        let query =
            sql::query("UPDATE login_failures SET count = count - 1 WHERE key = $1 AND count > 0");
        self.db.run(query.bind(key).execute(&self.db.pool)).await?;
        Ok(())
    }

    async fn clear_failures(&self, key: &str) -> StoreResult<()> {
        let query = sql::query("DELETE FROM login_failures WHERE key = $1").bind(key);
        self.db.run(query.execute(&self.db.pool)).await?;
        Ok(())
    }
}

fn failures(row: PgRow) -> sqlx::Result<LoginFailures> {
    let count: i32 = row.try_get(0)?;
    Ok(LoginFailures { count: count.unsigned_abs(), last_at: Some(row.try_get(1)?) })
}
