//! What a store promises of hourly rates.

use chrono::{NaiveDate, TimeDelta};
use erp_core::{
    ids::{ProjectId, UserId},
    money::{Currency, Money},
    projects::{HourlyRate, ProjectChange, RatedSpan, TimeEntry},
    record::{Day, Stored},
};

use crate::{Harness, harness::put};

fn rate(h: &Harness, user: UserId, project: Option<ProjectId>, day: u32) -> Stored<HourlyRate> {
    let euro = Currency::new("EUR").expect("a currency");
    let day = NaiveDate::from_ymd_opt(2024, 3, day).expect("a day");
    h.new_record(HourlyRate {
        user,
        project,
        valid_from: Day::new(day).expect("a day"),
        rate: Money::new("87.55".parse().expect("a number"), euro).expect("an amount"),
    })
}

/// `CatalogReads::rates_in`: of those who spent time there, the project's own rates and general ones, by user
/// and day; deleted ones left out.
pub async fn rates_that_count_in_a_project_are_listed(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let (p, q) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let mut own = Vec::new();
    for (project, day) in
        [(None, 3), (Some(p), 3), (Some(q), 3), (None, 1), (Some(p), 2), (None, 9)]
    {
        let one = rate(&h, ann, project, day);
        h.commit(put(&one, None)).await;
        own.push(one);
    }
    let gone = own.pop().expect("six");
    h.commit(put(&Stored { archived_at: Some(h.now()), ..gone }, Some(1))).await;
    h.commit(put(&rate(&h, bob, None, 1), None)).await;
    own.sort_by_key(|rate| (rate.valid_from, rate.id));
    let counting = async || h.store.projects().rates_in(p).await.expect("a read");
    assert_eq!(counting().await, [], "nobody worked there");
    let on = h.read_task(h.tasks(p, 1).await[0]).await;
    let entry = TimeEntry { ended_at: Some(h.now()), ..h.new_time(&on, ann) };
    h.commit(ProjectChange::PutTime { entry: Box::new(entry), expected: None }).await;
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
