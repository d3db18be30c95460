//! What can go wrong with a throw-away cluster.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

pub(super) type Result<T, E = PgClusterError> = std::result::Result<T, E>;

/// Why a cluster could not be started, used or stopped.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PgClusterError {
    /// PostgreSQL is not installed, or not where it is looked for.
    #[error("no PostgreSQL server found in {searched}; install one or set ERP_PG_BIN")]
    NoBinaries {
        /// Where it was looked for.
        searched: String,
    },
    /// PostgreSQL refuses to run as root, and there is nobody else to run it.
    #[error("PostgreSQL does not run as root, and this machine has no user `postgres`")]
    NoServerUser,
    /// A hundred ports were tried, and all were taken.
    #[error("no free port on 127.0.0.1")]
    NoFreePort,
    /// The operating system refused something.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was attempted.
        action: &'static str,
        /// The answer.
        source: Arc<std::io::Error>,
    },
    /// A program ended with an error.
    #[error("{program} failed ({status}): {output}")]
    Failed {
        /// The program's name.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote.
        output: String,
    },
    /// The server refused a statement.
    #[error("PostgreSQL refuses: {message}")]
    Refused {
        /// Its answer.
        message: String,
    },
    /// A program did not get ready in time; it was stopped.
    #[error("{program} was not ready after {waited:?}: {output}")]
    TimedOut {
        /// The program's name.
        program: String,
        /// How long it was given.
        waited: Duration,
        /// The end of what it wrote.
        output: String,
    },
    /// A database's name has something else than lower-case letters, digits and `_` in it, or
    /// has not 1 to 63 of them.
    #[error("`{name}` is not a name for a test database")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// `ERP_TEST_PG_URL_BASE` is not a URL of a server, without a database and parameters.
    #[error("ERP_TEST_PG_URL_BASE is `{url_base}`, not like `postgres://postgres@127.0.0.1:5432`")]
    InvalidUrlBase {
        /// Its value.
        url_base: String,
    },
    /// The cluster was started by somebody else and is not ours to kill or restart.
    #[error("the cluster was started by somebody else")]
    NotOwned,
    /// The postmaster is down.
    #[error("the postmaster is not running")]
    NotRunning,
}

/// For `map_err`: the operating system refused the action.
pub(super) fn io(action: &'static str) -> impl Fn(std::io::Error) -> PgClusterError {
    move |source| PgClusterError::Io { action, source: Arc::new(source) }
}
