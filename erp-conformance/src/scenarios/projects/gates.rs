//! Gates of phases, the current phase, and what phases may cost.

use erp_core::{
    Conflict, Error,
    change::Version,
    ids::PhaseId,
    money::{Currency, Money},
    policy::Action,
    projects::{
        BudgetOverrun, NewPhase, OpenTasks, PassedGate, PhaseDetails, PhaseUpdate, Project,
        ProjectDetails, TaskStatus, rules::OnOverlap,
    },
};

use super::{
    id, keeper, person,
    phases::{days, kind, listed, new, phase},
    project, task,
};
use crate::{Harness, cases::support::at_once};

fn money(amount: &str, code: &str) -> Money {
    let currency = Currency::new(code).expect("a currency");
    Money::new(amount.parse().expect("a number"), currency).expect("an amount")
}

fn euro(amount: &str) -> Money {
    money(amount, "EUR")
}

fn order(phase: PhaseId) -> Error {
    Conflict::GatesOutOfOrder { phase }.into()
}

/// PHASE-3: gates are passed and taken back in the order of phases, by managers; each is audited and
/// told of, and twice is once.
pub async fn phase_3_gates_are_passed_in_order(h: Harness) {
    let (root, ada, bob) = (keeper(&h).await, person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let projects = h.engine.projects();
    let build = kind(&h, &root, "B").await;
    let one = phase(&h, &ada, p.id, build, ("03-04", "03-08")).await.id;
    let two = phase(&h, &ada, p.id, build, ("03-20", "03-21")).await.id;
    let (v, block) = (Version, OpenTasks::Block);
    let refused = projects.pass_gate(&bob, one, v(1), block).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    assert_eq!(projects.pass_gate(&ada, two, v(1), block).await, Err(order(one)));
    let before = h.settled().await;
    let passed = projects.pass_gate(&ada, one, v(1), block).await.unwrap();
    assert_eq!(passed.gate, Some(PassedGate { by: Some(id(&ada)), at: h.now() }));
    assert_eq!(h.kinds_after(before).await, ["projects.phase_put"]);
    assert_eq!(h.audit().await[0].action, Action::PhasePassGate);
    assert_eq!(projects.pass_gate(&ada, one, v(1), block).await, Ok(passed), "twice is once");
    projects.pass_gate(&ada, two, v(1), block).await.unwrap();
    assert_eq!(projects.take_back_gate(&ada, one, v(2)).await, Err(order(one)));
    let stale = projects.take_back_gate(&ada, two, v(1)).await;
    let current = Conflict::Version { entity: "phase".into(), current: v(2) };
    assert_eq!(stale, Err(current.into()));
    assert_eq!(projects.take_back_gate(&ada, two, v(2)).await.unwrap().gate, None);
    let between = new(build, days("03-10", "03-11"));
    projects.create_phase(&ada, p.id, between).await.expect("what is before it is over");
    projects.pass_gate(&ada, two, v(3), block).await.expect_err("the new one is open");
    let first = new(build, days("03-01", "03-02"));
    let refused = projects.create_phase(&ada, p.id, first).await;
    assert!(matches!(refused, Err(Error::Conflict(Conflict::GatesOutOfOrder { .. }))));
}

/// PHASE-3: open tasks of the phase block its gate unless they are to be left.
pub async fn phase_3_open_tasks_block_a_gate_unless_they_are_left(h: Harness) {
    let (root, ada) = (keeper(&h).await, person(&h, "ada").await);
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let build = kind(&h, &root, "B").await;
    let one = phase(&h, &ada, p.id, build, ("03-04", "03-08")).await.id;
    let mut put = Vec::new();
    for title in ["a", "b", "c", "elsewhere"] {
        let task = task(&h, &ada, &p, title).await;
        if title != "elsewhere" {
            projects.set_task_phase(&ada, task.id, Version(1), Some(one)).await.unwrap();
        }
        put.push(task.id);
    }
    projects.set_task_status(&ada, put[0], Version(2), TaskStatus::Done).await.unwrap();
    let blocked = projects.pass_gate(&ada, one, Version(1), OpenTasks::Block).await;
    let by = vec![put[1], put[2]];
    assert_eq!(blocked, Err(Conflict::PhaseBlocked { by }.into()));
    projects.set_task_status(&ada, put[1], Version(2), TaskStatus::Cancelled).await.unwrap();
    projects.delete_task(&ada, put[2], Version(2)).await.unwrap();
    projects.pass_gate(&ada, one, Version(1), OpenTasks::Block).await.expect("nothing is open");
    projects.take_back_gate(&ada, one, Version(2)).await.unwrap();
    projects.set_task_status(&ada, put[1], Version(3), TaskStatus::Todo).await.unwrap();
    let left = projects.pass_gate(&ada, one, Version(3), OpenTasks::Leave).await.unwrap();
    assert!(left.gate.is_some());
    assert_eq!(h.read_task(put[1]).await.phase, Some(one), "it stays in it");
}

/// PHASE-3: which phase is current follows the clock in the project's zone and the gates; it is nowhere
/// written.
pub async fn phase_3_the_current_phase_follows_clock_zone_and_gates(h: Harness) {
    let (root, ada) = (keeper(&h).await, person(&h, "ada").await);
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let zone = "Pacific/Auckland".to_owned();
    let details = ProjectDetails { zone, ..p.details.clone() };
    projects.update(&ada, p.id, p.version, details).await.unwrap();
    let build = kind(&h, &root, "B").await;
    // The case begins on March 4 at 9:00 in UTC, at 22:00 in Auckland.
    let one = phase(&h, &ada, p.id, build, ("03-05", "03-06")).await.id;
    let two = phase(&h, &ada, p.id, build, ("03-08", "03-09")).await.id;
    let current = async || {
        let all = listed(&h, &ada, p.id).await;
        assert!(all.iter().filter(|(_, current)| *current).count() <= 1);
        all.iter().position(|(_, current)| *current)
    };
    let settled = h.settled().await;
    assert_eq!(current().await, None, "it begins tomorrow there");
    h.pass(2 * 3_600);
    assert_eq!(current().await, Some(0));
    assert!(projects.phase(&ada, one).await.unwrap().current);
    h.pass(5 * 86_400);
    assert_eq!(current().await, Some(0), "its last day is over, and its gate is open");
    assert_eq!(h.settled().await, settled, "nothing was written");
    projects.pass_gate(&ada, one, Version(1), OpenTasks::Block).await.unwrap();
    assert_eq!(current().await, Some(1));
    projects.pass_gate(&ada, two, Version(1), OpenTasks::Block).await.unwrap();
    assert_eq!(current().await, None);
    projects.take_back_gate(&ada, two, Version(2)).await.unwrap();
    assert_eq!(current().await, Some(1));
}

async fn put(
    h: &Harness,
    p: &Project,
    change: impl FnOnce(&mut ProjectDetails),
) -> Result<Project, Error> {
    let present = h.read_project(p.id).await;
    let mut details = present.details.clone();
    change(&mut details);
    h.engine.projects().update(&erp_core::Ctx::system(), p.id, present.version, details).await
}

/// PHASE-5: the budgets of active phases fit into the project's, when they are made, changed or
/// restored, and when the project's is lowered; they are in its currency.
pub async fn phase_5_phases_cost_no_more_than_the_project_may(h: Harness) {
    let (root, ada) = (keeper(&h).await, person(&h, "ada").await);
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let build = kind(&h, &root, "B").await;
    put(&h, &p, |it| it.budget = Some(euro("100"))).await.unwrap();
    let costs = |(from, until), budget| {
        let details = PhaseDetails { budget: Some(budget), ..days(from, until) };
        NewPhase { definition: build, details, on_overlap: OnOverlap::Refuse }
    };
    let (first, second) = (("03-04", "03-05"), ("03-06", "03-07"));
    let one = projects.create_phase(&ada, p.id, costs(first, euro("60"))).await.unwrap();
    let over = |budget, sum| -> Error {
        Conflict::PhasesOverBudget { budget: euro(budget), sum: euro(sum) }.into()
    };
    let refused = projects.create_phase(&ada, p.id, costs(second, euro("40.01"))).await;
    assert_eq!(refused, Err(over("100", "100.01")));
    let refused = projects.create_phase(&ada, p.id, costs(second, money("1", "USD"))).await;
    assert!(matches!(&refused, Err(Error::Validation(wrong)) if wrong[0].field == "budget"));
    let two = projects.create_phase(&ada, p.id, costs(second, euro("40"))).await.unwrap();
    let details = PhaseDetails { budget: Some(euro("41")), ..two.details };
    let update = PhaseUpdate { expected: Version(1), details, on_overlap: OnOverlap::Refuse };
    assert_eq!(projects.update_phase(&ada, two.id, update).await, Err(over("100", "101")));

    assert_eq!(put(&h, &p, |it| it.budget = Some(euro("99"))).await, Err(over("99", "100")));
    let other = put(&h, &p, |it| it.budget = Some(money("1000", "USD"))).await;
    assert!(matches!(&other, Err(Error::Validation(wrong)) if wrong[0].field == "budget"));
    projects.cancel_phase(&ada, two.id, Version(1)).await.unwrap();
    put(&h, &p, |it| it.budget = Some(euro("99"))).await.expect("a cancelled phase costs nothing");
    assert_eq!(projects.restore_phase(&ada, two.id, Version(2)).await, Err(over("99", "100")));
    put(&h, &p, |it| it.budget_overrun = BudgetOverrun::Allowed).await.unwrap();
    projects.restore_phase(&ada, two.id, Version(2)).await.expect("an overrun is allowed");
    let refused = put(&h, &p, |it| it.budget_overrun = BudgetOverrun::Forbidden).await;
    assert_eq!(refused, Err(over("99", "100")));
    put(&h, &p, |it| it.budget = None).await.expect("without a budget there is no bound");
    assert_eq!(projects.phase(&ada, one.id).await.unwrap().named.phase, one);
}

/// PHASE-5 and X-18: whoever makes phases and lowers the budget at once, in the end it holds.
pub async fn phase_5_of_phases_and_budgets_at_once_only_what_fits_happens(h: Harness) {
    let (root, ada) = (keeper(&h).await, person(&h, "ada").await);
    let build = kind(&h, &root, "B").await;
    for round in 0..4 {
        let p = project(&h, &format!("P{round}"), &ada, &[]).await;
        let p = put(&h, &p, |it| it.budget = Some(euro("100"))).await.unwrap();
        let done = at_once((0..7).map(|n: u32| {
            let (engine, ada, p) = (h.engine.clone(), ada.clone(), p.clone());
            async move {
                let projects = engine.projects();
                if n == 0 {
                    let details = ProjectDetails { budget: Some(euro("50")), ..p.details };
                    return projects.update(&ada, p.id, p.version, details).await.map(drop);
                }
                let day = format!("03-{:02}", 10 + n);
                let details = PhaseDetails { budget: Some(euro("30")), ..days(&day, &day) };
                let new = NewPhase { details, ..new(build, details) };
                projects.create_phase(&ada, p.id, new).await.map(drop)
            }
        }));
        for refused in done.await.into_iter().filter_map(Result::err) {
            let known = matches!(
                refused,
                Error::Conflict(Conflict::PhasesOverBudget { .. } | Conflict::Contention)
            );
            assert!(known, "{refused:?}");
        }
        let budget = h.read_project(p.id).await.details.budget.expect("it has one");
        let phases = h.store.projects().phases(p.id).await.expect("a read");
        let costs = phases.iter().filter_map(|one| one.phase.details.budget);
        let sum: erp_core::money::Decimal = costs.map(|it| it.amount()).sum();
        assert!(!phases.is_empty() && sum <= budget.amount(), "{sum} of {budget:?}");
    }
}
