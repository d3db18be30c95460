//! Warehouses and items.

use erp_core::{
    Conflict, Ctx, Error,
    access::BuiltInRole,
    change::{EventBody, Version},
    ctx::IdempotencyKey,
    ids::{ItemCategoryId, ItemId},
    inventory::{
        InventoryChange, InventoryEvent, Item, ItemCategory, ItemFields, ItemUpdate, NegativeStock,
        Unit, ValuationMethod, Warehouse,
    },
    page::PageRequest,
    port::IdGenerator as _,
    record::{Address, Code, Records},
    text::key as folded,
};

use super::{item, item_fields, keeper, warehouse, warehouse_fields};
use crate::{
    Harness,
    cases::support::{conflict, exists, missing, stale},
};

/// Every field is kept, and changed by an update, and the answers are what is stored.
pub async fn masters_are_kept_as_they_were_given(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    let category = ItemCategory::new(" Panels ", None).unwrap();
    let category = h.engine.records().create(&ada, category).await.unwrap();
    assert_eq!(&*category.name, "Panels");
    let whole = ItemFields {
        category: Some(category.id),
        unit: Unit { name: "kg".to_owned(), scale: 3 },
        reorder_level: Some("12.5".parse().unwrap()),
        valuation: ValuationMethod::Fifo,
        negative: Some(NegativeStock::Allowed),
        active: false,
        ..item_fields("GRÖSSE-1")
    };
    for fields in [whole.clone(), item_fields("plain")] {
        let made = item(&h, &ada, fields).await;
        assert_eq!(inventory.item(&ada, made.id).await, Ok(made.clone()));
        assert_eq!(inventory.item_by_sku(&ada, &folded(&made.sku)).await, Ok(made));
    }
    let plain = inventory.item_by_sku(&ada, "plain").await.unwrap();
    h.pass(60);
    let update = ItemUpdate {
        expected: plain.version,
        fields: ItemFields { sku: "other".to_owned(), ..whole },
    };
    let changed = inventory.update_item(&ada, plain.id, update.clone()).await.unwrap();
    assert_eq!((changed.version, changed.created_at), (Version(2), plain.created_at));
    assert_eq!(inventory.item(&ada, plain.id).await, Ok(changed.clone()));
    let again = ItemUpdate { expected: Version(2), ..update };
    assert_eq!(inventory.update_item(&ada, plain.id, again).await, Ok(changed), "nothing new");

    let made = warehouse(&h, &ada, "Berlin").await;
    let warehouses: Records<'_, Warehouse> = h.engine.records();
    assert_eq!(warehouses.get(&ada, made.id).await, Ok(made.clone()));
    let fields = Warehouse {
        address: Address::new("Kai 1\nHamburg").ok(),
        negative: NegativeStock::Allowed,
        active: false,
        ..Warehouse::new("HH", "Hamburg").unwrap()
    };
    let changed = warehouses.update(&ada, made.id, made.version, fields.clone()).await.unwrap();
    assert_eq!(changed.fields, fields);
    assert_eq!(warehouses.get(&ada, made.id).await, Ok(changed.clone()));
    let code = Code::new("hh").unwrap();
    assert_eq!(warehouses.get_by(&ada, Warehouse::CODE.is(&code)).await, Ok(changed));
}

/// Wrong input names its field, and nothing is written.
pub async fn bad_masters_are_refused_by_field(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    let before = h.settled().await;
    let good = item_fields("x");
    let unit = |name: &str, scale| Unit { name: name.to_owned(), scale };
    let level = |text: &str| Some(text.parse().unwrap());
    let nowhere = Some(ItemCategoryId::from_uuid(h.ids.uuid()));
    for (field, bad) in [
        ("sku", ItemFields { sku: "a b".to_owned(), ..good.clone() }),
        ("sku", ItemFields { sku: " ".to_owned(), ..good.clone() }),
        ("name", ItemFields { name: String::new(), ..good.clone() }),
        ("unit.name", ItemFields { unit: unit("", 0), ..good.clone() }),
        ("unit.scale", ItemFields { unit: unit("kg", 7), ..good.clone() }),
        ("reorder_level", ItemFields { reorder_level: level("0.5"), ..good.clone() }),
        ("reorder_level", ItemFields { reorder_level: level("-1"), ..good.clone() }),
        ("category", ItemFields { category: nowhere, ..good.clone() }),
    ] {
        assert_invalid(inventory.create_item(&ada, bad).await, field);
    }
    assert_invalid(Warehouse::new(&"x".repeat(65), "X"), "code");
    assert_invalid(Warehouse::new("x", "a\nb"), "name");
    assert_eq!(h.kinds_after(before).await, [""; 0]);
}

