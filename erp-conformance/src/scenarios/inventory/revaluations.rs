//! Setting what stock is worth.

use chrono::TimeDelta;
use erp_core::{
    Conflict, Ctx, Error,
    ctx::IdempotencyKey,
    inventory::{
        ItemFields, MovementKind, PostingKind, StockKey, StockRevaluation, Tracking,
        TurnoverFilter, ValuationMethod, Warehouse,
    },
    page::PageRequest,
    policy::Permission,
    time::Timestamp,
};

use super::{
    assert_sound, d, issue, item, item_fields, keeper, numbers, place, post, receipt, warehouse,
    warehouse_fields,
};
use crate::Harness;

fn revaluation((item, warehouse): StockKey, unit_cost: &str) -> StockRevaluation {
    let unit_cost = d(unit_cost);
    StockRevaluation { item, warehouse, unit_cost, effective_at: None, reference: None }
}

fn dated(new: StockRevaluation, effective_at: Timestamp) -> StockRevaluation {
    StockRevaluation { effective_at: Some(effective_at), ..new }
}

/// INV-10, INV-14: what is there is worth so much a piece from now on; the difference is an entry of
/// its own, without goods.
pub async fn inv_10_a_revaluation_is_an_entry_of_its_own(h: Harness) {
    let ada = keeper(&h).await;
    let place = warehouse(&h, &ada, "main").await.id;
    for valuation in [ValuationMethod::MovingAverage, ValuationMethod::Fifo] {
        let fields = ItemFields { valuation, ..item_fields(valuation.as_str()) };
        let key = (item(&h, &ada, fields).await.id, place);
        post(&h, &ada, receipt(key, "10", "50.00")).await;
        post(&h, &ada, receipt(key, "10", "70.00")).await;
        let posted = h.engine.inventory().revalue(&ada, revaluation(key, "5.5")).await.unwrap();
        assert_eq!(posted.posting.kind, PostingKind::Revaluation);
        let [entry] = posted.movements.as_slice() else { panic!("one entry: {posted:?}") };
        assert_eq!(
            (entry.kind, entry.quantity, entry.value, entry.unit_cost, entry.of),
            (MovementKind::Revaluation, d("0"), d("-10.00"), Some(d("5.5")), None)
        );
        assert_eq!(numbers(&h, key).await, "20 0 110");
        let issued = post(&h, &ada, issue(key, "12")).await;
        assert_eq!(issued.movements[0].value, d("-66.00"));
        assert_eq!(numbers(&h, key).await, "8 0 44");
        // It is read as it was told.
        let read = h.engine.inventory().posting(&ada, posted.posting.id).await.unwrap();
        assert_eq!(read.movements, posted.movements);
        let refused = h.engine.inventory().reverse(&ada, posted.posting.id, None).await;
        assert!(matches!(refused, Err(Error::Precondition(_))), "{refused:?}");
    }
    let all = TurnoverFilter { from: Harness::start(), to: h.pass(1), warehouse: None };
    let turnover = h.engine.inventory().turnover(&ada, all, &PageRequest::default()).await.unwrap();
    let revalued: Vec<_> = turnover.items.iter().map(|one| one.revalued).collect();
    assert_eq!(revalued, [d("-10.00"), d("-10.00")]);
    assert_sound(&h).await;
}

/// INV-9: of nothing there is nothing to be worth; what comes in without a price has the one that was
/// set.
pub async fn inv_9_of_nothing_only_the_price_is_set(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let posted = h.engine.inventory().revalue(&ada, revaluation(key, "2.50")).await.unwrap();
    assert_eq!(posted.movements[0].value, d("0"));
    let line = erp_core::inventory::Direction::In { price: None };
    let found = super::posting(PostingKind::Return, vec![super::line(key, "4", line)]);
    post(&h, &ada, found).await;
    assert_eq!(numbers(&h, key).await, "4 0 10");
    assert_sound(&h).await;
}

