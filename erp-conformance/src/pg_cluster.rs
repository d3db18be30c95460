//! A throw-away PostgreSQL for tests, made from the machine's own binaries.
//!
//! A cluster lives in a temporary directory, listens on 127.0.0.1 and on a Unix socket in that
//! directory, and trusts everyone who reaches it. It ends with the value, and with the process
//! in any case: a watchdog outlives a `SIGKILL` just long enough to stop the server and to
//! remove the directory.
//!
//! Most tests want [`PgCluster::shared`] and one database each:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use erp_conformance::pg_cluster::PgCluster;
//!
//! let url = PgCluster::shared()?.fresh_database()?;
//! # drop(url);
//! # Ok(())
//! # }
//! ```
//!
//! A test that kills the server starts one of its own with [`PgCluster::start`].
//!
//! Every call blocks, for milliseconds as a rule; inside an async test that is fine, on a
//! server's runtime it is not.
//!
//! # Environment
//!
//! - `ERP_PG_BIN`: the directory that holds `initdb` and `postgres`, instead of the search in
//!   `PATH` and `/usr/lib/postgresql/*/bin`.
//! - `ERP_TEST_PG_URL_BASE`: for example `postgres://postgres@127.0.0.1:5432`; the cluster that
//!   [`PgCluster::shared`] uses instead of starting one.

mod binaries;
mod error;
mod guard;
mod reuse;
mod server;
mod wire;

use std::env;
use std::ffi::OsString;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use uuid::Uuid;

use self::binaries::{Launcher, find_psql, find_server_dir};
pub use self::error::PgClusterError;
use self::error::{Result, io};
use self::guard::{POLL, Signal, Watchdog, stop};
use self::server::{
    PATIENCE, free_port, init_data_dir, is_free, prepare_dir, server_args, start_server,
};
use self::wire::Session;

/// Names the cluster that [`PgCluster::shared`] uses instead of starting one.
const URL_BASE_VAR: &str = "ERP_TEST_PG_URL_BASE";
/// How often another port is tried when somebody took the chosen one before the server did.
const PORT_ATTEMPTS: u32 = 5;

/// How a cluster is started.
#[derive(Clone, Debug)]
pub struct PgClusterOptions {
    /// Whether a commit waits for the disk. Off by default: a test's data need not outlive the
    /// machine. It does outlive a killed server either way.
    pub fsync: bool,
    /// The server's `max_connections`; 100 by default.
    pub max_connections: u32,
    /// More server settings, each a name and a value; they win over the ones above.
    pub extra: Vec<(String, String)>,
}

impl Default for PgClusterOptions {
    fn default() -> Self {
        Self { fsync: false, max_connections: 100, extra: Vec::new() }
    }
}

/// A PostgreSQL cluster: one that this value owns, or the one the environment names.
#[derive(Debug)]
pub struct PgCluster {
    psql: PathBuf,
    url_base: String,
    port: u16,
    own: Option<OwnServer>,
}

#[derive(Debug)]
struct OwnServer {
    launcher: Launcher,
    postgres: PathBuf,
    args: Vec<OsString>,
    running: Mutex<Running>,
}

#[derive(Debug)]
struct Running {
    server: Option<Child>,
    watchdog: Watchdog,
}

impl PgCluster {
    /// Starts a cluster with the default options.
    pub fn start() -> Result<Self> {
        Self::start_with(&PgClusterOptions::default())
    }

    /// Starts a cluster and waits until it takes connections.
    ///
    /// # Errors
    ///
    /// [`NoBinaries`](PgClusterError::NoBinaries) when PostgreSQL is not installed;
    /// [`NoServerUser`](PgClusterError::NoServerUser) for root without a user `postgres`;
    /// [`Failed`](PgClusterError::Failed) and [`TimedOut`](PgClusterError::TimedOut), each with
    /// the end of the server's log.
    pub fn start_with(options: &PgClusterOptions) -> Result<Self> {
        let bin = find_server_dir()?;
        let (launcher, mut watchdog) = prepare_dir()?;
        init_data_dir(&bin, &launcher, &mut watchdog)?;

        let postgres = bin.join("postgres");
        let mut attempts = 0;
        let (port, args, server) = loop {
            attempts += 1;
            let port = free_port()?;
            let args = server_args(&launcher, options, port);
            match start_server(&launcher, &postgres, &args, &mut watchdog) {
                Ok(server) => break (port, args, server),
                Err(_) if attempts < PORT_ATTEMPTS && !is_free(port) => {}
                Err(error) => return Err(error),
            }
        };

        Ok(Self {
            psql: find_psql(Some(&bin)),
            url_base: format!("postgres://postgres@127.0.0.1:{port}"),
            port,
            own: Some(OwnServer {
                launcher,
                postgres,
                args,
                running: Mutex::new(Running { server: Some(server), watchdog }),
            }),
        })
    }

