//! The last good day of a lot, when it was said wrong (INV-15).

use chrono::{NaiveDate, TimeDelta};
use erp_core::{
    Conflict, Ctx, Error,
    access::BuiltInRole,
    inventory::{LotCorrection, LotFilter, Tracking},
};

use super::{
    assert_sound, d, insufficient, issue, keeper,
    lots::{expiring, lot, lots, shelf},
    post, receipt,
};
use crate::Harness;

/// INV-15: what is picked, promised and listed goes by the day that is right, from then on; who corrected
/// it, and from which day, is in the audit log.
pub async fn inv_15_the_last_good_day_of_a_lot_is_corrected(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    let inventory = h.engine.inventory();
    let day = |days| (h.now() + TimeDelta::days(days)).date_naive();
    post(&h, &ada, expiring("a", day(-1), receipt(key, "5", "5"))).await;
    post(&h, &ada, expiring("b", day(5), receipt(key, "5", "5"))).await;
    assert_eq!(inventory.post(&ada, issue(key, "6")).await, Err(insufficient(key, "5")));
    let a = lot(&h, key, "a").await;
    let correction = |seen: Option<NaiveDate>, expires_on| LotCorrection { seen, expires_on };
    let before = h.settled().await;
    let right = correction(Some(day(-1)), Some(day(9)));
    let corrected = inventory.correct_lot(&ada, a, right).await.expect("it is corrected");
    assert_eq!((corrected.id, corrected.expires_on), (a, Some(day(9))));
    assert_eq!(h.kinds_after(before).await, ["inventory.lot_corrected"]);
    let audit = &h.audit().await[0];
    assert_eq!((audit.action.as_str(), audit.entity.id), ("lot.correct", a.uuid()));
    let [change] = audit.changes.as_slice() else { panic!("{audit:?}") };
    let text = |day: NaiveDate| serde_json::json!(day.to_string());
    assert_eq!((&change.old, &change.new), (&text(day(-1)), &text(day(9))));
    let order = async || {
        let all = lots(&h, &ada, LotFilter::default()).await.into_iter();
        all.map(|one| (one.lot.code, one.lot.expires_on)).collect::<Vec<_>>()
    };
    assert_eq!(order().await, [("b".to_owned(), Some(day(5))), ("a".to_owned(), Some(day(9)))]);
    let issued = post(&h, &ada, issue(key, "6")).await;
    assert_eq!(issued.movements[1].lot, Some(a));
    // The same again writes nothing; another who saw the old day is refused; it may last for ever.
    let before = h.settled().await;
    inventory.correct_lot(&ada, a, correction(Some(day(9)), Some(day(9)))).await.expect("the same");
    let stale = inventory.correct_lot(&ada, a, right).await;
    assert_eq!(stale, Err(Conflict::Contention.into()));
    assert_eq!(h.events_after(before).await.len(), 0);
    inventory.correct_lot(&ada, a, correction(Some(day(9)), None)).await.expect("for ever");
    assert_eq!(order().await, [("a".to_owned(), None)]);
    h.pass(30 * 86_400);
    assert_eq!(post(&h, &ada, issue(key, "4")).await.movements[0].quantity, d("-4"));
    bad_corrections_are_refused(&h, &ada, a).await;
    assert_sound(&h).await;
}

async fn bad_corrections_are_refused(h: &Harness, ada: &Ctx, a: erp_core::ids::LotId) {
    let inventory = h.engine.inventory();
    let never = LotCorrection { seen: None, expires_on: NaiveDate::from_ymd_opt(1969, 12, 31) };
    let refused = inventory.correct_lot(ada, a, never).await;
    let Err(Error::Validation(faults)) = refused else { panic!("{refused:?}") };
    assert_eq!(faults[0].field, "expires_on");
    let good = LotCorrection { seen: None, expires_on: Some(h.now().date_naive()) };
    let nothing = erp_core::ids::LotId::from_uuid(uuid::Uuid::max());
    let missing = Error::NotFound { entity: "lot" };
    assert_eq!(inventory.correct_lot(ada, nothing, good).await, Err(missing.clone()));
    let role = async |role: BuiltInRole| Ctx::user(h.user_with_role("someone", role).await.id);
    let member = role(BuiltInRole::MEMBER).await;
    let refused = inventory.correct_lot(&member, a, good).await;
    assert_eq!(refused, Err(Error::Forbidden { action: "lot.correct" }));
    let guest = Ctx::user(h.user_with_role("guest", BuiltInRole::GUEST).await.id);
    assert_eq!(inventory.correct_lot(&guest, a, good).await, Err(missing));
}
