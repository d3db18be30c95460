//! `docs/protocol.md` says all of what a client author needs to know.

use std::collections::BTreeSet;

use erp_core::{
    access::AccessEvent,
    change::BroadcastEvent,
    chat::ChatEvent,
    inventory::InventoryEvent,
    presence::PresenceEvent,
    projects::ProjectEvent,
    record::{self, Events},
};
use erp_realtime::frame::ByeCode;
use serde::de::DeserializeOwned;
use serde_json::json;

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/protocol.md");
    std::fs::read_to_string(path).unwrap()
}

/// The types of a module's events: serde names all of them when it is asked for another one.
fn kinds<E: DeserializeOwned>() -> Vec<String> {
    let asked = serde_json::from_value::<E>(json!({ "type": "?", "data": null }));
    let told = asked.err().expect("there is no such type").to_string();
    let kinds: Vec<_> = told.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind.contains('.')), "{told}");
    kinds
}

/// The types of all events.
fn all_kinds() -> BTreeSet<String> {
    [
        kinds::<AccessEvent>(),
        kinds::<BroadcastEvent>(),
        kinds::<ChatEvent>(),
        kinds::<InventoryEvent>(),
        kinds::<PresenceEvent>(),
        kinds::<ProjectEvent>(),
    ]
    .concat()
    .into_iter()
    .chain(record::kinds().flat_map(|kind| {
        let Events { created, changed, archived, restored, removed, .. } = kind.events;
        let shelved = [archived, restored].into_iter().filter(|_| kind.away.is_some());
        let removed = Some(removed).filter(|_| kind.remove);
        [created, changed].into_iter().chain(shelved).chain(removed).map(str::to_owned)
    }))
    .collect()
}

#[test]
fn the_page_names_every_event_and_no_other() {
    let page = page();
    let table = page.split("| type | data |").nth(1).unwrap().split("\n\n").next().unwrap();
    let first_cells = table.lines().filter_map(|row| row.split('|').nth(1));
    let named: BTreeSet<String> = first_cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = all_kinds().difference(&named).cloned().collect();
    let unknown: Vec<_> = named.difference(&all_kinds()).cloned().collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing {missing:?}, unknown {unknown:?}");
    assert!(named.len() > 60, "{}", named.len());
}

#[test]
fn the_page_names_every_reason_to_end_a_stream() {
    let page = page();
    for code in ByeCode::ALL {
        let row = format!("| `{}` | {} |", code.as_str(), code.close_code());
        assert!(page.contains(&row), "{row}");
    }
}