    /// The cluster of this process: the one that `ERP_TEST_PG_URL_BASE` names, or one that the
    /// first call starts and that ends when the process does, however it ends.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<PgCluster>> = OnceLock::new();
        SHARED
            .get_or_init(|| match env::var(URL_BASE_VAR) {
                Ok(url_base) => Self::at(url_base),
                Err(_) => Self::start_with(&PgClusterOptions {
                    max_connections: 400,
                    ..PgClusterOptions::default()
                }),
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// A cluster that runs already and belongs to someone else.
    fn at(url_base: String) -> Result<Self> {
        let trimmed = url_base.trim_end_matches('/');
        let authority = trimmed
            .strip_prefix("postgres://")
            .or_else(|| trimmed.strip_prefix("postgresql://"))
            .filter(|rest| !rest.is_empty() && !rest.contains(['/', '?']))
            .ok_or_else(|| PgClusterError::InvalidUrlBase { url_base: url_base.clone() })?;
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let port = match host.rsplit_once(':') {
            Some((_, port)) => port
                .parse()
                .map_err(|_| PgClusterError::InvalidUrlBase { url_base: url_base.clone() })?,
            None => 5432,
        };
        Ok(Self {
            psql: find_psql(find_server_dir().ok().as_deref()),
            url_base: trimmed.to_owned(),
            port,
            own: None,
        })
    }

    /// The URL of a database in this cluster, as the superuser `postgres`.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.url_base)
    }

    /// The TCP port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory of the Unix socket; `None` for a cluster that somebody else started.
    #[must_use]
    pub fn socket_dir(&self) -> Option<&Path> {
        self.own.as_ref().map(|own| own.launcher.dir())
    }

    /// The process id of the postmaster; `None` while it is down, and for a cluster that
    /// somebody else started.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        let own = self.own.as_ref()?;
        own.lock().server.as_ref().map(Child::id)
    }

    /// A `psql` that reads no start-up file, stops at the first error, prints bare values and is
    /// connected to the database: add `-c` and a statement.
    #[must_use]
    pub fn psql(&self, database: &str) -> Command {
        let mut command = Command::new(&self.psql);
        binaries::clean_env(&mut command);
        command
            .env("PGCONNECT_TIMEOUT", "10")
            .stdin(Stdio::null())
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(self.url(database));
        command
    }

