//! A throw-away cluster answers, survives a crash, and leaves nothing behind.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use erp_conformance::pg_cluster::{PgCluster, PgClusterError, PgClusterOptions};

/// Tells this binary, started again by one of its tests, that it is the owner of a cluster.
const OWNER_VAR: &str = "ERP_TEST_PG_CLUSTER_OWNER";

fn ask(cluster: &PgCluster, database: &str, sql: &str) -> Result<String, String> {
    let output = cluster.psql(database).args(["-c", sql]).output().expect("psql starts");
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn answers(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Whether a process is there and more than an entry that nobody has collected yet.
fn runs(pid: u32) -> bool {
    let there = Command::new("/bin/sh")
        .args(["-c", "kill -0 \"$1\"", "sh", &pid.to_string()])
        .stderr(Stdio::null())
        .status()
        .expect("sh starts");
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    there.success() && !state.contains(") Z ")
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "not within 30 s: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn starts_answers_and_is_gone_after_drop() {
    let cluster = PgCluster::start().expect("a cluster starts");
    assert_eq!(ask(&cluster, "postgres", "select 1").as_deref(), Ok("1"));
    assert_eq!(ask(&cluster, "postgres", "show fsync").as_deref(), Ok("off"));
    assert_eq!(ask(&cluster, "postgres", "show server_encoding").as_deref(), Ok("UTF8"));

    let dir = cluster.socket_dir().expect("our own").to_path_buf();
    let socket = dir.join(format!(".s.PGSQL.{}", cluster.port()));
    assert!(socket.exists(), "no socket {}", socket.display());
    let pid = cluster.pid().expect("it runs");
    assert!(runs(pid));

    let port = cluster.port();
    drop(cluster);
    assert!(!runs(pid), "the postmaster outlived its cluster");
    assert!(!answers(port), "somebody still listens");
    assert!(!dir.exists(), "the directory is still there");
}

#[test]
fn options_reach_the_server_as_they_are() {
    let cluster = PgCluster::start_with(&PgClusterOptions {
        fsync: true,
        max_connections: 17,
        extra: vec![("cluster_name".into(), "it's a \\ test".into())],
    })
    .expect("a cluster starts");
    let show = |name: &str| ask(&cluster, "postgres", &format!("show {name}")).unwrap();
    assert_eq!(show("fsync"), "on");
    assert_eq!(show("max_connections"), "17");
    assert_eq!(show("cluster_name"), "it's a \\ test");
}

#[test]
fn a_setting_the_server_refuses_is_an_error_with_its_log() {
    let refused = PgCluster::start_with(&PgClusterOptions {
        extra: vec![("no_such_setting".into(), "1".into())],
        ..PgClusterOptions::default()
    });
    let Err(PgClusterError::Failed { output, .. }) = refused else {
        panic!("not refused: {refused:?}");
    };
    assert!(output.contains("no_such_setting"), "{output}");
}

#[test]
fn comes_back_with_its_data_after_kill_9() {
    let cluster = PgCluster::start().expect("a cluster starts");
    let (port, first) = (cluster.port(), cluster.pid());
    cluster.create_database("kept").unwrap();
    ask(&cluster, "kept", "create table t as select 42 as n").unwrap();
    // A session that is busy when the postmaster dies, as a crash would find it.
    let mut busy = cluster
        .psql("kept")
        .args(["-c", "select pg_sleep(600)"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let asleep = "select count(*) from pg_stat_activity where query = 'select pg_sleep(600)'";
    eventually("a busy session", || ask(&cluster, "postgres", asleep).as_deref() == Ok("1"));

    cluster.kill_9_postmaster().unwrap();
    assert_eq!(cluster.pid(), None);
    assert!(matches!(cluster.kill_9_postmaster(), Err(PgClusterError::NotRunning)));
    eventually("nobody listens", || !answers(port));

    cluster.restart().unwrap();
    assert_eq!(cluster.port(), port);
    assert_ne!(cluster.pid(), first);
    assert_eq!(ask(&cluster, "kept", "select n from t").as_deref(), Ok("42"));
    assert!(!busy.wait().unwrap().success(), "its session was cut");

    cluster.restart().unwrap();
    assert_eq!(ask(&cluster, "kept", "select n from t").as_deref(), Ok("42"));
}

#[test]
fn drop_after_kill_9_leaves_nothing() {
    let cluster = PgCluster::start().expect("a cluster starts");
    let dir = cluster.socket_dir().expect("our own").to_path_buf();
    cluster.kill_9_postmaster().unwrap();
    drop(cluster);
    assert!(!dir.exists());
}

#[test]
fn a_fresh_database_is_empty_and_nobody_elses() {
    let cluster = PgCluster::shared().unwrap();
    let first = cluster.fresh_database().unwrap();
    let second = cluster.fresh_database().unwrap();
    assert_ne!(first, second);
    let name = first.rsplit('/').next().unwrap();
    assert_eq!(cluster.url(name), first);
    let tables = "select count(*) from pg_tables where schemaname = 'public'";
    assert_eq!(ask(cluster, name, tables).as_deref(), Ok("0"));

    assert!(cluster.has_database(name).unwrap());
    cluster.drop_database(&first).unwrap();
    cluster.drop_database(&first).unwrap();
    assert!(!cluster.has_database(name).unwrap());
    cluster.drop_database(&second).unwrap();
}

#[tokio::test]
async fn a_template_is_built_once_and_copied() {
    type Outcome = Result<(), PgClusterError>;
    let cluster = PgCluster::start().expect("a cluster starts");
    let build = |url: String| {
        let database = url.rsplit('/').next().unwrap().to_owned();
        ask(&cluster, &database, "create table t as select 7 as n").unwrap();
        std::future::ready(Outcome::Ok(()))
    };
    // Two builders that both found nothing: one result stays.
    let race = cluster.ensure_template("filled", async |url| {
        cluster.ensure_template("filled", build).await?;
        build(url).await
    });
    race.await.unwrap();
    let built_again = Cell::new(false);
    let again = cluster.ensure_template("filled", |_| {
        built_again.set(true);
        std::future::ready(Outcome::Ok(()))
    });
    again.await.unwrap();
    assert!(!built_again.get());

    let url = cluster.fresh_database_from("filled").unwrap();
    let name = url.rsplit('/').next().unwrap();
    assert_eq!(ask(&cluster, name, "select n from t").as_deref(), Ok("7"));
    let strays = "select count(*) from pg_database where datname like 't\\_%'";
    assert_eq!(ask(&cluster, "postgres", strays).as_deref(), Ok("1"));
}

#[test]
fn a_name_that_would_need_quoting_is_refused() {
    let cluster = PgCluster::shared().unwrap();
    for name in ["", "Upper", "a-b", "a\"b", "a b", &"x".repeat(64)] {
        let refused = cluster.create_database(name);
        assert!(
            matches!(refused, Err(PgClusterError::InvalidName { .. })),
            "{name:?}: {refused:?}"
        );
    }
}

/// A process that owns the shared cluster: this test's binary, started once more.
struct Owner {
    process: Child,
    pid: u32,
    port: u16,
    dir: PathBuf,
}

impl Owner {
    fn start(test: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("pg_cluster::{test}"), "--nocapture"])
            .env(OWNER_VAR, "1")
            .env_remove("ERP_TEST_PG_URL_BASE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
        let told = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once("owner: ").map(|(_, told)| told.to_owned()))
            .expect("the owner tells what it owns");
        let mut told = told.splitn(3, ' ');
        let owner = Self {
            pid: told.next().unwrap().parse().unwrap(),
            port: told.next().unwrap().parse().unwrap(),
            dir: told.next().unwrap().into(),
            process,
        };
        assert!(answers(owner.port));
        assert!(owner.dir.exists());
        owner
    }

    /// What the started binary does: own the cluster until its input ends.
    fn act() -> bool {
        if std::env::var_os(OWNER_VAR).is_none() {
            return false;
        }
        let cluster = PgCluster::shared().unwrap();
        let dir: &Path = cluster.socket_dir().unwrap();
        let (pid, port) = (cluster.pid().unwrap(), cluster.port());
        println!("\nowner: {pid} {port} {}", dir.display());
        std::io::stdout().flush().unwrap();
        let _ = std::io::stdin().read_line(&mut String::new());
        true
    }

    fn leaves_nothing(&self) {
        eventually("the server has ended", || !runs(self.pid));
        eventually("the directory is gone", || !self.dir.exists());
        assert!(!answers(self.port));
    }
}

#[test]
fn the_shared_cluster_ends_with_a_process_that_is_killed() {
    if Owner::act() {
        return;
    }
    let mut owner = Owner::start("the_shared_cluster_ends_with_a_process_that_is_killed");
    owner.process.kill().unwrap();
    owner.process.wait().unwrap();
    owner.leaves_nothing();
}

#[test]
fn the_shared_cluster_ends_with_a_process_that_returns() {
    if Owner::act() {
        return;
    }
    let mut owner = Owner::start("the_shared_cluster_ends_with_a_process_that_returns");
    drop(owner.process.stdin.take());
    assert!(owner.process.wait().unwrap().success());
    owner.leaves_nothing();
}
