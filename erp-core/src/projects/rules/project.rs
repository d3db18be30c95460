//! Decisions about projects and their members.

use super::{
    super::model::{ProjectDetails, ProjectRole, ProjectStatus},
    task::check_days,
};
use crate::{
    error::{Error, Result, Violation},
    forms,
    ids::UserId,
    money::Money,
};

/// A project's code as it is kept: in capital letters.
///
/// # Errors
/// A validation error on `code` unless it is 1 to 20 letters, digits and inner hyphens, of ASCII.
pub fn project_code(code: &str) -> Result<String> {
    Ok(forms::PROJECT_CODE.check("code", code)?.to_ascii_uppercase())
}

/// A project's details as they are kept: trimmed, an empty description is none.
///
/// # Errors
/// Validation errors on every field that is wrong.
pub fn check_details(mut details: ProjectDetails) -> Result<ProjectDetails> {
    let mut wrong = Vec::new();
    forms::NAME.keep("name", &mut details.name, &mut wrong);
    forms::DESCRIPTION.keep_optional("description", &mut details.description, &mut wrong);
    forms::TASK_PREFIX.keep("task_prefix", &mut details.task_prefix, &mut wrong);
    if matches!((details.start_on, details.due_on), (Some(start), Some(due)) if due < start) {
        wrong.push(Violation::new("due_on", "must not be before the start"));
    }
    check_days([("start_on", details.start_on), ("due_on", details.due_on)], &mut wrong);
    forms::ZONE.keep("zone", &mut details.zone, &mut wrong);
    if details.budget.is_some_and(|budget| !money_fits(budget)) {
        wrong.push(Violation::new("budget", "must be an amount that its currency has"));
    }
    if wrong.is_empty() { Ok(details) } else { Err(Error::Validation(wrong)) }
}

/// Whether the history of a project shows what changed of this kind of thing, not only that it did.
pub fn history_shows_values(kind: &str) -> bool {
    matches!(kind, "project" | "task" | "milestone" | "phase")
}

/// Whether it is an amount that its currency has, and not below zero.
pub(super) fn money_fits(money: Money) -> bool {
    money.is_current() && !money.amount().is_sign_negative()
}

/// Whether a project may go from one status to another.
///
/// # Errors
/// A precondition error that names both.
pub fn project_transition(from: ProjectStatus, to: ProjectStatus) -> Result<()> {
    use ProjectStatus as S;
    let allowed: &[S] = match from {
        S::Planned => &[S::Active, S::OnHold, S::Cancelled],
        S::Active => &[S::OnHold, S::Completed, S::Cancelled],
        S::OnHold => &[S::Planned, S::Active, S::Cancelled],
        S::Completed => &[S::Active],
        S::Cancelled => &[S::Planned, S::Active],
    };
    if from == to || allowed.contains(&to) {
        return Ok(());
    }
    let text = format!("a project cannot go from {} to {}", from.as_str(), to.as_str());
    Err(Error::Precondition(text.into()))
}

/// Whether the caller may give, change or take this role: an owner may all, a manager those below
/// his own. `own` is the caller's role in the project; none when he acts by a permission of the
/// organisation.
///
/// # Errors
/// Forbidden.
pub fn may_set_role(
    own: Option<ProjectRole>,
    role: ProjectRole,
    action: &'static str,
) -> Result<()> {
    match own {
        None | Some(ProjectRole::Owner) => Ok(()),
        Some(own) if role < own => Ok(()),
        Some(_) => Err(Error::Forbidden { action }),
    }
}

/// Whether an owner stays when this user is one no more.
///
/// # Errors
/// A precondition error.
pub fn keeps_an_owner(owners: &[UserId], without: UserId) -> Result<()> {
    if owners.iter().any(|owner| *owner != without) {
        return Ok(());
    }
    Err(Error::Precondition("a project keeps an owner".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn x_12_a_status_goes_along_the_table_only() {
        let from = |from: ProjectStatus| -> Vec<&str> {
            let all = ProjectStatus::ALL.iter();
            let reached = all.filter(|to| **to != from && project_transition(from, **to).is_ok());
            reached.map(|to| to.as_str()).collect()
        };
        assert_eq!(from(ProjectStatus::Planned), ["active", "on_hold", "cancelled"]);
        assert_eq!(from(ProjectStatus::Completed), ["active"]);
        assert!("finished".parse::<ProjectStatus>().is_err());
    }

    #[test]
    fn a_code_is_short_and_in_capitals() {
        assert_eq!(project_code(" solar-7 "), Ok("SOLAR-7".to_owned()));
        for bad in ["", "-A", "A-", "A B", "Ä", &"X".repeat(21)] {
            assert!(project_code(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn days_are_in_years_that_every_store_keeps() {
        for (year, fits) in [(-9_000, false), (0, false), (1, true), (9_000, true), (9_001, false)]
        {
            let start_on = chrono::NaiveDate::from_ymd_opt(year, 6, 1);
            let details = ProjectDetails { start_on, ..ProjectDetails::named("Roof") };
            assert_eq!(check_details(details).is_ok(), fits, "{year}");
        }
    }

    #[test]
    fn wrong_details_are_told_all_at_once() {
        let eur = Currency::new("EUR").unwrap();
        let details = ProjectDetails {
            task_prefix: "task".to_owned(),
            start_on: chrono::NaiveDate::from_ymd_opt(2024, 3, 2),
            due_on: chrono::NaiveDate::from_ymd_opt(2024, 3, 1),
            zone: "Mars/Base".to_owned(),
            budget: Money::new((-1).into(), eur).ok(),
            description: Some("a\0b".to_owned()),
            ..ProjectDetails::named(" ")
        };
        let Err(Error::Validation(wrong)) = check_details(details) else { panic!("it is wrong") };
        let fields: Vec<_> = wrong.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["name", "description", "task_prefix", "due_on", "zone", "budget"]);
        let good = check_details(ProjectDetails::named(" Roof ")).unwrap();
        assert_eq!(good.name, "Roof");
    }

    #[test]
    fn a_manager_handles_those_below_him() {
        use ProjectRole::{Manager, Member, Owner, Viewer};
        for (own, role, allowed) in [
            (None, Owner, true),
            (Some(Owner), Owner, true),
            (Some(Manager), Member, true),
            (Some(Manager), Manager, false),
            (Some(Manager), Owner, false),
            (Some(Viewer), Viewer, false),
        ] {
            assert_eq!(may_set_role(own, role, "x").is_ok(), allowed, "{own:?} {role:?}");
        }
    }
}
