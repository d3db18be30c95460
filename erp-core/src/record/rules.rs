//! The two pure hooks of a kind.

use std::fmt;

use erp_kernel::{Value, Values, Violation};

use super::{Record, Row, Stored};
use crate::change::ChangeSet;

/// What a kind of record says beyond its fields. Both hooks are pure: what needs a read is a service.
pub trait Rules: Record {
    /// Adds what is wrong across fields with a record as it is to be.
    fn check(_was: Option<&Self>, _now: &Self, _wrong: &mut Vec<Violation>) {}

    /// Adds what goes with a change of a record: changes, guards, events.
    fn along(_changing: &Changing<'_, Self>, _set: &mut ChangeSet) {}
}

/// A record as it was and as it is to be.
#[derive(Debug)]
pub struct Changing<'a, R: Record> {
    /// As it was; none for a new one.
    pub was: Option<&'a Stored<R>>,
    /// As it is to be; none for one that is removed.
    pub now: Option<&'a Stored<R>>,
}

/// The hooks of a kind, without its type.
#[derive(Clone, Copy)]
pub struct Hooks {
    check: fn(Option<&[Value]>, &[Value], &mut Vec<Violation>),
    along: fn(Option<&Row>, Option<&Row>, &mut ChangeSet),
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}

impl Hooks {
    /// The hooks of this kind.
    pub const fn of<R: Rules>() -> Self {
        Self { check: check::<R>, along: along::<R> }
    }

    /// What is wrong across fields.
    pub fn check(&self, was: Option<&[Value]>, now: &[Value]) -> Vec<Violation> {
        let mut wrong = Vec::new();
        (self.check)(was, now, &mut wrong);
        wrong
    }

    /// Adds what goes with a change.
    pub fn along(&self, was: Option<&Row>, now: Option<&Row>, set: &mut ChangeSet) {
        (self.along)(was, now, set);
    }
}

fn check<R: Rules>(was: Option<&[Value]>, now: &[Value], wrong: &mut Vec<Violation>) {
    let typed = |values: &[Value]| R::from_values(&mut Values::of(values)).ok();
    let was = was.and_then(typed);
    if let Some(now) = typed(now) {
        R::check(was.as_ref(), &now, wrong);
    }
}

fn along<R: Rules>(was: Option<&Row>, now: Option<&Row>, set: &mut ChangeSet) {
    let typed = |row: &Row| Stored::<R>::of(row).ok();
    let (was, now) = (was.and_then(typed), now.and_then(typed));
    R::along(&Changing { was: was.as_ref(), now: now.as_ref() }, set);
}
