//! From an empty directory to a server that takes connections.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};
use std::{env, fs};

use uuid::Uuid;

use super::PgClusterOptions;
use super::binaries::{self, Launcher};
use super::error::{PgClusterError, Result, io};
use super::guard::{POLL, Program, Signal, Watchdog, log_tail, stop};

/// How long `initdb`, a start and a restart may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How many ports lie between 15000 and the ephemeral range of Linux.
const PORTS: u32 = 17_000;

/// Makes the cluster's directory and the watchdog that removes it.
pub(super) fn prepare_dir() -> Result<(Launcher, Watchdog)> {
    // A socket's path must fit into 107 bytes; the file name takes up to 20.
    let parent = Some(env::temp_dir())
        .filter(|path| path.as_os_str().len() < 70)
        .unwrap_or_else(|| PathBuf::from("/tmp"));
    let dir = tempfile::Builder::new()
        .prefix("erp-pg-")
        .tempdir_in(parent)
        .map_err(io("make a temporary directory"))?;
    // Whoever makes a directory owns it: its owner is the user that this process runs as.
    let me = fs::metadata(dir.path()).map_err(io("read the temporary directory"))?;
    let user = match me.uid() {
        0 => Some(binaries::postgres_user()?),
        _ => None,
    };
    if let Some(user) = user {
        chown(dir.path(), Some(user.uid), Some(user.gid))
            .map_err(io("hand the temporary directory to `postgres`"))?;
    }
    let watchdog = Watchdog::start(dir.path())?;
    Ok((Launcher::new(dir.keep(), user), watchdog))
}

/// Runs `initdb`.
pub(super) fn init_data_dir(
    bin: &Path,
    launcher: &Launcher,
    watchdog: &mut Watchdog,
) -> Result<()> {
    let mut args: Vec<OsString> =
        ["-A", "trust", "-E", "UTF8", "-U", "postgres"].map(OsString::from).into();
    args.extend(["--locale=C", "--no-sync", "-D"].map(OsString::from));
    args.push(launcher.data_dir().into());

    let log = launcher.dir().join("initdb.log");
    let program = Program {
        path: &bin.join("initdb"),
        args: &args,
        log: &log,
        // Interrupted, it leaves shared memory behind; let alone, it is done in half a second.
        end: Signal::Nothing,
    };
    let mut initdb = watchdog.spawn(launcher.command(), &program)?;
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = initdb.try_wait().map_err(io("wait for initdb"))? {
            break status;
        }
        if Instant::now() > deadline {
            stop(&mut initdb, Signal::Quit)?;
            return Err(PgClusterError::TimedOut {
                program: "initdb".to_owned(),
                waited: PATIENCE,
                output: log_tail(&log),
            });
        }
        std::thread::sleep(POLL);
    };
    watchdog.forget()?;
    if status.success() {
        return Ok(());
    }
    Err(PgClusterError::Failed { program: "initdb".to_owned(), status, output: log_tail(&log) })
}

/// What `postgres` is started with.
pub(super) fn server_args(
    launcher: &Launcher,
    options: &PgClusterOptions,
    port: u16,
) -> Vec<OsString> {
    let on_off = |on: bool| if on { "on" } else { "off" };
    let mut settings = vec![
        ("listen_addresses", "127.0.0.1".to_owned()),
        ("port", port.to_string()),
        ("fsync", on_off(options.fsync).to_owned()),
        ("full_page_writes", on_off(options.fsync).to_owned()),
        ("max_connections", options.max_connections.to_string()),
        // Inside the data directory, where a killed server's segments end with the cluster.
        ("dynamic_shared_memory_type", "mmap".to_owned()),
        ("timezone", "UTC".to_owned()),
        ("lc_messages", "C".to_owned()),
    ];
    let extra = options.extra.iter();
    settings.extend(extra.map(|(name, value)| (&**name, value.clone())));

    let mut args: Vec<OsString> = vec!["-D".into(), launcher.data_dir().into(), "-k".into()];
    args.push(launcher.dir().into());
    for (name, value) in settings {
        args.push("-c".into());
        args.push(format!("{name}={value}").into());
    }
    args
}

/// Starts the server and waits until it takes connections or is gone.
pub(super) fn start_server(
    launcher: &Launcher,
    postgres: &Path,
    args: &[OsString],
    watchdog: &mut Watchdog,
) -> Result<Child> {
    let log = launcher.dir().join("server.log");
    let program = Program { path: postgres, args, log: &log, end: Signal::Quit };
    let mut server = watchdog.spawn(launcher.command(), &program)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        if is_ready(&launcher.data_dir(), server.id()) {
            return Ok(server);
        }
        if let Some(status) = server.try_wait().map_err(io("wait for the server"))? {
            watchdog.forget()?;
            return Err(PgClusterError::Failed {
                program: "postgres".to_owned(),
                status,
                output: log_tail(&log),
            });
        }
        if Instant::now() > deadline {
            stop(&mut server, Signal::Quit)?;
            watchdog.forget()?;
            return Err(PgClusterError::TimedOut {
                program: "postgres".to_owned(),
                waited: PATIENCE,
                output: log_tail(&log),
            });
        }
        std::thread::sleep(POLL);
    }
}

/// Reads what the postmaster says of itself: its process id in line 1, its state in line 8.
fn is_ready(data_dir: &Path, pid: u32) -> bool {
    let Ok(text) = fs::read_to_string(data_dir.join("postmaster.pid")) else {
        return false;
    };
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(&pid.to_string()) && lines.nth(6) == Some("ready")
}

/// A free port below the ephemeral range, so that no outgoing connection takes it while the
/// server is down for a restart.
pub(super) fn free_port() -> Result<u16> {
    for _ in 0..100 {
        let offset = Uuid::new_v4().as_fields().0 % PORTS;
        if let Ok(port) = u16::try_from(15_000 + offset)
            && is_free(port)
        {
            return Ok(port);
        }
    }
    Err(PgClusterError::NoFreePort)
}

pub(super) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
