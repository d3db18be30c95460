//! The import of another chat, with rows that can be taken and rows that cannot.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Output,
};

use erp_conformance::pg_cluster::PgCluster;
use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use crate::server::{ANNA, Server, command};

const SAMPLE: &str = include_str!("../data/chat.jsonl");

/// The sample, with a body that is longer than a message may be, as gzip.
fn zipped(dir: &Path) -> PathBuf {
    let path = dir.join("chat.jsonl.gz");
    let long = format!(
        "{{\"id\":90,\"ts\":1700000000,\"room_id\":1,\"room\":\"yard\",\"user\":\"ada\",\"html\":\"{}\"}}\n",
        "x".repeat(64 * 1024 + 1)
    );
    let file = std::fs::File::create(&path).unwrap();
    let mut encoder = GzEncoder::new(file, Compression::fast());
    encoder.write_all(SAMPLE.as_bytes()).unwrap();
    encoder.write_all(long.as_bytes()).unwrap();
    encoder.finish().unwrap();
    path
}

fn import(file: &Path, database: &str) -> Output {
    let file = file.to_str().unwrap();
    command(&["import-chat", file, "--database-url", database]).output().unwrap()
}

/// The number behind a label of the report.
pub fn total(report: &str, label: &str) -> u64 {
    let line = report.lines().find(|line| line.trim().starts_with(label));
    let line = line.unwrap_or_else(|| panic!("no {label} in {report}"));
    line.trim()[label.len()..].split_whitespace().next().unwrap().parse().unwrap()
}

/// The lines that could not be taken, as the report lists them.
fn refused(report: &str) -> Vec<(u64, String)> {
    report
        .lines()
        .filter_map(|line| line.trim().strip_prefix("line ")?.split_once(": "))
        .map(|(line, reason)| (line.parse().unwrap(), reason.to_owned()))
        .collect()
}

fn assert_refusals(report: &str) {
    let refused = refused(report);
    let expected = [
        (4, "not JSON"),
        (6, "missing field `html`"),
        (7, "`ts` is no time of a message"),
        (8, "must not be in the future"),
        (9, "`body` must not be blank"),
        (10, "an empty line"),
        (11, "invalid type"),
        (12, "`user` is empty"),
        (13, "NUL"),
        (17, "must be at most 65,536 bytes"),
    ];
    assert_eq!(refused.len(), expected.len(), "{report}");
    for ((line, reason), (expected_line, part)) in refused.iter().zip(expected) {
        assert_eq!(*line, expected_line, "{report}");
        assert!(reason.contains(part), "line {line}: {reason}");
    }
}

async fn assert_imported(server: &Server) {
    let account = server.login(ANNA).await;
    let channels = account.get("/api/chat/channels?limit=500").await;
    let channel = |name: &str| {
        let channels = channels["items"].as_array().unwrap();
        channels.iter().find(|room| room["name"] == name).unwrap().clone()
    };
    let yard = channel("yard");
    assert_eq!((yard["last_seq"].as_i64(), yard["member_count"].as_i64()), (Some(5), Some(3)));
    assert_eq!(channel("gate")["last_seq"], 1);
    let bodies = account.bodies(yard["id"].as_str().unwrap()).await;
    assert_eq!(bodies[0], "<p>Good <b>morning</b></p>", "kept as sent");
    assert_eq!(bodies[4], "<p>the last one</p>");
}

#[tokio::test]
async fn an_import_into_postgres_may_be_run_again_and_doubles_nothing() {
    let database = PgCluster::shared().unwrap().fresh_database().unwrap();
    let dir = TempDir::new().unwrap();
    let file = zipped(dir.path());
    for (written, already_there, new) in [(6, 1, "new"), (0, 7, "0 new")] {
        let output = import(&file, &database);
        let report = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{report}");
        assert_eq!(total(&report, "rows read"), 17);
        assert_eq!(total(&report, "messages written"), written);
        assert_eq!(total(&report, "already there"), already_there);
        assert_eq!(total(&report, "refused"), 10);
        assert_eq!((total(&report, "rooms"), total(&report, "authors")), (2, 3));
        assert!(report.contains(new), "{report}");
        assert_refusals(&report);
    }
    assert_imported(&Server::start(Some(&database))).await;
}

#[tokio::test]
async fn an_import_into_memory_is_served_afterwards() {
    let dir = TempDir::new().unwrap();
    let file = zipped(dir.path());
    let arguments = ["import-chat", file.to_str().unwrap(), "--serve"];
    let arguments = arguments.iter().map(ToString::to_string).collect();
    assert_imported(&Server::start_with(arguments, "127.0.0.1:0")).await;
}

#[tokio::test]
async fn a_file_that_breaks_off_is_imported_up_to_there_and_that_is_told() {
    let database = PgCluster::shared().unwrap().fresh_database().unwrap();
    let dir = TempDir::new().unwrap();
    let whole = std::fs::read(zipped(dir.path())).unwrap();
    let file = dir.path().join("torn.jsonl.gz");
    std::fs::write(&file, &whole[..whole.len() - 40]).unwrap();
    let output = import(&file, &database);
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("run it again to go on") && told.contains("cannot read line"), "{told}");
}