fn assert_invalid<T: std::fmt::Debug>(answer: erp_core::Result<T>, field: &str) {
    match answer {
        Err(Error::Validation(violations)) => assert_eq!(violations[0].field, field),
        other => panic!("{field}: {other:?}"),
    }
}

/// Two items cannot share a SKU, two warehouses a code, in whatever case, by creating or changing.
pub async fn codes_and_skus_are_unique_without_regard_to_case(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    item(&h, &ada, item_fields("Ab-1")).await;
    let other = item(&h, &ada, item_fields("ab-2")).await;
    let taken = Err(Error::Conflict(Conflict::taken("item", "sku")));
    assert_eq!(inventory.create_item(&ada, item_fields("aB-1")).await, taken);
    let fields = item_fields("AB-1");
    let update = ItemUpdate { expected: other.version, fields };
    assert_eq!(inventory.update_item(&ada, other.id, update).await, taken);
    let own = ItemUpdate { expected: other.version, fields: item_fields("AB-2") };
    assert_eq!(inventory.update_item(&ada, other.id, own).await.unwrap().sku, "AB-2");

    warehouse(&h, &ada, "Main").await;
    let taken = h.engine.records().create(&ada, warehouse_fields("mAIN")).await.unwrap_err();
    assert_eq!(taken, Error::Conflict(Conflict::taken("warehouse", "code")));
}

/// a stale version is refused and tells the present one.
pub async fn x_5_masters_are_changed_under_their_version(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    let made = item(&h, &ada, item_fields("x")).await;
    let update =
        |expected, sku| ItemUpdate { expected: Version(expected), fields: item_fields(sku) };
    inventory.update_item(&ada, made.id, update(1, "y")).await.unwrap();
    let conflict = Conflict::Version { entity: "item".into(), current: Version(2) };
    let stale = inventory.update_item(&ada, made.id, update(1, "z")).await;
    assert_eq!(stale, Err(conflict.clone().into()));
    assert_eq!(inventory.delete_item(&ada, made.id, Version(1)).await, Err(conflict.into()));
}

/// the same request under one key makes one item, another request is refused.
pub async fn x_6_creating_twice_with_one_key_creates_one(h: Harness) {
    let ada = keeper(&h).await.with_idempotency_key(IdempotencyKey::new("k").unwrap());
    let inventory = h.engine.inventory();
    let first = inventory.create_item(&ada, item_fields("x")).await.unwrap();
    assert_eq!(inventory.create_item(&ada, item_fields("x")).await, Ok(first));
    let other = inventory.create_item(&ada, item_fields("y")).await;
    assert_eq!(other, Err(Conflict::IdempotencyKeyReused.into()));
    let all = inventory.items(&ada, None, &PageRequest::default()).await.unwrap();
    assert_eq!(all.items.len(), 1);
}

/// by code or SKU without regard to case, page after page, while others are added.
pub async fn x_11_masters_are_listed_by_code_in_pages(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    let category = ItemCategory::new("Panels", None).unwrap();
    let category = h.engine.records().create(&ada, category).await.unwrap().id;
    for code in ["b", "D", "a", "C", "e"] {
        let within = (code != "C").then_some(category);
        item(&h, &ada, ItemFields { category: within, ..item_fields(code) }).await;
    }
    for (category, expected) in [(None, "a b C D e"), (Some(category), "a b D e")] {
        let mut page = PageRequest::first(2);
        let mut skus = Vec::new();
        loop {
            let part = inventory.items(&ada, category, &page).await.unwrap();
            skus.extend(part.items.into_iter().map(|one| one.sku));
            let Some(next) = part.next else { break };
            page.cursor = Some(next);
        }
        assert_eq!(skus.join(" "), expected);
    }
}

