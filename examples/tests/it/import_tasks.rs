//! The import of another tracker, with what can be taken and what cannot.

use std::{path::Path, process::Output};

use erp_conformance::pg_cluster::PgCluster;

use crate::{
    import::total,
    server::{ANNA, Server, command},
};

const ISSUES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/issues.jsonl");
const DEPENDENCIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/dependencies.csv");

fn import(issues: &str, database: &str) -> Output {
    let arguments =
        ["import-tasks", issues, DEPENDENCIES, "--project", "YARD", "--database-url", database];
    command(&arguments).output().unwrap()
}

/// The lines that could not be taken: of the issues, then of the dependencies.
const REFUSED: [&str; 11] = [
    "line 5: not JSON: EOF while parsing a value (column 12)",
    "line 9: unknown status `lost`",
    "line 11: `title` must be 1 to 200 characters on one line",
    "line 6: x-7 on x-5: `x-5` is deleted, and would take it along",
    "line 7: x-2 on x-3: a ring: ",
    "line 8: x-3 on x-2: `x-3` waits for `x-2` already",
    "line 9: x-3 on x-9: unknown issue `x-9`",
    "line 10: x-4 on x-2: `related` holds up nothing",
    "line 11: x-1 on x-3: a ring: ",
    "line 12: x-3 on x-7: a part of `x-1` already",
    "line 13: `type` is empty",
];

fn assert_refusals(report: &str) {
    let told: Vec<&str> =
        report.lines().map(str::trim).filter(|line| line.starts_with("line ")).collect();
    assert_eq!(told.len(), REFUSED.len(), "{report}");
    for (told, expected) in told.iter().zip(REFUSED) {
        assert!(told.starts_with(expected), "{told}\n{expected}");
    }
    let ring = told[4].rsplit(": ").next().unwrap();
    let mut path: Vec<&str> = ring.split(" → ").collect();
    assert_eq!(path.first(), path.last(), "{ring}");
    path.sort_unstable();
    path.dedup();
    assert_eq!(path, ["x-2", "x-3"], "{ring}");
}

/// What the project has in the end, as a browser would see it.
async fn assert_imported(server: &Server) {
    let account = server.login(ANNA).await;
    let projects = account.get("/api/projects").await;
    let projects = projects["items"].as_array().unwrap().clone();
    let project = projects.iter().find(|project| project["code"] == "YARD").unwrap();
    let id = project["id"].as_str().unwrap();
    assert_eq!(
        (project["last_task"].as_i64(), project["member_count"].as_i64()),
        (Some(8), Some(3))
    );
    let titles = |list: &serde_json::Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap();
        items.iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect()
    };
    let ready = account.get(&format!("/api/projects/{id}/ready")).await;
    let expected = ["Order rails", "Roof", "Clear the yard", "Order panels"];
    assert_eq!(titles(&ready), expected);
    let deleted = account.get(&format!("/api/projects/{id}/tasks?deleted=true")).await;
    assert_eq!(titles(&deleted), ["An old plan", "Its first step"]);
    let live = account.get(&format!("/api/projects/{id}/tasks")).await;
    let task = |title: &str| {
        let items = live["items"].as_array().unwrap();
        items.iter().find(|task| task["title"] == title).unwrap().clone()
    };
    let (roof, rails) = (task("Roof"), task("Order rails"));
    assert_eq!(roof["labels"], serde_json::json!(["roof", "source:x-1", "type:epic"]));
    assert_eq!(roof["assignees"].as_array().unwrap().len(), 1);
    assert_eq!(rails["description"], "Forty of them.\n\nNotes: Ask twice.");
    assert_eq!(task("Mount rails")["parent"], roof["id"]);
    let done = task("Measure");
    assert_eq!((done["status"].as_str(), done["priority"].as_str()), (Some("done"), Some("low")));
    assert!(done["completed_at"].is_string());
    let path = format!("/api/tasks/{}/comments", roof["id"].as_str().unwrap());
    let bodies = account.get(&path).await;
    let bodies: Vec<_> = bodies["items"].as_array().unwrap().iter().map(|it| &it["body"]).collect();
    assert_eq!(bodies, ["The ladder is here.", "Thanks."]);
}

#[tokio::test]
async fn tasks_are_imported_into_postgres_again_and_again_and_double_nothing() {
    let database = PgCluster::shared().unwrap().fresh_database().unwrap();
    for (made, parts, waits, deleted) in [(8, 2, 3, 2), (0, 0, 0, 0)] {
        let output = import(ISSUES, &database);
        let report = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{report}");
        assert_eq!(total(&report, "issues read"), 11);
        assert_eq!(total(&report, "tasks made"), made);
        assert_eq!(total(&report, "tasks there already"), 8 - made);
        assert_eq!(total(&report, "issues refused"), 3);
        assert_eq!(total(&report, "people"), 2);
        assert_eq!(total(&report, "edges read"), 13);
        assert_eq!(
            (total(&report, "parts"), total(&report, "waiting for another")),
            (parts, waits)
        );
        assert_eq!(total(&report, "edges there already"), 5 - parts - waits);
        assert_eq!(total(&report, "edges refused"), 8);
        assert_eq!(total(&report, "tasks deleted"), deleted);
        assert_eq!(total(&report, "ready tasks"), 4);
        assert_refusals(&report);
    }
    let arguments = ["ready", "--project", "yard", "--database-url", &database];
    let listed = String::from_utf8(command(&arguments).output().unwrap().stdout).unwrap();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines[0], "TASK-002  urgent  Order rails");
    assert_eq!((lines.len(), lines[4]), (5, "4 ready tasks"));
    assert_imported(&Server::start(Some(&database))).await;
}

#[tokio::test]
async fn tasks_are_imported_into_memory_and_served() {
    let arguments = ["import-tasks", ISSUES, DEPENDENCIES, "--project", "YARD", "--serve"];
    let arguments = arguments.iter().map(ToString::to_string).collect();
    assert_imported(&Server::start_with(arguments, "127.0.0.1:0")).await;
}

#[tokio::test]
async fn an_import_of_tasks_that_breaks_off_goes_on_where_it_was() {
    let database = PgCluster::shared().unwrap().fresh_database().unwrap();
    let dir = tempfile::TempDir::new().unwrap();
    let torn = dir.path().join("torn.jsonl.gz");
    std::fs::write(&torn, torn_gzip(Path::new(ISSUES))).unwrap();
    let output = import(torn.to_str().unwrap(), &database);
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("run it again to go on") && told.contains("cannot read line"), "{told}");
    let report = String::from_utf8(import(ISSUES, &database).stdout).unwrap();
    let there = total(&report, "tasks there already");
    assert_eq!(total(&report, "tasks made") + there, 8, "{report}");
    assert_imported(&Server::start(Some(&database))).await;
}

/// A file as gzip that ends before it should.
fn torn_gzip(file: &Path) -> Vec<u8> {
    use std::io::Write;
    let level = flate2::Compression::none();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(&std::fs::read(file).unwrap()).unwrap();
    let mut zipped = encoder.finish().unwrap();
    zipped.truncate(zipped.len() - 300);
    zipped
}
