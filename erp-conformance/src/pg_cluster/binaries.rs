//! Where PostgreSQL's programs are, and as whom they run.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::error::{PgClusterError, Result, io};

const BIN_VAR: &str = "ERP_PG_BIN";
const DEBIAN_ROOT: &str = "/usr/lib/postgresql";

/// The user that the server runs as when this process runs as root.
#[derive(Clone, Copy, Debug)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// Where a cluster lives and as whom its programs run.
#[derive(Debug)]
pub(super) struct Launcher {
    dir: PathBuf,
    user: Option<User>,
}

impl Launcher {
    pub(super) fn new(dir: PathBuf, user: Option<User>) -> Self {
        Self { dir, user }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// A shell that runs as the server's user, in the cluster's directory.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new("/bin/sh");
        clean_env(&mut command);
        command.current_dir(&self.dir);
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        command
    }
}

/// Takes out what would point PostgreSQL's programs at some other server.
pub(super) fn clean_env(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C");
}

pub(super) fn postgres_user() -> Result<User> {
    let id = |flag: &str| -> Result<u32> {
        let output = Command::new("id").args([flag, "postgres"]).output().map_err(io("run id"))?;
        String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .map_err(|_| PgClusterError::NoServerUser)
    };
    Ok(User { uid: id("-u")?, gid: id("-g")? })
}

/// The directory with `initdb` and `postgres`: the one that `ERP_PG_BIN` names; else the one
/// that `initdb` in `PATH` stands in or links to; else Debian's, with the highest version.
pub(super) fn find_server_dir() -> Result<PathBuf> {
    if let Some(dir) = env::var_os(BIN_VAR).map(PathBuf::from) {
        return fs::canonicalize(&dir).ok().filter(|dir| has_server(dir)).ok_or_else(|| {
            PgClusterError::NoBinaries { searched: format!("{BIN_VAR} ({})", dir.display()) }
        });
    }
    in_path().or_else(debian).ok_or_else(|| PgClusterError::NoBinaries {
        searched: format!("PATH and {DEBIAN_ROOT}/*/bin"),
    })
}

/// The client: the server's own, else the one in `PATH` (Debian puts a slow wrapper there).
pub(super) fn find_psql(server_dir: Option<&Path>) -> PathBuf {
    server_dir
        .map(|dir| dir.join("psql"))
        .filter(|psql| psql.is_file())
        .unwrap_or_else(|| PathBuf::from("psql"))
}

fn has_server(dir: &Path) -> bool {
    dir.join("initdb").is_file() && dir.join("postgres").is_file()
}

fn in_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .filter_map(|dir| fs::canonicalize(dir.join("initdb")).ok())
        .filter_map(|initdb| initdb.parent().map(Path::to_path_buf))
        .find(|dir| has_server(dir))
}

fn debian() -> Option<PathBuf> {
    fs::read_dir(DEBIAN_ROOT)
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: f32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, dir)| has_server(dir))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, dir)| dir)
}
