//! Retention.

use chrono::TimeDelta;
use erp_core::{
    Ctx,
    access::AuditFilter,
    ctx::IdempotencyKey,
    page::PageRequest,
    policy::Action,
    retention::{RetentionPolicy, RetentionReport},
};

use super::{HOME, PASSWORD, attempt, forbidden, id, member, owner};
use crate::Harness;

/// A month goes as a whole, leaves its anchor, and the log says who dropped it.
pub async fn auth_13_a_dropped_month_leaves_an_anchor_and_a_fact(h: Harness) {
    let owner = owner(&h).await;
    member(&h, "bob").await;
    let entries = h.audit().await.len();
    let policy = RetentionPolicy { audit: Some(TimeDelta::days(30)), ..RetentionPolicy::default() };
    let retention = h.engine.retention();
    forbidden(retention.run(&owner, &policy).await);
    h.clock.set(Harness::start() + TimeDelta::days(35));
    let report = retention.run(&Ctx::system(), &policy).await.unwrap();
    assert_eq!(report.audit, [], "half of the month is younger");
    h.clock.set(Harness::start() + TimeDelta::days(60));
    let report = retention.run(&Ctx::system(), &policy).await.unwrap();
    assert_eq!(report.audit.len(), 1);
    assert_eq!(usize::try_from(report.audit[0].entries).unwrap(), entries);
    let access = h.engine.access();
    assert_eq!(access.audit_anchors(&owner).await.unwrap(), report.audit);
    let filter = AuditFilter { action: Some(Action::RetentionRun), ..AuditFilter::default() };
    let facts = access.audit(&owner, filter, PageRequest::default()).await.unwrap().items;
    let fact = facts.first().expect("the log says so");
    let told = fact.changes.iter().find(|change| change.field == "audit").expect("what went");
    assert_eq!(told.new, serde_json::to_value(&report.audit).unwrap());
    let left = access.audit(&owner, AuditFilter::default(), PageRequest::default()).await.unwrap();
    assert!(left.items.iter().all(|entry| entry.action == Action::RetentionRun));
}

/// Ended sessions and old answers go; what is in use stays; a run that finds nothing says nothing.
pub async fn x_16_a_run_forgets_what_is_old_and_nothing_else(h: Harness) {
    let owner = owner(&h).await;
    let bob = member(&h, "bob").await;
    let key = IdempotencyKey::new("old").unwrap();
    let keyed = owner.clone().with_idempotency_key(key);
    let team = || erp_core::access::NewTeam { name: "crew".to_owned() };
    let access = h.engine.access();
    let first = access.create_team(&keyed, team()).await.unwrap();
    attempt(&h, HOME, "bob", PASSWORD).await.unwrap();
    let policy = RetentionPolicy { events: None, ..RetentionPolicy::default() };
    let before = h.audit().await.len();
    h.clock.set(Harness::start() + TimeDelta::hours(23));
    let report = h.engine.retention().run(&Ctx::system(), &policy).await.unwrap();
    assert_eq!(report, RetentionReport::default());
    assert_eq!(h.audit().await.len(), before);
    assert_eq!(access.create_team(&keyed, team()).await.unwrap(), first);
    h.clock.set(Harness::start() + TimeDelta::days(2));
    let report = h.engine.retention().run(&Ctx::system(), &policy).await.unwrap();
    assert_eq!((report.idempotency, report.sessions), (1, 2), "the counts of his attempts");
    assert_eq!(h.store.sessions().of_user(id(&bob)).await.unwrap().len(), 1);
    h.clock.set(Harness::start() + TimeDelta::days(92));
    let report = h.engine.retention().run(&Ctx::system(), &policy).await.unwrap();
    assert_eq!(report.sessions, 1);
    assert_eq!(h.store.sessions().of_user(id(&bob)).await.unwrap(), []);
    assert_eq!(h.audit().await.len(), before + 2);
}
