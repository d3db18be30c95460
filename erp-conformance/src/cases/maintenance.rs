//! Retention, and the self-checks.

use chrono::{DateTime, Datelike as _, Months, TimeDelta, TimeZone as _, Utc};
use erp_core::{
    Ctx,
    access::{AuditAnchor, AuditQuery, LoginFailures},
    change::{
        Audience, AuditEntry, BroadcastEvent, ChangeSet, EntityRef, Idempotency, NewEvent, Position,
    },
    ctx::IdempotencyKey,
    policy::Action,
    port::IdGenerator as _,
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};

use super::support::commit_at_once;
use crate::Harness;

/// The first instant of the month of this instant.
fn month_of(at: Timestamp) -> Timestamp {
    Utc.with_ymd_and_hms(at.year(), at.month(), 1, 0, 0, 0).single().expect("it exists")
}

/// The anchor as its definition says: over the digest before it and the ids of the period's entries
/// in order of time and id.
fn anchor(before: Option<&AuditAnchor>, period: Timestamp, entries: &[AuditEntry]) -> AuditAnchor {
    let mut hash = Sha256::new();
    if let Some(before) = before {
        hash.update(before.digest.as_bytes());
    }
    let mut ordered: Vec<_> = entries.iter().map(|entry| (entry.at, entry.id)).collect();
    ordered.sort_unstable();
    for (_, id) in &ordered {
        hash.update(id.uuid().as_bytes());
    }
    let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let entries = i64::try_from(ordered.len()).expect("it is small");
    AuditAnchor { period, entries, digest }
}

async fn entry(h: &Harness) -> AuditEntry {
    let set = h.set(Action::UserUpdate, EntityRef::new("user", h.ids.uuid()));
    let entry = set.audit.clone();
    h.store.commit(set).await.expect("it is valid");
    entry
}

/// AUTH-13: whole months that lie entirely before the instant are dropped, the oldest first, each
/// with an anchor that chains to the one before; the month of the instant stays whole.
pub async fn auth_13_audit_retention_drops_whole_months_and_leaves_anchors(h: Harness) {
    let start: DateTime<Utc> = Harness::start();
    let mut written: Vec<AuditEntry> = Vec::new();
    // Two months, one without entries, and two more, each with an entry at its very first and very
    // last microsecond.
    for months in [0, 1, 3, 4] {
        let first = month_of(start) + Months::new(months);
        let last = first + Months::new(1) - TimeDelta::microseconds(1);
        for at in [last, first, first + TimeDelta::days(9), first + TimeDelta::days(9)] {
            h.clock.set(at);
            written.push(entry(&h).await);
        }
    }
    let of_month = |months: u32| {
        let month = month_of(start) + Months::new(months);
        written.iter().filter(|entry| month_of(entry.at) == month).cloned().collect::<Vec<_>>()
    };
    let month = |months| month_of(start) + Months::new(months);
    let first = anchor(None, month(0), &of_month(0));
    let second = anchor(Some(&first), month(1), &of_month(1));
    let third = anchor(Some(&second), month(3), &of_month(3));

    let drop_before = async |at| h.store.maintenance().drop_audit_before(at).await;
    let last_moment = month(1) - TimeDelta::microseconds(1);
    assert_eq!(drop_before(last_moment).await, Ok(vec![]), "the month is not over");
    assert_eq!(h.audit().await.len(), 16);
    assert_eq!(drop_before(month(1)).await, Ok(vec![first.clone()]));
    assert_eq!(h.audit().await.len(), 12);
    assert_eq!(drop_before(month(1)).await, Ok(vec![]), "it is gone already");
    let within = month(4) + TimeDelta::days(20);
    assert_eq!(drop_before(within).await, Ok(vec![second.clone(), third.clone()]));
    assert_eq!(h.store.audit().anchors().await, Ok(vec![first, second, third]));
    let mut left = of_month(4);
    left.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.id)));
    assert_eq!(h.audit().await, left);
    let query = AuditQuery { until: Some(month(4)), limit: 10, ..AuditQuery::default() };
    assert_eq!(h.store.audit().entries(&query).await, Ok(vec![]));
}

/// `drop_events_before`: nothing at or after the instant is dropped; what is long before it is, and
/// the horizon tells; whoever reads on from the horizon misses nothing that is left.
pub async fn event_retention_drops_what_is_long_past_and_moves_the_horizon(h: Harness) {
    let (ann, mut posted) = (h.user("ann").await, Vec::new());
    let room = h.group(&[ann.id]).await;
    for day in 0..6 {
        h.clock.set(Harness::start() + TimeDelta::days(day * 100));
        for _ in 0..2 {
            h.post(room.id, ann.id, "hello").await;
        }
        posted.push(h.now());
    }
    let all = h.events().await;
    let before = h.store.events().horizon().await.expect("a read");
    assert!(before < all[0].position);
    let none = h.store.maintenance().drop_events_before(posted[0]).await;
    assert_eq!(none, Ok(before), "there is nothing before the first");
    assert_eq!(h.events().await, all);

    let limit = posted[4];
    let horizon = h.store.maintenance().drop_events_before(limit).await.expect("retention");
    assert_eq!(h.store.events().horizon().await, Ok(horizon));
    assert!(horizon >= all[5].position, "what is more than a hundred days before is dropped");
    assert!(horizon < all[8].position, "what is at the instant or after it is not");
    let left: Vec<_> = all.iter().filter(|event| event.position > horizon).cloned().collect();
    assert_eq!(h.events_after(horizon).await, left);
    assert!(h.settled().await >= all[11].position);
    let again = h.store.maintenance().drop_events_before(limit).await;
    assert_eq!(again, Ok(horizon), "it is gone already");
}

