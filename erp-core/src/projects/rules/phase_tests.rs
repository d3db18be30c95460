use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    change::Version,
    ids::{PhaseDefinitionId, ProjectId},
    projects::model::PassedGate,
    time::Timestamp,
};

/// So many days after the first of 2024.
fn day(days: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(days)
}

fn phase(id: usize, starts_on: u64, ends_on: u64) -> Phase {
    Phase {
        id: PhaseId::from_uuid(Uuid::from_u128(id as u128)),
        project: ProjectId::from_uuid(Uuid::nil()),
        definition: PhaseDefinitionId::from_uuid(Uuid::nil()),
        details: PhaseDetails { starts_on: day(starts_on), ends_on: day(ends_on), budget: None },
        gate: None,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        cancelled_at: None,
        version: Version::FIRST,
    }
}

fn passed(phase: Phase) -> Phase {
    let gate = Some(PassedGate { by: None, at: Timestamp::UNIX_EPOCH });
    Phase { gate, ..phase }
}

fn days(phases: &[Phase]) -> Vec<(u64, u64)> {
    let since = |date: NaiveDate| u64::try_from((date - day(0)).num_days()).unwrap();
    phases.iter().map(|it| (since(it.details.starts_on), since(it.details.ends_on))).collect()
}

fn over(with: &[&Phase]) -> Result<Vec<Phase>> {
    let over = with.iter().map(|phase| phase.id).collect();
    Err(Conflict::PhasesOverlap { over }.into())
}

/// Phases one after the other, from gaps and lengths.
fn row(parts: &[(u64, u64)]) -> Vec<Phase> {
    let mut next = 0;
    let mut phases = Vec::new();
    for (id, (gap, length)) in parts.iter().enumerate() {
        let starts_on = next + gap;
        phases.push(phase(id, starts_on, starts_on + length));
        next = starts_on + length + 1;
    }
    phases
}

#[test]
fn phase_1_days_are_in_their_order() {
    let check = |from, until| check_phase(&phase(0, from, until).details);
    assert_eq!((check(3, 3), check(3, 4)), (Ok(()), Ok(())), "a phase of one day is one");
    let Err(Error::Validation(wrong)) = check(4, 3) else { panic!("it ends before it begins") };
    assert_eq!(wrong[0].field, "ends_on");
    let far = NaiveDate::from_ymd_opt(9001, 1, 1).unwrap();
    let far = PhaseDetails { starts_on: far, ends_on: far, budget: None };
    let Err(Error::Validation(wrong)) = check_phase(&far) else { panic!("it is too far") };
    assert_eq!(wrong.len(), 2);
}

#[test]
fn phase_1_a_phase_over_others_is_refused_or_puts_off_those_that_follow() {
    use OnOverlap::{Refuse, Shift};
    let (one, two, three) = (phase(1, 0, 9), phase(2, 10, 19), phase(3, 25, 29));
    let others = [two.clone(), three.clone()];
    let began_on = Some(day(0));
    let late = |until| phase(1, 5, until);
    let arranged = |until, how| arrange(&others, &late(until), began_on, how);
    assert_eq!(days(&arranged(9, Refuse).unwrap()), [(5, 9), (10, 19), (25, 29)]);
    assert_eq!(arranged(10, Refuse), over(&[&two]), "the last day counts");
    assert_eq!(arranged(25, Refuse), over(&[&two, &three]));
    assert_eq!(days(&arranged(12, Shift).unwrap()), [(5, 12), (13, 22), (25, 29)], "a gap gives");
    assert_eq!(days(&arranged(17, Shift).unwrap()), [(5, 17), (18, 27), (28, 32)]);

    let moved = arrange(&others, &phase(1, 15, 24), began_on, Shift).unwrap();
    assert_eq!(days(&moved), [(15, 24), (25, 34), (35, 39)], "it still comes first");
    let past = arrange(&others, &phase(1, 20, 24), began_on, Refuse).unwrap();
    assert_eq!(days(&past), [(10, 19), (20, 24), (25, 29)], "it may go where there is room");

    let before = [one.clone(), three];
    let early = phase(2, 9, 12);
    assert_eq!(
        arrange(&before, &early, Some(day(10)), Shift),
        over(&[&one]),
        "what is before stays"
    );
    assert_eq!(arrange(&before, &phase(4, 9, 12), None, Shift), over(&[&one]));
    let inserted = arrange(&before, &phase(4, 24, 25), None, Shift).unwrap();
    assert_eq!(days(&inserted), [(0, 9), (24, 25), (26, 30)]);
    let same_day = arrange(&before, &phase(4, 25, 25), None, Shift).unwrap();
    assert_eq!(days(&same_day), [(0, 9), (25, 25), (26, 30)]);
}

#[test]
fn phase_1_nothing_is_put_off_beyond_the_last_year() {
    let last = NaiveDate::from_ymd_opt(9000, 12, 31).unwrap();
    let mut other = phase(1, 0, 0);
    (other.details.starts_on, other.details.ends_on) = (last, last);
    let comes = Phase { id: PhaseId::from_uuid(Uuid::max()), ..other.clone() };
    let refused = arrange(&[other], &comes, None, OnOverlap::Shift);
    assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
}

