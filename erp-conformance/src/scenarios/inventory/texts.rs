//! The texts of warehouses, items, categories, lots and postings: what they may be, and when two of them
//! are one.

use erp_core::{
    Conflict, Error,
    fields::samples,
    forms,
    inventory::{ItemCategory, ItemFields, NewPosting, Tracking, Unit, Warehouse},
    page::PageRequest,
};
use serde_json::json;

use super::{
    item, item_fields, keeper,
    lots::{of, shelf},
    place, post, receipt, warehouse,
};
use crate::{
    Harness,
    scenarios::{UNSEEN, told},
};

fn wrong_field<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::Validation(wrong)) => wrong[0].field.clone(),
        other => panic!("not a wrong field: {other:?}"),
    }
}

/// a name and a code have something that can be seen, and stay on their line.
pub async fn x_20_names_and_codes_can_be_seen(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    let unseen = || UNSEEN.iter().map(|text| (*text).to_owned());
    for name in unseen().chain(samples::wrong(&forms::NAME)) {
        let fields = ItemFields { name: name.clone(), ..item_fields("x") };
        assert_eq!(wrong_field(inventory.create_item(&ada, fields).await), "name", "{name:?}");
        let refused = told::<Warehouse>(&h, &ada, json!({ "code": "x", "name": name })).await;
        assert_eq!(wrong_field(refused), "name", "{name:?}");
        let refused = told::<ItemCategory>(&h, &ada, json!({ "name": name })).await;
        assert_eq!(wrong_field(refused), "name", "{name:?}");
    }
    for code in unseen().chain(samples::wrong(&forms::CODE)) {
        let made = inventory.create_item(&ada, item_fields(&code)).await;
        assert_eq!(wrong_field(made), "sku", "{code:?}");
        let refused = told::<Warehouse>(&h, &ada, json!({ "code": code, "name": "X" })).await;
        assert_eq!(wrong_field(refused), "code", "{code:?}");
        assert_eq!(wrong_field(inventory.item_by_sku(&ada, &code).await), "sku", "{code:?}");
    }
    for name in samples::wrong(&forms::UNIT) {
        let fields = ItemFields { unit: Unit { name, scale: 0 }, ..item_fields("x") };
        assert_eq!(wrong_field(inventory.create_item(&ada, fields).await), "unit.name");
    }
    for (place, name) in samples::edges(&forms::NAME).into_iter().enumerate() {
        let fields = ItemFields { name: name.clone(), ..item_fields(&format!("n{place}")) };
        let made = item(&h, &ada, fields).await;
        assert_eq!(Ok(made.name.clone()), forms::NAME.canonical(&name));
        assert_eq!(inventory.item(&ada, made.id).await, Ok(made));
    }
}

/// a category, an SKU, a code, a lot and a reference are the same in each normal form, and all but
/// the reference in each case.
pub async fn x_19_what_looks_the_same_is_one_thing(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    let category =
        async |name| told::<ItemCategory>(&h, &ada, json!({ "name": name })).await.map(drop);
    category("Café").await.unwrap();
    for name in ["Cafe\u{301}", "CAFÉ", " cafe\u{301} "] {
        let taken = Conflict::taken("item_category", "name");
        assert_eq!(category(name).await, Err(taken.into()), "{name}");
    }
    let made = item(&h, &ada, item_fields("GRO\u{308}SSE-1")).await;
    assert_eq!(made.sku, "GRÖSSE-1");
    for sku in ["größe-1", "gro\u{308}sse-1", "GRÖ\u{1e9e}E-1"] {
        assert_eq!(inventory.item_by_sku(&ada, sku).await, Ok(made.clone()), "{sku}");
        let taken = inventory.create_item(&ada, item_fields(sku)).await;
        assert_eq!(taken, Err(Error::Conflict(Conflict::taken("item", "sku"))), "{sku}");
    }
    warehouse(&h, &ada, "\u{fb01}le").await;
    let taken = told::<Warehouse>(&h, &ada, json!({ "code": "FILE", "name": "X" })).await;
    assert_eq!(taken, Err(Error::Conflict(Conflict::taken("warehouse", "code"))));

    let key = place(&h, &ada).await;
    let of_order =
        |text: &str| NewPosting { reference: Some(text.to_owned()), ..receipt(key, "1", "1") };
    let posted = post(&h, &ada, of_order("Angebot Ka\u{308}se")).await;
    assert_eq!(posted.posting.reference.as_deref(), Some("Angebot Käse"));
    for reference in ["Angebot Käse", "Angebot Ka\u{308}se "] {
        let page = PageRequest::default();
        let found = inventory.postings(&ada, &[reference.to_owned()], &page).await.unwrap();
        assert_eq!(found.items.len(), 1, "{reference}");
    }
}

/// a lot that is named in another normal form or case is the same.
pub async fn x_19_a_lot_is_named_in_any_normal_form(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    let first = post(&h, &ada, of("Cha\u{302}teau", receipt(key, "2", "2"))).await;
    for code in ["Château", "CHÂTEAU", "cha\u{302}teau"] {
        let again = post(&h, &ada, of(code, receipt(key, "1", "1"))).await;
        assert_eq!(again.movements[0].lot, first.movements[0].lot, "{code}");
    }
}