/// `drop_events_before`: a log that was dropped whole goes on: positions rise above the horizon.
pub async fn a_log_that_was_dropped_whole_goes_on(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    for _ in 0..3 {
        h.post(room.id, ann.id, "old").await;
    }
    let last = h.events().await.last().expect("three").position;
    let at = h.now() + TimeDelta::days(400);
    h.clock.set(at);
    let horizon = h.store.maintenance().drop_events_before(at).await.expect("retention");
    assert!(horizon >= last, "{horizon} does not cover {last}");
    assert!(h.settled().await >= horizon);
    assert_eq!(h.events_after(horizon).await, []);
    h.post(room.id, ann.id, "new").await;
    let events = h.events_after(horizon).await;
    assert_eq!(events.len(), 1);
    assert!(events[0].position > horizon);
    assert_eq!(h.messages(room.id).await.len(), 4, "users see no difference");
}

/// Logs that are kept in periods: of the first commits of a month, many at once, each happens.
pub async fn the_first_commits_of_a_month_all_happen(h: Harness) {
    for months in 0..6 {
        h.clock.set(month_of(Harness::start()) + Months::new(months * 7));
        let sets = (0..12).map(|_| {
            let entity = EntityRef::new("broadcast", h.ids.uuid());
            let mut set = h.set(Action::RealtimeBroadcast, entity);
            let (name, payload) = ("n".to_owned(), serde_json::Value::Null);
            let sent = BroadcastEvent::Sent { name, payload };
            set.event(NewEvent::new(sent, [Audience::Everyone]));
            set
        });
        for result in commit_at_once(&h.store, sets.collect::<Vec<_>>()).await {
            result.expect("it is valid");
        }
    }
    assert_eq!(h.audit().await.len(), 72);
    assert_eq!(h.events().await.len(), 72);
}

fn keyed(h: &Harness, key: &str) -> ChangeSet {
    let key = IdempotencyKey::new(key).expect("a key");
    let ctx = Ctx::system().with_idempotency_key(key);
    let mut set = h.set(Action::UserUpdate, EntityRef::new("user", h.ids.uuid()));
    let bound = Idempotency::of(&ctx, Action::UserUpdate, &"request", &"answer");
    set.idempotency = bound.expect("it is JSON");
    set
}

/// `purge_idempotency`: records from before the instant are forgotten and counted, others are kept.
pub async fn old_idempotency_records_are_forgotten(h: Harness) {
    for key in ["old-1", "old-2"] {
        h.store.commit(keyed(&h, key)).await.expect("it is valid");
    }
    let limit = h.pass(60);
    h.store.commit(keyed(&h, "new")).await.expect("it is valid");
    assert_eq!(h.store.maintenance().purge_idempotency(limit).await, Ok(2));
    assert_eq!(h.store.maintenance().purge_idempotency(limit).await, Ok(0));
    for (key, known) in [("old-1", false), ("new", true)] {
        let receipt = h.store.commit(keyed(&h, key)).await.expect("it is valid");
        assert_eq!(receipt.replayed.is_some(), known, "{key}");
    }
}

/// `purge_sessions`: sessions that ended and failures that are old are forgotten and counted.
pub async fn ended_sessions_and_old_failures_are_forgotten(h: Harness) {
    let ann = h.user("ann").await;
    let (ended, _) = h.session(ann.id).await;
    let forget = h.now() - TimeDelta::days(1);
    h.store.sessions().record_failure("old", h.now(), forget).await.expect("it is noted");
    h.pass(60);
    let (lasts, _) = h.session(ann.id).await;
    let limit = ended.expires_at + TimeDelta::seconds(1);
    let recent = h.store.sessions().record_failure("recent", limit, forget).await;
    assert_eq!(h.store.maintenance().purge_sessions(ended.expires_at).await, Ok(1), "a failure");
    assert_eq!(h.store.maintenance().purge_sessions(limit).await, Ok(1), "a session");
    assert_eq!(h.store.maintenance().purge_sessions(limit).await, Ok(0));
    assert_eq!(h.store.sessions().by_id(ended.id).await, Ok(None));
    assert_eq!(h.store.sessions().of_user(ann.id).await, Ok(vec![lasts]));
    assert_eq!(h.store.sessions().failures("old").await, Ok(LoginFailures::default()));
    assert_eq!(h.store.sessions().failures("recent").await, recent);
}

/// a fresh store has no discrepancy, and one without events has a horizon that hides nothing.
pub async fn x_10_a_fresh_store_has_no_discrepancy(h: Harness) {
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
    let horizon = h.store.maintenance().drop_events_before(h.now()).await.expect("retention");
    assert_eq!(h.events_after(horizon).await, []);
    assert_eq!(h.store.maintenance().drop_audit_before(h.now()).await, Ok(vec![]));
    assert!(horizon >= Position::START);
}
