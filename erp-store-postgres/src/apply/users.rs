//! Users, their sessions and their devices.

use erp_core::{
    access::{
        Email, KnownDevice, PasswordHash, RevokedSessions, Session, TokenHash, User, UserPatch,
        UserStatus,
    },
    change::Version,
    error::Conflict,
    ids::UserId,
    port::StoreError,
    text,
    time::Timestamp,
};
use sqlx::PgConnection;

use super::{expect, missing};
use crate::{commit::Failure, rows::device_and_ip, sql};

pub(super) async fn create(
    conn: &mut PgConnection,
    user: &User,
    password: Option<&PasswordHash>,
) -> Result<(), Failure> {
    sql::query(
        "INSERT INTO users (id, email, email_key, display_name, name_key, password_hash, status, \
         version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(user.id.uuid())
    .bind(user.email.as_str())
    .bind(user.email.key())
    .bind(&user.display_name)
    .bind(text::key(&user.display_name))
    .bind(password.map(|hash| hash.0.as_str()))
    .bind(user.status.as_str())
    .bind(user.version.0)
    .bind(user.created_at)
    .bind(user.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update(
    conn: &mut PgConnection,
    id: UserId,
    expected: Version,
    patch: &UserPatch,
    at: Timestamp,
) -> Result<(), Failure> {
    expect("user", version(conn, id).await?, expected)?;
    sql::query(
        "UPDATE users SET email = coalesce($2, email), email_key = coalesce($3, email_key), \
         display_name = coalesce($4, display_name), name_key = coalesce($5, name_key), \
         version = version + 1, updated_at = $6 WHERE id = $1",
    )
    .bind(id.uuid())
    .bind(patch.email.as_ref().map(Email::as_str))
    .bind(patch.email.as_ref().map(Email::key))
    .bind(patch.display_name.as_deref())
    .bind(patch.display_name.as_ref().map(|name| text::key(name)))
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_status(
    conn: &mut PgConnection,
    id: UserId,
    expected: Version,
    status: UserStatus,
    at: Timestamp,
) -> Result<(), Failure> {
    expect("user", version(conn, id).await?, expected)?;
    sql::query(
        "UPDATE users SET status = $2, version = version + 1, updated_at = $3 WHERE id = $1",
    )
    .bind(id.uuid())
    .bind(status.as_str())
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The present version, under the row lock that the commit holds.
async fn version(conn: &mut PgConnection, id: UserId) -> Result<Option<i64>, Failure> {
    Ok(sql::query_scalar("SELECT version FROM users WHERE id = $1")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?)
}

pub(super) async fn set_password(
    conn: &mut PgConnection,
    id: UserId,
    password: &PasswordHash,
) -> Result<(), Failure> {
    let done = sql::query("UPDATE users SET password_hash = $2 WHERE id = $1")
        .bind(id.uuid())
        .bind(&password.0)
        .execute(conn)
        .await?;
    if done.rows_affected() == 0 { Err(missing("user")) } else { Ok(()) }
}

pub(super) async fn create_session(
    conn: &mut PgConnection,
    session: &Session,
    token: &TokenHash,
) -> Result<(), Failure> {
    let (device, user_agent, ip) = device_and_ip(session);
    sql::query(
        "INSERT INTO user_sessions (id, user_id, token_hash, device_name, user_agent, ip, \
         created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6::inet, $7, $8, $9)",
    )
    .bind(session.id.uuid())
    .bind(session.user.uuid())
    .bind(&token.0[..])
    .bind(device)
    .bind(user_agent)
    .bind(ip)
    .bind(session.created_at)
    .bind(session.last_used_at)
    .bind(session.expires_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn revoke_sessions(
    conn: &mut PgConnection,
    user: UserId,
    which: RevokedSessions,
) -> Result<(), Failure> {
    let (statement, session) = match which {
        RevokedSessions::All => ("DELETE FROM user_sessions WHERE user_id = $1", None),
        RevokedSessions::AllBut(kept) => {
            ("DELETE FROM user_sessions WHERE user_id = $1 AND id <> $2", Some(kept))
        }
        RevokedSessions::Only(ended) => {
            ("DELETE FROM user_sessions WHERE user_id = $1 AND id = $2", Some(ended))
        }
    };
    let query = sql::query(statement).bind(user.uuid());
    match session {
        None => query.execute(conn).await?,
        Some(session) => query.bind(session.uuid()).execute(conn).await?,
    };
    Ok(())
}

pub(super) async fn remember_device(
    conn: &mut PgConnection,
    device: &KnownDevice,
) -> Result<(), Failure> {
    let written = sql::query(
        "INSERT INTO known_devices AS known \
         (token_hash, user_id, session_id, created_at, last_used_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (token_hash) DO UPDATE SET \
         session_id = excluded.session_id, last_used_at = excluded.last_used_at, \
         expires_at = excluded.expires_at WHERE known.user_id = excluded.user_id",
    )
    .bind(&device.token.0[..])
    .bind(device.user.uuid())
    .bind(device.session.uuid())
    .bind(device.created_at)
    .bind(device.last_used_at)
    .bind(device.expires_at)
    .execute(conn)
    .await?;
    if written.rows_affected() == 0 {
        let taken = Conflict::Exists { entity: "device".into() };
        return Err(StoreError::from(taken).into());
    }
    Ok(())
}

pub(super) async fn forget_device(
    conn: &mut PgConnection,
    user: UserId,
    token: &TokenHash,
) -> Result<(), Failure> {
    sql::query("DELETE FROM known_devices WHERE token_hash = $2 AND user_id = $1")
        .bind(user.uuid())
        .bind(&token.0[..])
        .execute(conn)
        .await?;
    Ok(())
}
