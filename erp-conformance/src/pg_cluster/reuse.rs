//! Databases that are used again.
//!
//! To copy a template and to drop the copy costs the server some 110 ms of CPU, whatever is in it:
//! PostgreSQL's own catalogue is most of it. So a case that is over gives its database back, and the
//! next one gets it as it was when it was copied.

use super::error::Result;
use super::{PgCluster, checked, database_of, unique_name};

/// What a template remembers of itself, and how its copies return to that.
const PRISTINE: &str = include_str!("pristine.sql");

impl PgCluster {
    /// A database that was [given back](Self::give_back) and that equals a fresh copy of the
    /// template; `None` when there is none at present. It has a name of its own, so that nobody who
    /// knew it before finds it.
    pub fn reused_database_from(&self, template: &str) -> Result<Option<String>> {
        let mark = mark(checked(template)?);
        let Some(mut session) = self.session("postgres")? else { return Ok(None) };
        // The lock is for the one database that two would find at once; it ends with the session.
        let free = session.query(&format!(
            "SELECT pg_advisory_lock(hashtext('{mark}'));
            SELECT datname FROM pg_shdescription
                JOIN pg_database AS database ON database.oid = objoid
                WHERE classoid = 'pg_database'::regclass AND description = '{mark}' AND NOT EXISTS
                    (SELECT FROM pg_stat_get_activity(NULL) WHERE datid = database.oid)
                LIMIT 1"
        ))?;
        let free = free.trim();
        if free.is_empty() {
            return Ok(None);
        }
        let name = unique_name();
        // Nobody is connected to it, or this is refused.
        let renamed = session.query(&format!(
            r#"COMMENT ON DATABASE "{free}" IS NULL;
               ALTER DATABASE "{free}" ALLOW_CONNECTIONS true;
               ALTER DATABASE "{free}" RENAME TO "{name}""#
        ));
        Ok(renamed.is_ok().then(|| self.url(&name)))
    }

    /// Gives a copy of a template back, by its name or its URL, for
    /// [`reused_database_from`](Self::reused_database_from) to hand out. Sessions are ended, and what
    /// was written is undone: rows, sequences, statistics and partitions that were made. A database
    /// with another change of its schema, or with much in it, is dropped instead.
    ///
    /// A case that failed does not give back: [`drop_database`](Self::drop_database) is for it.
    pub fn give_back(&self, database: &str, template: &str) -> Result<()> {
        let name = checked(database_of(database))?;
        let template = checked(template)?;
        match self.undo(name, template) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => self.drop_database(name),
        }
    }

    fn undo(&self, name: &str, template: &str) -> Result<bool> {
        let Some(mut session) = self.session(name)? else { return Ok(false) };
        // ALTER DATABASE would refuse this: nobody is to lock themselves out.
        session.query(&format!(
            "UPDATE pg_database SET datallowconn = false WHERE datname = '{name}'"
        ))?;
        let written = session.query("SELECT erp_pristine.reset()")?;
        if !written.trim().is_empty() {
            session.query(&format!("VACUUM {written}"))?;
        }
        session.query(&format!("SELECT erp_pristine.finish('{}')", mark(template)))?;
        Ok(true)
    }

    pub(super) fn make_reusable(&self, name: &str) -> Result<()> {
        self.run(name, PRISTINE)?;
        Ok(())
    }
}

/// The comment on a database that is free: comments on databases are seen from all of them.
fn mark(template: &str) -> String {
    format!("free copy of {template}")
}