#[test]
fn phase_1_a_project_has_a_bound_of_phases() {
    let full = row(&[(0, 0); MAX_PHASES]);
    let next = phase(1_000, 1_000, 1_000);
    assert!(arrange(&full[1..], &next, None, OnOverlap::Refuse).is_ok());
    let refused = arrange(&full, &next, None, OnOverlap::Refuse);
    assert!(matches!(refused, Err(Error::Precondition(_))), "{refused:?}");
}

#[test]
fn phase_3_an_open_gate_never_stands_before_a_passed_one() {
    let others = [passed(phase(1, 0, 9)), phase(2, 20, 29)];
    let between = phase(3, 10, 19);
    assert!(arrange(&others, &between, None, OnOverlap::Refuse).is_ok());
    let others = [passed(phase(1, 20, 29))];
    let refused = arrange(&others, &between, None, OnOverlap::Refuse);
    assert_eq!(refused, Err(Conflict::GatesOutOfOrder { phase: between.id }.into()));
    assert!(arrange(&others, &passed(between), None, OnOverlap::Refuse).is_ok());
}

#[test]
fn phase_3_the_current_phase_is_the_first_open_one_that_has_begun() {
    let (one, two) = (phase(1, 5, 9), phase(2, 20, 29));
    for (passed_gates, today, expected) in [
        (0, 4, None),
        (0, 5, Some(one.id)),
        (0, 25, Some(one.id)),
        (1, 9, None),
        (1, 19, None),
        (1, 20, Some(two.id)),
        (1, 90, Some(two.id)),
        (2, 25, None),
    ] {
        let mut phases = vec![one.clone(), two.clone()];
        for phase in phases.iter_mut().take(passed_gates) {
            *phase = passed(phase.clone());
        }
        assert_eq!(current_phase(&phases, day(today)), expected, "{passed_gates} at {today}");
    }
    assert_eq!(current_phase(&[], day(0)), None);
}

proptest! {
    /// Whatever is moved where, with what follows or without: the order holds, lengths stay, nothing
    /// moves that need not, and nothing goes further than it has to.
    #[test]
    fn phase_1_active_phases_stay_in_order_whatever_is_moved(
        parts in proptest::collection::vec((0_u64..6, 0_u64..8), 1..8),
        which in 0_usize..8,
        (starts_on, length) in (0_u64..80, 0_u64..30),
        is_new in any::<bool>(),
    ) {
        let mut others = row(&parts);
        let was = (!is_new).then(|| others.remove(which % parts.len()));
        let id = was.as_ref().map_or(99, |it| usize::try_from(it.id.uuid().as_u128()).unwrap());
        let moved = phase(id, starts_on, starts_on + length);
        let began_on = was.map(|it| it.details.starts_on);
        let free = others.iter().all(|other| !overlap(&other.details, &moved.details));
        let refused = arrange(&others, &moved, began_on, OnOverlap::Refuse);
        prop_assert_eq!(refused.is_ok(), free);
        let Ok(all) = arrange(&others, &moved, began_on, OnOverlap::Shift) else {
            prop_assert!(!free);
            return Ok(());
        };
        prop_assert!(all.windows(2).all(|two| two[0].details.ends_on < two[1].details.starts_on));
        prop_assert_eq!(all.len(), others.len() + 1);
        let mut order: Vec<PhaseId> = all.iter().map(|one| one.id).collect();
        order.retain(|id| *id != moved.id);
        prop_assert_eq!(order, others.iter().map(|one| one.id).collect::<Vec<_>>());
        for (place, now) in all.iter().enumerate() {
            let Some(was) = others.iter().find(|other| other.id == now.id) else {
                prop_assert_eq!(now.details, moved.details);
                continue;
            };
            let (old, new) = (was.details, now.details);
            prop_assert_eq!(old.ends_on - old.starts_on, new.ends_on - new.starts_on);
            prop_assert!(new.starts_on >= old.starts_on);
            if new != old {
                prop_assert!(!free);
                let before = all[place - 1].details.ends_on;
                prop_assert_eq!(before.succ_opt(), Some(new.starts_on));
            }
        }
    }

    /// There is one current phase at most; as days go by and gates are passed, it only goes on.
    #[test]
    fn phase_3_the_current_phase_goes_one_way(
        parts in proptest::collection::vec((0_u64..6, 0_u64..8), 0..8),
        steps in proptest::collection::vec(any::<bool>(), 0..60),
    ) {
        let mut phases = row(&parts);
        let (mut today, mut reached) = (0, None);
        for passes in steps {
            if passes {
                if let Some(open) = phases.iter_mut().find(|phase| phase.gate.is_none()) {
                    *open = passed(open.clone());
                }
            } else {
                today += 1;
            }
            prop_assert!(check_gates(&phases).is_ok());
            let current = current_phase(&phases, day(today));
            let place = current.and_then(|id| phases.iter().position(|phase| phase.id == id));
            if let Some(place) = place {
                prop_assert!(reached <= Some(place));
                prop_assert!(phases[..place].iter().all(|phase| phase.gate.is_some()));
                prop_assert!(phases[place].gate.is_none());
                prop_assert!(phases[place].details.starts_on <= day(today));
                reached = Some(place);
            }
        }
    }
}
