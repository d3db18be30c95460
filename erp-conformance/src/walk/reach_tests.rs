//! That the walk comes to all that there is of projects and of stock: every kind of change and of guard
//! is written and refused, every function of their reads is asked.

use std::{collections::BTreeSet, fs, path::Path};

use erp_core::{
    change::{Change, Guard, ScopeKind, Version},
    inventory::InventoryChange,
    projects::{CatalogChange, ProjectChange},
};

use super::{generate::Generator, model::Model};

type Names = BTreeSet<&'static str>;

/// The names of an enum's kinds, and a function that tells the kind of a value.
macro_rules! kinds {
    ($enum:ident: $($kind:ident),* $(,)?) => {{
        // Exhaustive: a new kind that is not listed does not compile.
        let of = |value: &$enum| match value { $($enum::$kind { .. } => stringify!($kind),)* };
        (of, Names::from([$(stringify!($kind)),*]))
    }};
}

/// What a walk of the model alone wrote, and what it was refused.
#[derive(Default)]
struct Walked {
    written: Vec<Change>,
    refused: Vec<Change>,
    held: Vec<Guard>,
    failed: Vec<Guard>,
}

fn walked() -> Walked {
    let mut walked = Walked::default();
    for seed in 40..48 {
        let mut model = Model::new(Version::FIRST, Version::FIRST, Version::FIRST);
        let mut generator = Generator::new(seed);
        for _ in 0..1_000 {
            let set = generator.next(&model);
            let (changes, guards) = (set.changes.clone(), set.guards.clone());
            match model.commit(set) {
                Ok(receipt) if receipt.replayed.is_none() => {
                    walked.written.extend(changes);
                    walked.held.extend(guards);
                }
                Ok(_) => {}
                Err(_) => {
                    // Of several nobody knows which it was.
                    walked.refused.extend(<[Change; 1]>::try_from(changes).into_iter().flatten());
                    walked.failed.extend(<[Guard; 1]>::try_from(guards).into_iter().flatten());
                }
            }
        }
    }
    walked
}

fn assert_all<T>(
    met: impl Iterator<Item = T>,
    of: impl Fn(&T) -> &'static str,
    all: &Names,
    what: &str,
) {
    let met: Names = met.map(|one| of(&one)).collect();
    let never: Vec<_> = all.difference(&met).collect();
    assert!(never.is_empty(), "never {what}: {never:?}");
}

#[test]
fn every_change_and_every_guard_is_written_and_refused() {
    let Walked { written, refused, held, failed } = walked();
    let (of, all) = kinds!(InventoryChange: TermsChanged, CreateItem, UpdateItem, DeleteItem, Post, Reserve,
        EndReservation, CorrectLot, AcknowledgeAlert, ClosePeriod);
    assert_all(written.iter().filter_map(stock), |one| of(one), &all, "written");
    // What goes along with another change is refused with that alone.
    let refusable = all.into_iter().filter(|name| *name != "TermsChanged").collect();
    assert_all(refused.iter().filter_map(stock), |one| of(one), &refusable, "refused");
    let (of, all) = kinds!(ProjectChange: CreateProject, UpdateProject, SetProjectDeleted,
        PutMember, RemoveMember, CreateTask, UpdateTask, SetTaskStatus, MoveTask, DeleteTasks,
        RestoreTasks, Link, Unlink, PutTime, SetTaskDates, SetTaskMilestone,
        PutPhase, SetTaskPhase, PutCalendar, PutChecklist, PutAttachment, RemoveAttachment,
        PutWatcher, RemoveWatcher, PutComment);
    assert_all(written.iter().filter_map(project), |one| of(one), &all, "written");
    assert_all(refused.iter().filter_map(project), |one| of(one), &all, "refused");
    let (of, all) = kinds!(CatalogChange: PutTemplate, PutOrigin);
    assert_all(written.iter().filter_map(catalog), |one| of(one), &all, "written");
    assert_all(refused.iter().filter_map(catalog), |one| of(one), &all, "refused");
    let all = ScopeKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_all(held.iter(), |one| one.scope().kind.as_str(), &all, "held");
    assert_all(failed.iter(), |one| one.scope().kind.as_str(), &all, "failed");
}

fn stock(change: &Change) -> Option<&InventoryChange> {
    if let Change::Inventory(change) = change { Some(change) } else { None }
}

fn project(change: &Change) -> Option<&ProjectChange> {
    if let Change::Projects(change) = change { Some(change) } else { None }
}

fn catalog(change: &Change) -> Option<&CatalogChange> {
    if let Change::Catalog(change) = change { Some(change) } else { None }
}

#[test]
fn every_read_is_asked() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let probes = text_of(&here.join("src/walk/probe"));
    for module in ["projects", "inventory"] {
        let core = here.join("../erp-core/src").join(module);
        let mut ports = fs::read_to_string(core.join("reads.rs")).unwrap();
        ports += &text_of(&core.join("reads"));
        let heads = ports.lines().filter_map(|line| line.trim_start().strip_prefix("async fn "));
        let functions: Vec<&str> =
            heads.filter_map(|head| head.split_once('(')).map(|(name, _)| name).collect();
        assert!(functions.len() > 10, "the ports of {module} are elsewhere");
        for function in functions {
            assert!(probes.contains(&format!(".{function}(")), "{module}: never {function}");
        }
    }
}

/// The text of all files in a folder; none where there is no such folder.
fn text_of(folder: &Path) -> String {
    let files = fs::read_dir(folder).into_iter().flatten();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}