    /// Creates an empty database.
    pub fn create_database(&self, name: &str) -> Result<()> {
        let name = checked(name)?;
        self.admin(&format!(r#"create database "{name}""#))?;
        Ok(())
    }

    /// Creates an empty database with a name of its own and returns its URL.
    pub fn fresh_database(&self) -> Result<String> {
        let name = unique_name();
        self.create_database(&name)?;
        Ok(self.url(&name))
    }

    /// Creates a copy of a database, with a name of its own, and returns its URL. Nobody may be
    /// connected to the template; [`ensure_template`](Self::ensure_template) makes one.
    pub fn fresh_database_from(&self, template: &str) -> Result<String> {
        let template = checked(template)?;
        let name = unique_name();
        self.admin(&format!(r#"create database "{name}" template "{template}""#))?;
        Ok(self.url(&name))
    }

    /// Makes the template database `name` unless it exists: `build` fills an empty database,
    /// given by its URL, and closes its connections; then the database takes the name, in one
    /// step, and refuses connections from then on. A schema `erp_pristine` tells its copies how to
    /// get back to where they began.
    ///
    /// Safe among processes: when two of them build at once, one result stays.
    ///
    /// # Errors
    ///
    /// What `build` returns, and what the server answers.
    pub async fn ensure_template<E, F>(
        &self,
        name: &str,
        build: impl FnOnce(String) -> F,
    ) -> Result<(), E>
    where
        E: From<PgClusterError>,
        F: Future<Output = Result<(), E>>,
    {
        let name = checked(name)?;
        if self.has_database(name)? {
            return Ok(());
        }
        let url = self.fresh_database()?;
        let filled = match build(url.clone()).await {
            Ok(()) => self.make_reusable(database_of(&url)).map_err(E::from),
            Err(error) => Err(error),
        };
        if let Err(error) = filled {
            let _ = self.drop_database(&url);
            return Err(error);
        }
        let built = database_of(&url);
        let published = self.admin(&format!(
            r#"alter database "{built}" allow_connections false;
               alter database "{built}" rename to "{name}""#
        ));
        match published {
            Ok(_) => Ok(()),
            Err(_) if self.has_database(name)? => Ok(self.drop_database(&url)?),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the cluster has a database of this name.
    pub fn has_database(&self, name: &str) -> Result<bool> {
        let name = checked(name)?;
        let found = self.admin(&format!("select 1 from pg_database where datname = '{name}'"))?;
        Ok(found.trim() == "1")
    }

    /// Drops a database, given by its name or by its URL; whoever is connected is thrown out.
    /// That it is not there is no error.
    pub fn drop_database(&self, database: &str) -> Result<()> {
        let name = checked(database_of(database))?;
        self.admin(&format!(r#"drop database if exists "{name}" with (force)"#))?;
        Ok(())
    }

    /// Kills the postmaster with `SIGKILL`, as a crash would. Its backends notice and end on
    /// their own; [`restart`](Self::restart) waits for that.
    ///
    /// # Errors
    ///
    /// [`NotOwned`](PgClusterError::NotOwned) when somebody else started the cluster,
    /// [`NotRunning`](PgClusterError::NotRunning) when the postmaster is down already.
    pub fn kill_9_postmaster(&self) -> Result<()> {
        let own = self.own.as_ref().ok_or(PgClusterError::NotOwned)?;
        let mut running = own.lock();
        let mut server = running.server.take().ok_or(PgClusterError::NotRunning)?;
        server.kill().map_err(io("kill the postmaster"))?;
        server.wait().map_err(io("wait for the postmaster"))?;
        running.watchdog.forget()
    }

    /// Starts the server again on its port, with its data, after a fast shutdown if it is up.
    ///
    /// # Errors
    ///
    /// [`NotOwned`](PgClusterError::NotOwned) when somebody else started the cluster; otherwise
    /// as [`start_with`](Self::start_with).
    pub fn restart(&self) -> Result<()> {
        let own = self.own.as_ref().ok_or(PgClusterError::NotOwned)?;
        let mut running = own.lock();
        running.stop(Signal::Int)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Backends of a killed postmaster hold its shared memory until they are gone.
            match start_server(&own.launcher, &own.postgres, &own.args, &mut running.watchdog) {
                Ok(server) => {
                    running.server = Some(server);
                    return Ok(());
                }
                Err(PgClusterError::Failed { .. }) if Instant::now() < deadline => {
                    std::thread::sleep(POLL);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn admin(&self, sql: &str) -> Result<String> {
        self.run("postgres", sql)
    }

    /// Runs statements in a database, all or none, and returns the rows.
    fn run(&self, database: &str, sql: &str) -> Result<String> {
        if let Some(mut session) = self.session(database)? {
            return session.query(sql);
        }
        let output = self.psql(database).args(["-c", sql]).output().map_err(io("run psql"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(PgClusterError::Failed {
            program: "psql".to_owned(),
            status: output.status,
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }

    /// `None` where a password is needed, or something else that only `psql` knows.
    fn session(&self, database: &str) -> Result<Option<Session>> {
        let authority = self.url_base.rsplit('/').next().unwrap_or(&self.url_base);
        Session::open(authority, database)
    }
}

impl OwnServer {
    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn stop(&mut self, signal: Signal) -> Result<()> {
        if let Some(mut server) = self.server.take() {
            stop(&mut server, signal)?;
            self.watchdog.forget()?;
        }
        Ok(())
    }
}

impl Drop for Running {
    /// Stops the server; the watchdog, dropped next, removes the directory.
    fn drop(&mut self) {
        // When stopping fails, the watchdog still knows the process and ends it.
        let _ = self.stop(Signal::Quit);
    }
}

fn unique_name() -> String {
    format!("t_{}", Uuid::now_v7().simple())
}

fn database_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// Lets through what needs no quoting, in SQL or in a URL.
fn checked(name: &str) -> Result<&str> {
    let fits = (1..=63).contains(&name.len());
    let plain =
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if fits && plain {
        return Ok(name);
    }
    Err(PgClusterError::InvalidName { name: name.to_owned() })
}
