//! The tree of item categories.

use std::collections::BTreeMap;

use erp_core::{
    Conflict, Ctx, Error,
    access::BuiltInRole,
    change::{EventBody, Version},
    ids::ItemCategoryId,
    inventory::{CategoryUpdate, InventoryEvent, ItemCategory, ItemFields, NewCategory},
    port::IdGenerator as _,
};

use super::{item, item_fields, keeper};
use crate::{Harness, cases::support::at_once, random::Random};

async fn category(
    h: &Harness,
    ctx: &Ctx,
    name: &str,
    parent: Option<ItemCategoryId>,
) -> ItemCategory {
    let new = NewCategory { name: name.to_owned(), parent };
    h.engine.inventory().create_category(ctx, new).await.expect("it is new")
}

/// Moves a category, whatever its version is.
async fn put(
    engine: &erp_core::Engine,
    ctx: &Ctx,
    id: ItemCategoryId,
    parent: Option<ItemCategoryId>,
) -> erp_core::Result<ItemCategory> {
    let there = engine.inventory().categories(ctx).await?;
    let there = there.into_iter().find(|category| category.id == id).expect("it is there");
    let update = CategoryUpdate { expected: there.version, name: there.name, parent };
    engine.inventory().update_category(ctx, id, update).await
}

/// Names are unique under one parent, and the list is in their order.
pub async fn categories_are_a_tree_listed_by_name(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    let top = category(&h, &ada, "Solar", None).await;
    let below = category(&h, &ada, "panels", Some(top.id)).await;
    category(&h, &ada, "Panels", None).await;
    let taken = NewCategory { name: "PANELS".to_owned(), parent: Some(top.id) };
    let refused = inventory.create_category(&ada, taken).await;
    assert_eq!(refused, Err(Conflict::taken("item_category", "name").into()));
    let refused = put(&h.engine, &ada, below.id, None).await;
    assert_eq!(refused, Err(Conflict::taken("item_category", "name").into()));
    let nowhere = Some(ItemCategoryId::from_uuid(h.ids.uuid()));
    let lost = NewCategory { name: "x".to_owned(), parent: nowhere };
    let no_parent = Error::invalid("parent", "no such category");
    assert_eq!(inventory.create_category(&ada, lost).await, Err(no_parent.clone()));
    assert_eq!(put(&h.engine, &ada, below.id, nowhere).await, Err(no_parent));
    let update =
        CategoryUpdate { expected: Version(1), name: "Inverters".to_owned(), parent: None };
    let renamed = inventory.update_category(&ada, below.id, update.clone()).await.unwrap();
    assert_eq!((renamed.version, renamed.parent), (Version(2), None));
    let stale = Conflict::Version { entity: "item_category".into(), current: Version(2) };
    let refused = inventory.update_category(&ada, below.id, update).await;
    assert_eq!(refused, Err(stale.into()));
    let listed = inventory.categories(&ada).await.unwrap();
    let names: Vec<_> = listed.iter().map(|category| category.name.as_str()).collect();
    assert_eq!(names, ["Inverters", "Panels", "Solar"]);
}

/// Rings of one, two, three, 16 and 17 are refused with their path.
pub async fn a_category_never_lies_in_itself(h: Harness) {
    let ada = keeper(&h).await;
    for length in [1_usize, 2, 3, 16, 17] {
        let mut chain: Vec<ItemCategoryId> = Vec::new();
        for n in 0..length {
            let name = format!("{length}-{n}");
            chain.push(category(&h, &ada, &name, chain.last().copied()).await.id);
        }
        let (first, last) = (chain[0], chain[length - 1]);
        match put(&h.engine, &ada, first, Some(last)).await {
            Err(Error::Conflict(Conflict::Ring { path, .. })) => {
                assert_eq!(path.len(), length + 1);
                assert_eq!([&path[0], &path[length]], [&first.to_string(); 2]);
            }
            other => panic!("{length}: {other:?}"),
        }
        put(&h.engine, &ada, last, None).await.unwrap();
    }
}

/// A into B and B into A at once: one happens.
pub async fn x_18_of_two_moves_that_close_a_ring_one_happens(h: Harness) {
    let ada = keeper(&h).await;
    for round in 0..8 {
        let one = category(&h, &ada, &format!("a{round}"), None).await.id;
        let other = category(&h, &ada, &format!("b{round}"), None).await.id;
        let moves = [(one, other), (other, one)].map(|(id, into)| {
            let (engine, ada) = (h.engine.clone(), ada.clone());
            async move { put(&engine, &ada, id, Some(into)).await }
        });
        let answers = at_once(moves).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        let ring = |answer: &erp_core::Result<ItemCategory>| {
            matches!(answer, Err(Error::Conflict(Conflict::Ring { .. })))
        };
        assert_eq!(answers.iter().filter(|answer| ring(answer)).count(), 1, "{answers:?}");
    }
}

