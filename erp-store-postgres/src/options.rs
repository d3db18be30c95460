//! What a host may set, and what it means for a connection.

use std::{str::FromStr, time::Duration};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use erp_core::port::{StoreError, StoreResult};

/// The longest identifier that PostgreSQL keeps whole, in bytes.
const MAX_IDENTIFIER_BYTES: usize = 63;

/// The most statements that a connection keeps prepared: all that the store has and a host's records need. sqlx
/// keeps 100 by itself, and would prepare the others again and again.
const PREPARED: usize = 512;

/// What a host may set. `Default` is what most want.
#[derive(Clone, Debug)]
pub struct PgStoreOptions {
    /// The schema of this organisation; [`migrate`](crate::PgStore::migrate) creates it. Lower-case
    /// letters, digits and underscores, not beginning with a digit. Without one, the first schema of
    /// the connection's search path.
    pub schema: Option<String>,
    /// The most connections of the pool. The event log and the wake-ups hold up to three more. One that has
    /// prepared all statements (512 at most) takes some 30 MB on the server.
    pub max_connections: u32,
    /// How long a call waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long the server works on one statement before it gives up.
    pub statement_timeout: Duration,
    /// How long a call waits for the server, which may be gone without a word. Longer than
    /// `statement_timeout`, or that one never tells.
    pub deadline: Duration,
    /// What the store keeps of the log in memory.
    pub event_log: EventLogOptions,
}

/// What the store keeps of the log in memory.
#[derive(Clone, Copy, Debug)]
pub struct EventLogOptions {
    /// The most events to keep.
    pub ring_events: usize,
    /// The most bytes of payload to keep.
    pub ring_bytes: usize,
    /// How long a lost wake-up can delay.
    pub safety_poll: Duration,
}

impl Default for PgStoreOptions {
    fn default() -> Self {
        Self {
            schema: None,
            max_connections: 16,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(15),
            deadline: Duration::from_secs(20),
            event_log: EventLogOptions::default(),
        }
    }
}

impl Default for EventLogOptions {
    fn default() -> Self {
        Self {
            ring_events: 16 * 1024,
            ring_bytes: 32 * 1024 * 1024,
            safety_poll: Duration::from_secs(1),
        }
    }
}

impl PgStoreOptions {
    /// These options, with this schema.
    #[must_use]
    pub fn with_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// How a connection to this URL is set up.
    pub(crate) fn connect_options(&self, url: &str) -> StoreResult<PgConnectOptions> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Internal(format!("database URL: {error}")))?;
        let timeout_ms = self.statement_timeout.as_millis().to_string();
        let options = options.statement_cache_capacity(PREPARED).options([
            ("statement_timeout", timeout_ms.as_str()),
            // Every statement of this store is written for one plan. Planning the larger ones for
            // their values again and again costs more than running them.
            ("plan_cache_mode", "force_generic_plan"),
            // A plan is kept for any values, and for the time that comes: one that was made while a table
            // had a page of rows would read all of it for each of them, until it is analyzed.
            ("enable_seqscan", "off"),
            // Estimates of recursive queries are high enough to have them compiled, which takes a
            // hundred times as long as they do.
            ("jit", "off"),
        ]);
        Ok(match self.checked_schema()? {
            Some(schema) => options.options([("search_path", schema)]),
            None => options,
        })
    }

    /// The settings of the pool.
    pub(crate) fn pool_options(&self) -> PgPoolOptions {
        PgPoolOptions::new()
            .max_connections(self.max_connections)
            .acquire_timeout(self.acquire_timeout)
            // A ping per acquire costs a round trip; a dead connection is found by the statement.
            .test_before_acquire(false)
    }

    /// The schema, once it is known to need no quoting.
    pub(crate) fn checked_schema(&self) -> StoreResult<Option<&str>> {
        let Some(schema) = self.schema.as_deref() else { return Ok(None) };
        let plain =
            schema.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let begins = schema.bytes().next().is_some_and(|first| !first.is_ascii_digit());
        let own = !schema.starts_with("pg_") && schema != "information_schema";
        if plain && begins && own && schema.len() <= MAX_IDENTIFIER_BYTES {
            return Ok(Some(schema));
        }
        Err(StoreError::Internal(format!("not a usable schema name: {schema:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_become_schemas() {
        let checked =
            |name: &str| PgStoreOptions::default().with_schema(name).checked_schema().is_ok();
        assert!(checked("org_1") && checked("_a"));
        for bad in ["", "1a", "Org", "a b", "a\"b", "a;b", "pg_x", "information_schema"] {
            assert!(!checked(bad), "{bad}");
        }
        assert!(!checked(&"a".repeat(64)));
    }
}
