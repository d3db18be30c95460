//! The list of cases.

use std::collections::BTreeSet;

use erp_conformance::registry;

#[test]
fn every_case_has_a_path_of_its_own() {
    let paths: Vec<_> = registry::cases().map(registry::Case::path).collect();
    let unique: BTreeSet<_> = paths.iter().collect();
    assert_eq!(unique.len(), paths.len());
    for group in ["ports", "presence", "access", "chat", "realtime"] {
        assert!(registry::cases().any(|case| case.group == group), "{group} has cases");
    }
}
