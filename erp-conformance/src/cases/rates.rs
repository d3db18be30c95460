//! What a store promises of hourly rates.

use chrono::{NaiveDate, TimeDelta};
use erp_core::{
    Conflict,
    change::Version,
    ids::{ProjectId, RateId, UserId},
    money::{Currency, Money},
    port::StoreError,
    projects::{CatalogChange, HourlyRate, ProjectChange, RatedSpan, TimeEntry},
};

use super::support::{commit_at_once, conflict, exists, missing, stale, winners};
use crate::Harness;

fn rate(h: &Harness, user: UserId, project: Option<ProjectId>, day: u32) -> HourlyRate {
    let euro = Currency::new("EUR").expect("a currency");
    HourlyRate {
        id: RateId::generate(&*h.ids),
        user,
        project,
        valid_from: NaiveDate::from_ymd_opt(2024, 3, day).expect("a day"),
        rate: Money::new("87.55".parse().expect("a number"), euro).expect("an amount"),
        created_at: h.now(),
        deleted_at: None,
        version: Version(1),
    }
}

fn new(rate: &HourlyRate) -> CatalogChange {
    CatalogChange::PutRate { rate: rate.clone(), expected: None }
}

fn changed(rate: &HourlyRate, expected: i64) -> CatalogChange {
    CatalogChange::PutRate { rate: rate.clone(), expected: Some(Version(expected)) }
}

async fn read(h: &Harness, id: RateId) -> Option<HourlyRate> {
    h.store.projects().rate(id).await.expect("a read")
}

/// Every field comes back as it was given, and all of it is replaced by what comes after.
pub async fn a_rate_is_kept_as_it_was_given(h: Harness) {
    let (ann, project) = (h.user("ann").await.id, h.project("P", &[]).await.id);
    let given = HourlyRate { version: Version(9), ..rate(&h, ann, Some(project), 1) };
    h.commit(new(&given)).await;
    let kept = HourlyRate { version: Version(1), ..given.clone() };
    assert_eq!(read(&h, given.id).await, Some(kept));
    let yen = Currency::new("JPY").expect("a currency");
    let second = HourlyRate {
        project: None,
        valid_from: NaiveDate::from_ymd_opt(2025, 1, 1).expect("a day"),
        rate: Money::new(9_000.into(), yen).expect("an amount"),
        deleted_at: Some(h.now()),
        ..given
    };
    h.commit(changed(&second, 1)).await;
    assert_eq!(read(&h, second.id).await, Some(HourlyRate { version: Version(2), ..second }));
    assert_eq!(read(&h, RateId::generate(&*h.ids)).await, None);
}

/// X-5, and errors in their order: the id, the version, the day, user, project. A day is free again
/// when its rate is deleted; of those who want one at once one gets it.
pub async fn x_5_a_rate_is_changed_under_its_version_and_its_day_is_unique(h: Harness) {
    let (ann, bob, project) =
        (h.user("ann").await.id, h.user("bob").await.id, h.project("P", &[]).await.id);
    let first = rate(&h, ann, None, 1);
    h.commit(new(&first)).await;
    assert_eq!(h.try_commit(new(&first)).await, exists("rate"));
    assert_eq!(h.try_commit(changed(&first, 2)).await, stale("rate", Version(1)));
    let unknown = rate(&h, UserId::generate(&*h.ids), None, 1);
    assert_eq!(h.try_commit(changed(&unknown, 1)).await, missing("rate"));
    assert_eq!(h.try_commit(new(&unknown)).await, missing("user"));
    let nowhere = rate(&h, ann, Some(ProjectId::generate(&*h.ids)), 1);
    assert_eq!(h.try_commit(new(&nowhere)).await, missing("project"));
    let taken = conflict(Conflict::taken("rate", "valid_from"));
    assert_eq!(h.try_commit(new(&rate(&h, ann, None, 1))).await, taken);
    for free in [rate(&h, ann, None, 2), rate(&h, bob, None, 1), rate(&h, ann, Some(project), 1)] {
        h.commit(new(&free)).await;
    }
    assert_eq!(h.try_commit(new(&rate(&h, ann, Some(project), 1))).await, taken);
    let moved = HourlyRate { valid_from: rate(&h, ann, None, 2).valid_from, ..first.clone() };
    assert_eq!(h.try_commit(changed(&moved, 1)).await, taken);
    h.commit(changed(&HourlyRate { deleted_at: Some(h.now()), ..first.clone() }, 1)).await;
    let lost =
        |error: &StoreError| *error == StoreError::Conflict(Conflict::taken("rate", "valid_from"));
    let sets: Vec<_> = (0..8).map(|_| h.changes([new(&rate(&h, ann, None, 1))])).collect();
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, lost), 1);
    assert_eq!(h.try_commit(changed(&first, 2)).await, taken);
    let stale = |error: &StoreError| matches!(error, StoreError::Stale { current: Some(_), .. });
    let gone = HourlyRate { deleted_at: Some(h.now()), ..first };
    let sets: Vec<_> = (0..8).map(|_| h.changes([changed(&gone, 2)])).collect();
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, stale), 1);
}