/// INV-11: what is entered later of before it is worth what was set, from then on.
pub async fn inv_11_a_revaluation_holds_whatever_is_entered_later_of_before_it(h: Harness) {
    let ada = keeper(&h).await;
    let place = warehouse(&h, &ada, "main").await.id;
    for valuation in [ValuationMethod::MovingAverage, ValuationMethod::Fifo] {
        let fields = ItemFields { valuation, ..item_fields(valuation.as_str()) };
        let key = (item(&h, &ada, fields).await.id, place);
        post(&h, &ada, receipt(key, "10", "20.00")).await;
        let (before, set_at) = (h.pass(60), h.pass(60));
        h.pass(60);
        post(&h, &ada, issue(key, "4")).await;
        assert_eq!(numbers(&h, key).await, "6 0 12");
        let set = dated(revaluation(key, "3"), set_at);
        let posted = h.engine.inventory().revalue(&ada, set).await.unwrap();
        assert_eq!((posted.movements[0].value, posted.posting.effective_at), (d("10.00"), set_at));
        assert_eq!(numbers(&h, key).await, "6 0 18", "the issue costs 12 by now");
        let mut late = receipt(key, "10", "90.00");
        late.effective_at = Some(before);
        post(&h, &ada, late).await;
        assert_eq!(numbers(&h, key).await, "16 0 48");
        let then = h.engine.inventory().stock_at(&ada, key.0, set_at).await.unwrap();
        assert_eq!((then[0].on_hand, then[0].value.normalize()), (d("20"), d("60")));
    }
    assert_sound(&h).await;
}

/// INV-12, and refusals by field.
pub async fn bad_revaluations_are_refused_by_field(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "1", "1")).await;
    let nowhere = warehouse(&h, &ada, "shut").await;
    let shut = Warehouse { active: false, ..warehouse_fields("shut") };
    h.engine.records().update(&ada, nowhere.id, nowhere.version, shut).await.unwrap();
    let ahead = h.now() + TimeDelta::seconds(1);
    let good = || revaluation(key, "1");
    let long = Some("x".repeat(201));
    for (field, bad) in [
        ("unit_cost", revaluation(key, "-0.01")),
        ("unit_cost", revaluation(key, "0.0000000000001")),
        ("unit_cost", revaluation(key, "1000000000000000")),
        ("effective_at", dated(good(), ahead)),
        ("warehouse", revaluation((key.0, nowhere.id), "1")),
        ("reference", StockRevaluation { reference: long, ..good() }),
    ] {
        match h.engine.inventory().revalue(&ada, bad.clone()).await {
            Err(Error::Validation(wrong)) => assert_eq!(wrong[0].field, field, "{bad:?}"),
            other => panic!("{bad:?}: {other:?}"),
        }
    }
    let opened = h.pass(60);
    h.engine.inventory().close_period(&ada, opened).await.unwrap();
    let closed = dated(good(), opened - TimeDelta::seconds(1));
    let refused = h.engine.inventory().revalue(&ada, closed).await;
    assert_eq!(refused, Err(Conflict::PeriodClosed { until: opened }.into()));
    assert_eq!(numbers(&h, key).await, "1 0 1");
}

/// who may move stock need not be one who says what it is worth.
pub async fn x_6_and_x_7_managers_revalue_once_for_a_key(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "2", "2.00")).await;
    let poster = h.user("poster").await.id;
    let rights = [Permission::InventoryRead, Permission::InventoryPost];
    let role = h.role("poster", &rights).await.id;
    h.grant(erp_core::access::RoleHolder::User(poster), role).await;
    let refused = h.engine.inventory().revalue(&Ctx::user(poster), revaluation(key, "9")).await;
    assert_eq!(refused, Err(Error::Forbidden { action: "stock.revalue" }));
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("once").unwrap());
    let first = h.engine.inventory().revalue(&keyed, revaluation(key, "9")).await.unwrap();
    h.engine.inventory().revalue(&ada, revaluation(key, "7")).await.unwrap();
    let again = h.engine.inventory().revalue(&keyed, revaluation(key, "9")).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(numbers(&h, key).await, "2 0 14");
}

/// INV-15: what lies in lots is revalued as a whole.
pub async fn inv_15_lots_are_revalued_together(h: Harness) {
    let ada = keeper(&h).await;
    let fields = ItemFields { tracking: Tracking::Lot, ..item_fields("x") };
    let key = (item(&h, &ada, fields).await.id, warehouse(&h, &ada, "main").await.id);
    for code in ["a", "b"] {
        let mut new = receipt(key, "5", "10.00");
        let code = code.to_owned();
        new.lines[0].lot = Some(erp_core::inventory::LotName { code, expires_on: None });
        post(&h, &ada, new).await;
    }
    let posted = h.engine.inventory().revalue(&ada, revaluation(key, "1")).await.unwrap();
    assert_eq!((posted.movements[0].value, posted.movements[0].lot), (d("-10.00"), None));
    assert_eq!(numbers(&h, key).await, "10 0 10");
    assert_sound(&h).await;
}
