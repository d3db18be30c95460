//! Processes that must not outlive this one, and the watchdog that sees to it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::error::{Result, io};

/// The pause between two looks at a process.
pub(super) const POLL: Duration = Duration::from_millis(5);
/// How long a process may take to follow a signal before it is killed.
const STOP_PATIENCE: Duration = Duration::from_secs(10);
/// How much of a log an error shows.
const LOG_TAIL: usize = 2_000;

/// Reads lines of a signal and a process id; the latest counts, and an empty one means none.
/// Its input ends when the process that holds the other end does, by whatever cause: then it
/// stops what it was told of and removes the directory, again if a straggler still writes there.
const WATCHDOG: &str = r#"
trap '' HUP INT TERM
dir=$1
pid=
alive() {
    kill -0 "$pid" || return 1
    stat=
    # Nobody may have collected it yet.
    read -r stat <"/proc/$pid/stat"
    case $stat in *') Z '*) return 1 ;; esac
}
while read -r first second; do signal=$first pid=$second; done
if [ -n "$pid" ]; then
    kill -"$signal" "$pid"
    n=0
    while alive && [ "$n" -lt 600 ]; do sleep 0.05; n=$((n + 1)); done
    alive && kill -KILL "$pid"
fi
# A server that ended badly left this file, and the segment of shared memory that line 7 names.
segment=$(sed -n '7s/.* //p' "$dir/data/postmaster.pid") && [ -n "$segment" ] && ipcrm -m "$segment"
n=0
rm -rf -- "$dir"
while [ -e "$dir" ] && [ "$n" -lt 100 ]; do sleep 0.05; rm -rf -- "$dir"; n=$((n + 1)); done
"#;

/// Becomes the program once it is told to; ends when the process that would tell it is gone.
const GATE: &str = r#"read -r _ && exec "$@" </dev/null"#;

/// How a process is asked to end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signal {
    /// Not at all: it ends by itself soon.
    Nothing,
    /// PostgreSQL's fast shutdown.
    Int,
    /// PostgreSQL's immediate shutdown.
    Quit,
}

impl Signal {
    /// What `kill` calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Nothing => "0",
            Self::Int => "INT",
            Self::Quit => "QUIT",
        }
    }
}

/// A program for the watchdog to know of.
#[derive(Debug)]
pub(super) struct Program<'a> {
    pub(super) path: &'a Path,
    pub(super) args: &'a [OsString],
    /// Where its output goes.
    pub(super) log: &'a Path,
    /// What the watchdog ends it with.
    pub(super) end: Signal,
}

/// A shell that outlives this process by the time it takes to clean up.
#[derive(Debug)]
pub(super) struct Watchdog {
    shell: Child,
    orders: Option<ChildStdin>,
    dir: PathBuf,
}

impl Watchdog {
    /// From here on the directory is removed when the watchdog is dropped or the process ends.
    pub(super) fn start(dir: &Path) -> Result<Self> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "erp-pg-watchdog"])
            .arg(dir)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What signals this process's group must not reach the watchdog.
            .process_group(0)
            .spawn()
            .map_err(io("start the watchdog"))?;
        Ok(Self { orders: shell.stdin.take(), shell, dir: dir.to_path_buf() })
    }

    /// Runs a program that the watchdog ends if this process does not. It knows the program's
    /// process id before the program begins, so there is no moment at which both could be lost.
    pub(super) fn spawn(&mut self, mut shell: Command, program: &Program<'_>) -> Result<Child> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(program.log)
            .map_err(io("open the log"))?;
        let errors = log.try_clone().map_err(io("open the log"))?;
        let mut child = shell
            .args(["-c", GATE, "erp-pg-start"])
            .arg(program.path)
            .args(program.args)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(io("start a program"))?;
        let gate = child.stdin.take();
        let order = format!("{} {}", program.end.name(), child.id());
        let opened = self.order(&order).and_then(|()| {
            gate.map_or(Ok(()), |mut gate| gate.write_all(b"go\n")).map_err(io("start a program"))
        });
        if let Err(error) = opened {
            // The gate is closed by now: the shell ends, if it is there at all.
            let _ = child.wait();
            return Err(error);
        }
        Ok(child)
    }

    /// The program that was spawned last has ended, and its process id means nothing any more.
    pub(super) fn forget(&mut self) -> Result<()> {
        self.order("")
    }

    fn order(&mut self, line: &str) -> Result<()> {
        self.orders.as_mut().map_or(Ok(()), |orders| {
            orders.write_all(format!("{line}\n").as_bytes()).map_err(io("reach the watchdog"))
        })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.shell.wait();
        // Only when somebody killed the watchdog is there anything left.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Asks a child to end, kills it when it does not, and waits for it.
pub(super) fn stop(child: &mut Child, signal: Signal) -> Result<()> {
    // A process id that was waited for may be somebody else's by now.
    if has_ended(child)? {
        return Ok(());
    }
    // When the child is gone already, there is nothing to ask.
    let _ = Command::new("/bin/sh")
        .args(["-c", r#"kill -"$1" "$2""#, "erp-pg-signal", signal.name()])
        .arg(child.id().to_string())
        .stderr(Stdio::null())
        .status()
        .map_err(io("send a signal"))?;
    let deadline = Instant::now() + STOP_PATIENCE;
    while Instant::now() < deadline {
        if has_ended(child)? {
            return Ok(());
        }
        std::thread::sleep(POLL);
    }
    child.kill().map_err(io("kill a process"))?;
    child.wait().map_err(io("wait for a process"))?;
    Ok(())
}

fn has_ended(child: &mut Child) -> Result<bool> {
    let status = child.try_wait().map_err(io("wait for a process"))?;
    Ok(status.is_some())
}

/// The end of a log, for an error's text.
pub(super) fn log_tail(path: &Path) -> String {
    let text = fs::read(path).unwrap_or_default();
    let start = text.len().saturating_sub(LOG_TAIL);
    String::from_utf8_lossy(text.get(start..).unwrap_or_default()).trim().to_owned()
}