/// By day and id, in pages; and those that count in a project: of those who spent time there, its own
/// and general ones.
pub async fn rates_are_listed_by_day_and_by_project(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let (p, q) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let mut own = Vec::new();
    for (project, day) in
        [(None, 3), (Some(p), 3), (Some(q), 3), (None, 1), (Some(p), 2), (None, 9)]
    {
        let one = rate(&h, ann, project, day);
        h.commit(new(&one)).await;
        own.push(one);
    }
    let gone = own.pop().expect("six");
    h.commit(changed(&HourlyRate { deleted_at: Some(h.now()), ..gone }, 1)).await;
    h.commit(new(&rate(&h, bob, None, 1))).await;
    own.sort_by_key(|rate| (rate.valid_from, rate.id));
    let mut paged: Vec<HourlyRate> = Vec::new();
    loop {
        let after = paged.last().map(|rate| (rate.valid_from, rate.id));
        let page = h.store.projects().rates(ann, after, 2).await.expect("a read");
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, own);
    let counting = async || h.store.projects().rates_in(p).await.expect("a read");
    assert_eq!(counting().await, [], "nobody worked there");
    let on = h.read_task(h.tasks(p, 1).await[0]).await;
    let entry = TimeEntry { ended_at: Some(h.now()), ..h.new_time(&on, ann) };
    let put = ProjectChange::PutTime { entry: Box::new(entry), expected: None };
    h.commit(put).await;
    own.retain(|rate| rate.project != Some(q));
    assert_eq!(counting().await, own);
}

/// `ProjectReads::rated_time`: of each span the time of entries that begin in it, half-open, in their
/// order; running and deleted ones, and those of other projects, left out.
pub async fn proj_12_time_is_summed_by_span(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let (p, q) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let on = h.read_task(h.tasks(p, 1).await[0]).await;
    let there = h.read_task(h.tasks(q, 1).await[0]).await;
    let at = |minute: i64| Harness::start() + TimeDelta::minutes(minute);
    let entry = |on, user, from: i64, until: i64| TimeEntry {
        started_at: at(from),
        ended_at: Some(at(until)),
        ..h.new_time(on, user)
    };
    let mut all = vec![
        entry(&on, ann, 0, 10),
        entry(&on, ann, 10, 30),
        entry(&on, ann, 39, 79),
        entry(&on, bob, 10, 15),
        entry(&there, ann, 100, 200),
    ];
    all.push(TimeEntry { deleted_at: Some(at(0)), ..entry(&on, ann, 80, 90) });
    all.push(TimeEntry { ended_at: None, ..entry(&on, ann, 95, 95) });
    for entry in all {
        h.commit(ProjectChange::PutTime { entry: Box::new(entry), expected: None }).await;
    }
    let span = |user, from: Option<i64>, until: Option<i64>| RatedSpan {
        user,
        from: from.map(at),
        until: until.map(at),
    };
    let spans = [
        span(ann, None, Some(10)),
        span(ann, Some(10), Some(39)),
        span(ann, Some(39), None),
        span(ann, None, None),
        span(bob, Some(10), Some(11)),
        span(bob, Some(11), None),
    ];
    let minutes = [10, 20, 40, 70, 5, 0].map(|minutes| minutes * 60_000_000);
    assert_eq!(h.store.projects().rated_time(p, &spans).await, Ok(minutes.to_vec()));
    assert_eq!(h.store.projects().rated_time(p, &[]).await, Ok(vec![]));
}
