//! The import of what a shop has sold: with enough in stock, with none, and with stock below zero.

use std::process::Output;

use erp_conformance::pg_cluster::PgCluster;

use crate::{
    import::total,
    server::{ANNA, Server, command},
};

const INVOICES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/invoices.csv");

fn import(flags: &[&str], database: &str) -> String {
    let mut arguments = vec!["import-stock", INVOICES, "--database-url", database];
    arguments.extend(flags);
    let Output { status, stdout, stderr } = command(&arguments).output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

fn refused(report: &str) -> Vec<&str> {
    report.lines().map(str::trim).filter(|line| line.starts_with("line ")).collect()
}

/// On hand by SKU, as a client sees it.
async fn on_hand(server: &Server, sku: &str) -> String {
    let account = server.login(ANNA).await;
    let item = account.get(&format!("/api/inventory/items/by-sku/{sku}")).await;
    let item = item["id"].as_str().unwrap();
    let stock = account.get(&format!("/api/inventory/stock?item={item}")).await;
    stock["items"][0]["on_hand"].as_str().unwrap().to_owned()
}

/// What is no CSV, no number or no time is listed; so is what stands for no goods counted.
const BAD: [&str; 2] = [
    "line 9: `Quantity` is no number: \"many\"",
    "line 10: `InvoiceDate` is no time: \"yesterday\"",
];

#[tokio::test]
async fn what_was_sold_is_taken_from_opening_stock_once() {
    let database = PgCluster::shared().unwrap().fresh_database().unwrap();
    let first = import(&["--opening-stock", "100"], &database);
    assert_eq!(refused(&first), BAD);
    let count = |label: &str| total(&first, label);
    assert_eq!((count("lines read"), count("lines posted")), (12, 8), "{first}");
    assert_eq!((count("sold"), count("came back"), count("written off")), (6, 1, 1), "{first}");
    assert_eq!((count("postage"), count("bad debt"), count("opening stock")), (1, 1, 2), "{first}");
    let again = import(&["--opening-stock", "100"], &database);
    let count = |label: &str| total(&again, label);
    assert_eq!((count("lines posted"), count("lines there already")), (0, 8), "{again}");
    assert_eq!(count("opening stock"), 0, "{again}");
    let server = Server::start(Some(&database));
    // 100 less 6, 3, 3 and 1, and 2 that came back; 100 less 8 and 2, and 1 that broke.
    assert_eq!(on_hand(&server, "A1").await, "89");
    assert_eq!(on_hand(&server, "B2").await, "89");
}

#[tokio::test]
async fn what_is_not_there_is_not_sold_and_told() {
    let database = PgCluster::shared().unwrap().fresh_database().unwrap();
    let report = import(&[], &database);
    let lines = refused(&report);
    assert!(lines.contains(&"line 2: A1: not enough stock: 0 available"), "{report}");
    // Two came back, and one of them was sold.
    assert_eq!(
        (total(&report, "lines posted"), total(&report, "lines refused")),
        (2, 8),
        "{report}"
    );
    let server = Server::start(Some(&database));
    assert_eq!(on_hand(&server, "A1").await, "1");
}

#[tokio::test]
async fn where_it_may_be_negative_everything_is_sold() {
    let database = PgCluster::shared().unwrap().fresh_database().unwrap();
    let report = import(&["--allow-negative"], &database);
    assert_eq!(refused(&report), BAD);
    assert_eq!(total(&report, "lines posted"), 8, "{report}");
    let server = Server::start(Some(&database));
    assert_eq!(on_hand(&server, "A1").await, "-11");
    assert_eq!(on_hand(&server, "B2").await, "-11");
}