/// whatever moves go through, from every category the way up ends.
pub async fn x_18_many_moves_at_once_leave_a_tree(h: Harness) {
    let ada = keeper(&h).await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(category(&h, &ada, &n.to_string(), None).await.id);
    }
    for seed in 0..4 {
        let moves = (0..8).map(|n| {
            let mut random = Random::new(seed * 100 + n);
            let (id, into) = (*random.pick(&ids), *random.pick(&ids));
            let (engine, ada) = (h.engine.clone(), ada.clone());
            async move { put(&engine, &ada, id, Some(into)).await }
        });
        for answer in at_once(moves).await {
            let known = matches!(
                answer,
                Ok(_)
                    | Err(Error::Conflict(
                        Conflict::Ring { .. } | Conflict::Version { .. } | Conflict::Contention
                    ))
            );
            assert!(known, "{answer:?}");
        }
        let all = h.engine.inventory().categories(&ada).await.unwrap();
        let parents: BTreeMap<_, _> = all.iter().map(|one| (one.id, one.parent)).collect();
        for id in &ids {
            let way = std::iter::successors(Some(*id), |id| parents[id]);
            assert!(way.take(ids.len() + 1).count() <= ids.len(), "a ring");
        }
    }
}

/// A category goes when nothing is in it, under its version; its name is free again.
pub async fn a_category_that_nothing_is_in_is_deleted(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    let top = category(&h, &ada, "Solar", None).await;
    let below = category(&h, &ada, "Panels", Some(top.id)).await;
    let fields = ItemFields { category: Some(below.id), ..item_fields("x") };
    let panel = item(&h, &ada, fields).await;
    for used in [top.id, below.id] {
        let refused = inventory.delete_category(&ada, used, Version(1)).await;
        assert_eq!(refused, Err(Conflict::in_use("item_category", "content").into()));
    }
    inventory.delete_item(&ada, panel.id, panel.version).await.unwrap();
    let stale = Conflict::Version { entity: "item_category".into(), current: Version(1) };
    let refused = inventory.delete_category(&ada, below.id, Version(2)).await;
    assert_eq!(refused, Err(stale.into()));
    let guest = Ctx::user(h.user_with_role("guest", BuiltInRole::GUEST).await.id);
    let unseen = Error::NotFound { entity: "item_category" };
    assert_eq!(inventory.delete_category(&guest, below.id, Version(1)).await, Err(unseen.clone()));
    let before = h.settled().await;
    for id in [below.id, top.id] {
        inventory.delete_category(&ada, id, Version(1)).await.unwrap();
        assert_eq!(inventory.delete_category(&ada, id, Version(1)).await, Err(unseen.clone()));
    }
    assert_eq!(inventory.categories(&ada).await, Ok(vec![]));
    let told: Vec<_> =
        h.events_after(before).await.into_iter().map(|one| one.body.clone()).collect();
    let deleted = |category| EventBody::Inventory(InventoryEvent::CategoryDeleted { category });
    assert_eq!(told, [deleted(below.id), deleted(top.id)]);
    category(&h, &ada, "Solar", None).await;
}

/// of deleting a category and putting an item or a category into it at once, one happens.
pub async fn x_18_nothing_comes_into_a_category_that_goes(h: Harness) {
    let ada = keeper(&h).await;
    for round in 0..12 {
        let id = category(&h, &ada, &format!("c{round}"), None).await.id;
        let (engine, ctx) = (h.engine.clone(), ada.clone());
        let going =
            tokio::spawn(
                async move { engine.inventory().delete_category(&ctx, id, Version(1)).await },
            );
        let inventory = h.engine.inventory();
        let came = if round % 2 == 0 {
            let fields = ItemFields { category: Some(id), ..item_fields(&format!("i{round}")) };
            inventory.create_item(&ada, fields).await.map(drop)
        } else {
            let new = NewCategory { name: "in".to_owned(), parent: Some(id) };
            inventory.create_category(&ada, new).await.map(drop)
        };
        let field = if round % 2 == 0 { "category" } else { "parent" };
        match (going.await.unwrap(), came) {
            (Ok(()), came) => assert_eq!(came, Err(Error::invalid(field, "no such category"))),
            (gone, came) => {
                assert_eq!(gone, Err(Conflict::in_use("item_category", "content").into()));
                assert_eq!(came, Ok(()));
            }
        }
    }
}
