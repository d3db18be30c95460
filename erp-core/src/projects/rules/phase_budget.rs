//! What the phases of a project may cost together.

use super::super::model::{BudgetOverrun, Phase, ProjectDetails};
use crate::{
    error::{Conflict, Error, Result},
    money::{Money, MoneyError},
};

/// Whether the budgets of a project's active phases fit into its own (PHASE-5): they are in one
/// currency, that of the project's budget if it has one, and together no more than that, unless an
/// overrun is allowed. A project without a budget sets no bound.
///
/// # Errors
/// A validation error on `budget` when it is in another currency, or the sum is no amount any more;
/// the conflict `PhasesOverBudget`.
pub fn check_budgets(project: &ProjectDetails, phases: &[Phase]) -> Result<()> {
    let Some(sum) = budget_of(phases)? else { return Ok(()) };
    let Some(budget) = project.budget else { return Ok(()) };
    if sum.currency() != budget.currency() {
        return Err(mixed());
    }
    if project.budget_overrun == BudgetOverrun::Forbidden && sum.amount() > budget.amount() {
        return Err(Conflict::PhasesOverBudget { budget, sum }.into());
    }
    Ok(())
}

/// The budgets of phases together; none where no phase has one.
///
/// # Errors
/// As [`check_budgets`].
fn budget_of(phases: &[Phase]) -> Result<Option<Money>> {
    let mut budgets = phases.iter().filter_map(|phase| phase.details.budget);
    let Some(first) = budgets.next() else { return Ok(None) };
    let sum = budgets.try_fold(first, Money::checked_add);
    sum.map(Some).map_err(|error| match error {
        MoneyError::Mixed => mixed(),
        _ => Error::invalid("budget", "is too much together with that of other phases"),
    })
}

fn mixed() -> Error {
    Error::invalid("budget", "must be in the currency of the project's and of its phases' budgets")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        ids::{PhaseDefinitionId, PhaseId, ProjectId},
        money::Currency,
        projects::model::PhaseDetails,
        time::Timestamp,
    };

    fn money(amount: &str, code: &str) -> Money {
        Money::new(amount.parse().unwrap(), Currency::new(code).unwrap()).unwrap()
    }

    fn phase(budget: Option<Money>) -> Phase {
        let day = chrono::NaiveDate::from_ymd_opt(2024, 3, 4).unwrap();
        Phase {
            id: PhaseId::from_uuid(Uuid::nil()),
            project: ProjectId::from_uuid(Uuid::nil()),
            definition: PhaseDefinitionId::from_uuid(Uuid::nil()),
            details: PhaseDetails { starts_on: day, ends_on: day, budget },
            gate: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            cancelled_at: None,
            version: crate::change::Version::FIRST,
        }
    }

    fn project(budget: Option<Money>, budget_overrun: BudgetOverrun) -> ProjectDetails {
        ProjectDetails { budget, budget_overrun, ..ProjectDetails::named("p") }
    }

    #[test]
    fn phase_5_budgets_of_phases_fit_into_the_projects() {
        use BudgetOverrun::{Allowed, Forbidden};
        let phases =
            [phase(Some(money("60", "EUR"))), phase(None), phase(Some(money("40", "EUR")))];
        let over =
            Conflict::PhasesOverBudget { budget: money("99.99", "EUR"), sum: money("100", "EUR") };
        for (budget, overrun, expected) in [
            (Some(money("100", "EUR")), Forbidden, Ok(())),
            (Some(money("99.99", "EUR")), Forbidden, Err(over.into())),
            (Some(money("99.99", "EUR")), Allowed, Ok(())),
            (None, Forbidden, Ok(())),
            (Some(money("1000", "USD")), Forbidden, Err(mixed())),
            (Some(money("1000", "USD")), Allowed, Err(mixed())),
        ] {
            assert_eq!(check_budgets(&project(budget, overrun), &phases), expected, "{budget:?}");
        }
        let other = project(Some(money("1", "USD")), Forbidden);
        assert_eq!(check_budgets(&other, &[phase(None)]), Ok(()), "nothing is said of money");
        let two = [phase(Some(money("1", "EUR"))), phase(Some(money("1", "USD")))];
        assert_eq!(check_budgets(&project(None, Allowed), &two), Err(mixed()));
        let most = money("79000000000000000000000000000", "JPY");
        let two = [phase(Some(most)), phase(Some(most))];
        let too_much = check_budgets(&project(None, Allowed), &two);
        assert!(matches!(too_much, Err(Error::Validation(_))), "{too_much:?}");
    }
}
