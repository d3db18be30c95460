//! Records: entities that are described once.
//!
//! A struct is described by `#[derive(Record)]`, which emits a [`Kind`] and two functions. All else is
//! ordinary code over kinds and values, written once: [`RecordService`] authorizes, checks, and commits
//! with audit entry and event; stores keep a [`Row`]; [`Records`] is the typed face.
//!
//! ```
//! use erp_core::record::{Choice, Name, Record};
//!
//! /// What a thing is made of.
//! #[derive(Clone, Debug, PartialEq, Record)]
//! #[record(kind = "material", table = "materials", id = MaterialId("mat"), path = "materials",
//!     module = "inventory", read = StockRead, create = ItemCreate, update = ItemUpdate, archive,
//!     audience = [])]
//! pub struct Material {
//!     /// Its name.
//!     #[field(unique, sort)]
//!     pub name: Name,
//!     /// Where it comes from.
//!     #[field(filter, default = Source::Bought)]
//!     pub source: Source,
//! }
//!
//! /// Where a material comes from.
//! #[derive(Clone, Copy, Debug, PartialEq, Choice)]
//! pub enum Source {
//!     /// It is bought.
//!     Bought,
//!     /// It is made here.
//!     MadeHere,
//! }
//!
//! assert_eq!(Material::KIND.fields[0].doc, "Its name.");
//! assert_eq!(Material::KIND.events.created, "inventory.material_created");
//! assert_eq!(Source::MadeHere.as_str(), "made_here");
//! ```
//!
//! Words of `#[record(…)]` beside those above: `archive`, or `delete = ACTION` for records that are restored and
//! whose keys are free meanwhile, or `remove = ACTION` for those that go for good; `key(a, b)` for a key of several
//! fields; `tree = SCOPE` with a field that is the `parent`; `within = field` for records that lie in a project,
//! whose members hear of changes unless it says `untold`; `under = field` with `path = "things/{id}/parts"` and
//! `item = "parts"` for those that are listed under another thing; `views` where routes of their own answer one
//! and the list; `rules` for the hooks of [`Rules`]; `replace` and `event(…)` for names. Words of `#[field(…)]`:
//! `unique`, `filter`, `sort`, `fixed`, `default = …`, `sensitive`, `parent`, `columns(…)`.
//!
//! A field has one of the types that records know, and says what it is:
//!
//! ```compile_fail
//! use erp_core::record::{Name, Record};
//!
//! /// A thing.
//! #[derive(Clone, Debug, PartialEq, Record)]
//! #[record(kind = "thing", table = "things", id = ThingId("thg"), path = "things",
//!     read = StockRead, create = ItemCreate, update = ItemUpdate, audience = [])]
//! pub struct Thing {
//!     /// Its name.
//!     #[field(sort)]
//!     pub name: Name,
//!     pub weight: f64,
//! }
//! ```

mod change;
mod input;
mod kind;
mod place;
mod row;
mod rules;
mod service;
mod sight;
mod typed;

pub use erp_derive::{Choice, Parts, Record};

pub use change::{ListQuery, Node, RecordChange, RecordReads, RecordTree, Shelf};
pub use erp_kernel::{
    FieldType, Part, Type, Unreadable, Value, Values,
    fields::{
        Address, Code, Color, Day, Email, Language, Line, Name, Percent, Phone, Rate, Scaled, Text,
        Url, Zone,
    },
    ids,
    ids::Id,
};
pub use input::{Input, Told};
pub use kind::{Actions, Away, Events, Field, Key, Kind};
pub use place::{Place, sort_key};
pub use row::{Record, Row, Stored};
pub use rules::{Changing, Hooks, Rules};
pub use service::{RecordService, Shelving};
pub use sight::Within;
pub(crate) use typed::typed;
pub use typed::{FieldName, Records};

use crate::{inventory, projects};

pub use crate::change::ScopeKind;

/// Every kind of record of the engine.
pub const KINDS: &[&[&Kind]] = &[projects::RECORDS, inventory::RECORDS];

/// Every kind of record of the engine, one after the other.
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().flat_map(|kinds| kinds.iter().copied())
}

/// An entity that is no record and that records refer to. It is never removed.
struct Other {
    prefix: &'static str,
    entity: &'static str,
    table: &'static str,
}

const OTHERS: &[Other] = &[
    Other { prefix: "usr", entity: "user", table: "users" },
    Other { prefix: "prj", entity: "project", table: "projects" },
];

/// What ids of this prefix are of, as far as records may refer to it.
pub fn entity_of(prefix: &str) -> Option<&'static str> {
    referred(prefix).map(|(entity, _)| entity)
}

/// The table of what ids of this prefix are of, as far as records may refer to it.
pub fn table_of(prefix: &str) -> Option<&'static str> {
    referred(prefix).map(|(_, table)| table)
}

fn referred(prefix: &str) -> Option<(&'static str, &'static str)> {
    let other = OTHERS.iter().find(|other| other.prefix == prefix);
    let kind = || kinds().find(|kind| kind.prefix == prefix).map(|kind| (kind.name, kind.table));
    other.map(|other| (other.entity, other.table)).or_else(kind)
}
