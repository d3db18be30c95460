//! Figures that must hold: the storm in its short form (what `erp-benches storm` does in minutes, in
//! seconds), and the memory of logins.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Command;

/// Promise 2, through cuts, crashes of servers and of PostgreSQL.
#[test]
fn storm_short_loses_doubles_and_leaves_nothing() {
    let output = Command::new(env!("CARGO_BIN_EXE_erp-benches"))
        .args(["storm", "--clients", "20", "--cuts", "5", "--events", "3000"])
        .args(["--server-kills", "4", "--pg-kills", "2", "--writers", "8"])
        .output()
        .expect("the storm starts");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("nothing lost, doubled, out of order or left over"), "{out}\n{err}");
}

/// Bursts and thousands of logins keep no more memory than the hashes that run at once.
#[test]
fn storm_auth_20_logins_keep_a_fixed_memory() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_erp-benches")).arg("logins").output().expect("it starts");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
}
