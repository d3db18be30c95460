//! Schedules, against all that can be tried.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    change::Version,
    error::Error,
    ids::ProjectId,
    projects::{DependencyKind, TaskStatus, WorkingCalendar},
    time::tz::Zone,
};

fn task(number: usize) -> TaskId {
    TaskId::from_uuid(Uuid::from_u128(number as u128 + 1))
}

fn graph(
    takes: &[i64],
    parents: &[Option<usize>],
    edges: &[(usize, usize, DependencyKind, i64)],
) -> TaskGraph {
    let node = |(place, (takes, parent)): (usize, (&i64, &Option<usize>))| TaskNode {
        id: task(place),
        parent: parent.map(task),
        deleted_with: None,
        status: TaskStatus::Todo,
        estimate_min: Some(*takes),
        start_on: None,
        due_on: None,
        milestone: None,
    };
    let edge = |(before, after, kind, lag_min): &(usize, usize, DependencyKind, i64)| Dependency {
        predecessor: task(*before),
        successor: task(*after),
        kind: *kind,
        lag_min: *lag_min,
    };
    TaskGraph {
        project: ProjectId::from_uuid(Uuid::nil()),
        version: Version::FIRST,
        nodes: takes.iter().zip(parents).enumerate().map(node).collect(),
        edges: edges.iter().map(edge).collect(),
    }
}

const FS: DependencyKind = DependencyKind::FinishStart;

fn times(schedule: &Schedule) -> Vec<(i64, i64, i64, i64)> {
    let times = |one: &Planned| {
        (one.early_start_min, one.early_finish_min, one.late_start_min, one.late_finish_min)
    };
    schedule.tasks.iter().map(times).collect()
}

#[test]
fn proj_7_a_diamond_is_as_long_as_its_longer_side() {
    let edges = [(0, 1, FS, 0), (0, 2, FS, 0), (1, 3, FS, 0), (2, 3, FS, 0)];
    let diamond = schedule(&graph(&[3, 2, 5, 1], &[None; 4], &edges)).unwrap();
    assert_eq!(diamond.finish_min, 9);
    assert_eq!(times(&diamond), [(0, 3, 0, 3), (3, 5, 6, 8), (3, 8, 3, 8), (8, 9, 8, 9)]);
    let critical: Vec<bool> = diamond.tasks.iter().map(Planned::is_critical).collect();
    assert_eq!(critical, [true, false, true, true]);
    assert_eq!(diamond.tasks[1].slack_min(), 3);
    assert_eq!(schedule(&graph(&[], &[], &[])).unwrap().finish_min, 0);
}

#[test]
fn proj_7_each_kind_binds_its_ends_with_its_lag() {
    for (kind, lag, start) in [
        (DependencyKind::FinishStart, 2, 12),
        (DependencyKind::FinishStart, -4, 6),
        (DependencyKind::StartStart, 3, 3),
        (DependencyKind::FinishFinish, 1, 7),
        (DependencyKind::StartFinish, 9, 5),
        (DependencyKind::StartFinish, 1, 0),
    ] {
        let of = schedule(&graph(&[10, 4], &[None; 2], &[(0, 1, kind, lag)])).unwrap();
        assert_eq!(of.tasks[1].early_start_min, start, "{kind:?} {lag}");
    }
}

#[test]
fn proj_7_what_is_closed_keeps_nobody_waiting() {
    let mut chain = graph(&[3, 4, 5], &[None; 3], &[(0, 1, FS, 0), (1, 2, FS, 7)]);
    chain.nodes[0].status = TaskStatus::Done;
    chain.nodes[1].status = TaskStatus::Cancelled;
    let left = schedule(&chain).unwrap();
    assert_eq!((left.finish_min, left.tasks.len()), (5, 1));
    chain.nodes[2].deleted_with = Some(task(2));
    assert_eq!(schedule(&chain).unwrap().tasks, []);
}

#[test]
fn proj_7_a_whole_lies_around_its_parts() {
    // 1 and 2 are part of 0, one after the other; 3 comes before 0, 4 after it.
    let edges = [(1, 2, FS, 0), (3, 0, FS, 0), (0, 4, FS, 1)];
    let whole = graph(&[99, 2, 3, 4, 1], &[None, Some(0), Some(0), None, None], &edges);
    let whole = schedule(&whole).unwrap();
    assert_eq!(whole.tasks[0].early_start_min, 4);
    assert_eq!(whole.tasks[0].early_finish_min, 9, "its own estimate does not count");
    assert_eq!((whole.tasks[4].early_start_min, whole.finish_min), (10, 11));
}

#[test]
fn proj_7_kinds_that_contradict_each_other_are_told() {
    let edges = [(0, 1, DependencyKind::FinishFinish, 0), (1, 0, DependencyKind::StartStart, 0)];
    let of = |takes: &[i64]| schedule(&graph(takes, &[None; 2], &edges));
    assert!(of(&[2, 3]).is_ok());
    assert!(matches!(of(&[3, 2]), Err(Error::Precondition(_))));
}