/// a guest learns of no item or warehouse; a member reads but does not keep the masters.
pub async fn x_17_without_the_right_nothing_is_there(h: Harness) {
    let ada = keeper(&h).await;
    let guest = Ctx::user(h.user_with_role("guest", BuiltInRole::GUEST).await.id);
    let member = Ctx::user(h.user_with_role("member", BuiltInRole::MEMBER).await.id);
    let made = item(&h, &ada, item_fields("x")).await;
    let inventory = h.engine.inventory();
    let page = PageRequest::default();
    for id in [made.id, ItemId::from_uuid(h.ids.uuid())] {
        let hidden = Error::NotFound { entity: "item" };
        assert_eq!(inventory.item(&guest, id).await, Err(hidden.clone()));
        assert_eq!(inventory.delete_item(&guest, id, Version(1)).await, Err(hidden.clone()));
        let update = ItemUpdate { expected: Version(1), fields: item_fields("y") };
        assert_eq!(inventory.update_item(&guest, id, update).await, Err(hidden));
    }
    let by_sku = inventory.item_by_sku(&guest, "x").await;
    assert_eq!(by_sku, Err(Error::NotFound { entity: "item" }));
    let forbidden = Error::Forbidden { action: "stock.read" };
    assert_eq!(inventory.items(&guest, None, &page).await, Err(forbidden));

    assert_eq!(inventory.item(&member, made.id).await, Ok(made.clone()));
    let forbidden = Error::Forbidden { action: "item.delete" };
    assert_eq!(inventory.delete_item(&member, made.id, Version(1)).await, Err(forbidden));
    let forbidden = Error::Forbidden { action: "warehouse.create" };
    let refused = h.engine.records().create(&member, warehouse_fields("y")).await;
    assert_eq!(refused.map(|made| made.id), Err(forbidden));
}

/// AUTH-12, X-3: entity, audit entry and event are written together, and a change that changes
/// nothing writes none.
pub async fn auth_12_a_change_of_masters_is_audited_and_told(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    let before = h.settled().await;
    let made = item(&h, &ada, item_fields("x")).await;
    let fields = ItemFields { active: false, ..item_fields("x") };
    let update = ItemUpdate { expected: made.version, fields };
    let changed = inventory.update_item(&ada, made.id, update.clone()).await.unwrap();
    let update = ItemUpdate { expected: changed.version, ..update };
    inventory.update_item(&ada, made.id, update).await.unwrap();
    let events: Vec<_> =
        h.events_after(before).await.iter().map(|event| event.body.clone()).collect();
    let told = [InventoryEvent::ItemCreated(made), InventoryEvent::ItemChanged(changed)];
    assert_eq!(events, told.map(EventBody::Inventory));
    let audit = h.audit().await;
    assert_eq!(audit[0].action.as_str(), "item.update");
    let fields: Vec<_> = audit[0].changes.iter().map(|change| &*change.field).collect();
    assert_eq!(fields, ["active"]);
    assert_eq!(audit[1].action.as_str(), "item.create");
}

/// INV-14: an item that never had stock may be deleted for good; its SKU is free again.
pub async fn an_item_without_stock_is_deleted_for_good(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    let made = item(&h, &ada, item_fields("x")).await;
    inventory.delete_item(&ada, made.id, made.version).await.unwrap();
    let gone = Error::NotFound { entity: "item" };
    assert_eq!(inventory.item(&ada, made.id).await, Err(gone.clone()));
    assert_eq!(inventory.delete_item(&ada, made.id, made.version).await, Err(gone));
    assert!(inventory.items(&ada, None, &PageRequest::default()).await.unwrap().items.is_empty());
    item(&h, &ada, item_fields("x")).await;
}

/// `Store::commit`: what is changed is missing, then stale, then a taken value, then a missing
/// reference.
pub async fn refusals_of_masters_are_told_in_order(h: Harness) {
    use InventoryChange as C;
    let ada = keeper(&h).await;
    let (one, other) =
        (item(&h, &ada, item_fields("x")).await, item(&h, &ada, item_fields("y")).await);
    let nowhere = Some(ItemCategoryId::from_uuid(h.ids.uuid()));
    let taken = Item { category: nowhere, sku: "X".to_owned(), ..other.clone() };
    let unknown = Item { id: ItemId::from_uuid(h.ids.uuid()), ..taken.clone() };
    let (first, second) = (Version(1), Version(2));
    let update =
        |expected, item: &Item| C::UpdateItem { expected, item: item.clone(), unused: false };
    assert_eq!(h.try_commit(update(second, &unknown)).await, missing("item"));
    assert_eq!(h.try_commit(update(second, &taken)).await, stale("item", first));
    assert_eq!(h.try_commit(update(first, &taken)).await, conflict(Conflict::taken("item", "sku")));
    let lost = Item { category: nowhere, ..other.clone() };
    assert_eq!(h.try_commit(update(first, &lost)).await, missing("item_category"));
    let twice = Item { id: one.id, ..taken.clone() };
    assert_eq!(h.try_commit(C::CreateItem(twice)).await, exists("item"));
    assert_eq!(
        h.try_commit(C::CreateItem(unknown)).await,
        conflict(Conflict::taken("item", "sku"))
    );
    assert_eq!(h.store.inventory().item(other.id).await, Ok(Some(other)));
}
