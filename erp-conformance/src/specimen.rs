//! Kinds of records that live in the suite alone: one with every type of field, one with no more than must
//! be, and one that is deleted and restored.

use erp_core::{
    change::{Audience, BroadcastEvent, ChangeSet, NewEvent},
    error::Violation,
    ids::{PhaseDefinitionId, ProjectId, UserId},
    money::Money,
    record::{
        Changing, Choice, Code, Color, Day, Email, Kind, Language, Line, Name, Parts, Percent,
        Phone, Rate, Record, Rules, Scaled, Stored, Text, Url, Zone,
    },
    time::Timestamp,
};

/// The kinds that the suite has beside the engine's. A store that keeps each kind in a place of its own
/// makes theirs, too, before the suite runs on it.
pub const KINDS: &[&Kind] = &[Specimen::KIND, Keepsake::KIND, Loan::KIND];

/// Every kind that the suite puts to the test.
pub(crate) fn kinds() -> impl Iterator<Item = &'static Kind> {
    erp_core::record::kinds().chain(KINDS.iter().copied())
}

/// A thing with every type of field.
#[derive(Clone, Debug, PartialEq, Record)]
#[record(kind = "specimen", table = "specimens", id = SpecimenId("spc"), path = "specimens",
    module = "suite", read = StockRead, create = ItemCreate, update = ItemUpdate,
    remove = ItemDelete, archive, rules, audience = [Audience::Everyone])]
pub struct Specimen {
    /// What it is ordered by.
    #[field(unique, filter, sort)]
    pub code: Code,
    /// What people call it.
    #[field(sort)]
    pub name: Name,
    /// A further name.
    #[field(unique, sort)]
    pub alias: Option<Line<40>>,
    /// What is written about it.
    pub text: Option<Text<2000>>,
    /// Where mail goes.
    #[field(filter)]
    pub email: Option<Email>,
    /// Where calls go.
    pub phone: Option<Phone>,
    /// Where it is shown.
    pub url: Option<Url>,
    /// Where its days are.
    pub zone: Option<Zone>,
    /// What is spoken of it.
    pub language: Option<Language>,
    /// How it is painted.
    pub color: Option<Color>,
    /// Whether it is in use.
    #[field(filter, default = true)]
    pub active: bool,
    /// How many there are.
    #[field(sort)]
    pub count: i64,
    /// What a share of it is.
    pub percent: Option<Percent>,
    /// What one costs.
    pub rate: Option<Rate>,
    /// What it weighs.
    #[field(sort)]
    pub weight: Option<Scaled<3>>,
    /// What it is worth.
    pub worth: Option<Money>,
    /// The day it came.
    #[field(sort)]
    pub day: Option<Day>,
    /// The instant it came.
    #[field(fixed, sort)]
    pub at: Timestamp,
    /// What it is like.
    #[field(filter, default = Likeness::Round)]
    pub likeness: Likeness,
    /// How large it is.
    pub size: Option<Size>,
    /// Whose it is.
    #[field(filter)]
    pub owner: Option<UserId>,
    /// A kind of phase that it is used in.
    pub definition: Option<PhaseDefinitionId>,
    /// The project that it was made for.
    pub project: Option<ProjectId>,
    /// What nobody is told of it.
    #[field(sensitive)]
    pub secret: Option<Line<60>>,
}

/// What a specimen is like.
#[derive(Clone, Copy, Debug, PartialEq, Choice)]
pub enum Likeness {
    /// Like a ball.
    Round,
    /// Like a board.
    FlatAndWide,
}

/// How large a specimen is.
#[derive(Clone, Debug, PartialEq, Parts)]
pub struct Size {
    /// How many units.
    pub units: i64,
    /// What a unit is.
    pub unit: Line<8>,
}

/// A thing that stays: it is neither archived nor removed.
#[derive(Clone, Debug, PartialEq, Record)]
#[record(kind = "keepsake", table = "keepsakes", id = KeepsakeId("kps"), path = "keepsakes",
    module = "suite", read = StockRead, create = ItemCreate, update = ItemUpdate,
    audience = [Audience::Everyone])]
pub struct Keepsake {
    /// What people call it.
    #[field(unique, sort)]
    pub name: Name,
}

/// A thing that is lent from a day on: it is deleted and restored, and has a key of several fields, of which
/// one may be empty.
#[derive(Clone, Debug, PartialEq, Record)]
#[record(kind = "loan", table = "loans", id = LoanId("lon"), path = "loans", module = "suite",
    read = StockRead, create = ItemCreate, update = ItemUpdate, delete = ItemDelete,
    key(borrower, project, since), audience = [Audience::Everyone])]
pub struct Loan {
    /// Who has it.
    #[field(filter)]
    pub borrower: UserId,
    /// The project that it is for.
    pub project: Option<ProjectId>,
    /// The first day.
    #[field(sort)]
    pub since: Day,
    /// The code on its slip.
    #[field(unique, sort)]
    pub slip: Option<Code>,
    /// What it costs.
    pub price: Option<Money>,
}

impl Rules for Specimen {
    fn check(was: Option<&Self>, now: &Self, wrong: &mut Vec<Violation>) {
        if now.alias.as_deref() == Some(&*now.name) {
            wrong.push(Violation::new("alias", "must not be the name"));
        }
        if was.is_some_and(|was| now.count < was.count) {
            wrong.push(Violation::new("count", "must not go down"));
        }
    }

    fn along(changing: &Changing<'_, Self>, set: &mut ChangeSet) {
        let inactive = |one: Option<&Stored<Self>>| one.is_some_and(|one| !one.active);
        if inactive(changing.now) && !inactive(changing.was) {
            let name = "specimen.inactive".to_owned();
            let payload = changing.now.map(|one| one.id.to_string()).into();
            set.event(NewEvent::new(BroadcastEvent::Sent { name, payload }, [Audience::Everyone]));
        }
    }
}