#[test]
fn proj_7_a_schedule_is_in_working_time() {
    let day = |text: &str| -> chrono::NaiveDate { text.parse().unwrap() };
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let (calendar, berlin) = (WorkingCalendar::default(), Zone::named("Europe/Berlin").unwrap());
    // From a Thursday on: over the weekend on which clocks change.
    let mut work = WorkTime::from(&calendar, &berlin, day("2024-03-28"));
    let mut two = graph(&[480, 600, 0], &[None; 3], &[(0, 1, FS, 60)]);
    two.nodes[2].start_on = Some(day("2024-03-30"));
    let plan = schedule_in(&two, &mut work).unwrap();
    assert_eq!((plan.starts_at, plan.finish_min), (at("2024-03-28T08:00:00Z"), 1_140));
    let [first, second, third] = plan.tasks[..] else { panic!("three tasks") };
    assert_eq!(first.early_finish_at, at("2024-03-28T16:00:00Z"));
    assert_eq!(second.early_start_at, at("2024-03-29T09:00:00Z"));
    assert_eq!(second.early_finish_at, at("2024-04-01T10:00:00Z"), "an hour earlier in UTC");
    assert_eq!((second.slack_min(), plan.finishes_at), (0, second.late_finish_at));
    assert_eq!(third.early_start_at, at("2024-04-01T07:00:00Z"), "not on a Saturday");
    assert_eq!(third.slack_min(), 180);
}

/// Whether these starts and finishes fulfil what the words of each rule say.
fn fulfils(graph: &TaskGraph, at: &BTreeMap<TaskId, (i64, i64)>) -> bool {
    let is_whole = |id: TaskId| graph.nodes.iter().any(|node| node.parent == Some(id));
    let fits = graph.nodes.iter().all(|node| {
        let (start, finish) = at[&node.id];
        let takes = node.estimate_min.unwrap();
        let long = if is_whole(node.id) { finish >= start } else { finish == start + takes };
        let inside =
            node.parent.is_none_or(|whole| at[&whole].0 <= start && finish <= at[&whole].1);
        start >= 0 && long && inside
    });
    fits && graph.edges.iter().all(|edge| {
        let ((bs, bf), (s, f)) = (at[&edge.predecessor], at[&edge.successor]);
        match edge.kind {
            DependencyKind::FinishStart => s >= bf + edge.lag_min,
            DependencyKind::StartStart => s >= bs + edge.lag_min,
            DependencyKind::FinishFinish => f >= bf + edge.lag_min,
            DependencyKind::StartFinish => f >= bs + edge.lag_min,
        }
    })
}

/// Every way to put the tasks into the first so many minutes.
fn all_ways(graph: &TaskGraph, minutes: i64) -> Vec<BTreeMap<TaskId, (i64, i64)>> {
    let mut ways = vec![BTreeMap::new()];
    for node in &graph.nodes {
        let takes = node.estimate_min.unwrap();
        let whole = graph.nodes.iter().any(|other| other.parent == Some(node.id));
        let mut longer = Vec::new();
        for way in &ways {
            for start in 0..=minutes {
                let finishes = if whole { start..=minutes } else { start + takes..=start + takes };
                for finish in finishes.filter(|finish| *finish <= minutes) {
                    let mut way = way.clone();
                    way.insert(node.id, (start, finish));
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    ways.retain(|way| fulfils(graph, way));
    ways
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn proj_7_the_schedule_is_the_best_of_all_ways_in_whatever_order(
        takes in proptest::collection::vec(0_i64..3, 3),
        parent in proptest::option::of((0_usize..3, 0_usize..3)),
        edges in proptest::collection::vec((0_usize..3, 0_usize..3, 0_usize..4, -1_i64..2), 0..4),
    ) {
        let mut parents = [None; 3];
        if let Some((part, whole)) = parent.filter(|(part, whole)| part != whole) {
            parents[part] = Some(whole);
        }
        let edges: Vec<_> = edges
            .into_iter()
            .filter(|(one, other, ..)| one != other)
            .map(|(one, other, kind, lag)| (one, other, DependencyKind::ALL[kind], lag))
            .collect();
        let mut graph = graph(&takes, &parents, &edges);
        prop_assume!(crate::projects::rules::ring(&graph).is_none());
        let ways = all_ways(&graph, 9);
        let Ok(best) = schedule(&graph) else {
            prop_assert!(ways.is_empty());
            return Ok(());
        };
        prop_assert!(!ways.is_empty());
        let in_time = |way: &&BTreeMap<TaskId, (i64, i64)>| {
            way.values().all(|(_, finish)| *finish <= best.finish_min)
        };
        prop_assert!(ways.iter().any(|way| in_time(&way)));
        for planned in &best.tasks {
            let all = ways.iter().map(|way| way[&planned.task]);
            prop_assert_eq!(all.clone().map(|at| at.0).min(), Some(planned.early_start_min));
            prop_assert_eq!(all.map(|at| at.1).min(), Some(planned.early_finish_min));
            let timely = ways.iter().filter(in_time).map(|way| way[&planned.task]);
            prop_assert_eq!(timely.clone().map(|at| at.0).max(), Some(planned.late_start_min));
            prop_assert_eq!(timely.map(|at| at.1).max(), Some(planned.late_finish_min));
        }
        graph.nodes.reverse();
        graph.edges.reverse();
        let mut again = schedule(&graph).unwrap();
        again.tasks.reverse();
        prop_assert_eq!(again, best);
    }
}
