//! Item categories and what lies in them. That they are a tree hold the scenarios of records.

use erp_core::{
    Conflict, Ctx, Engine, Error,
    change::Version,
    ids::ItemCategoryId,
    inventory::{ItemCategory, ItemFields},
    record::Records,
};

use super::{item, item_fields, keeper};
use crate::Harness;

async fn category(
    h: &Harness,
    ctx: &Ctx,
    name: &str,
    parent: Option<ItemCategoryId>,
) -> ItemCategoryId {
    let new = ItemCategory::new(name, parent).expect("a name");
    h.engine.records().create(ctx, new).await.expect("it is new").id
}

async fn remove(engine: &Engine, ctx: &Ctx, id: ItemCategoryId) -> erp_core::Result<()> {
    let categories: Records<'_, ItemCategory> = engine.records();
    categories.remove(ctx, id, Version(1)).await
}

/// A category goes when no item is in it.
pub async fn a_category_that_an_item_is_in_stays(h: Harness) {
    let ada = keeper(&h).await;
    let panels = category(&h, &ada, "Panels", None).await;
    let fields = ItemFields { category: Some(panels), ..item_fields("x") };
    let panel = item(&h, &ada, fields).await;
    let in_use = Err(Conflict::in_use("item_category", "content").into());
    assert_eq!(remove(&h.engine, &ada, panels).await, in_use);
    h.engine.inventory().delete_item(&ada, panel.id, panel.version).await.unwrap();
    assert_eq!(remove(&h.engine, &ada, panels).await, Ok(()));
}

/// of deleting a category and putting an item or a category into it at once, one happens.
pub async fn x_18_nothing_comes_into_a_category_that_goes(h: Harness) {
    let ada = keeper(&h).await;
    for round in 0..12 {
        let id = category(&h, &ada, &format!("c{round}"), None).await;
        let (engine, ctx) = (h.engine.clone(), ada.clone());
        let going = tokio::spawn(async move { remove(&engine, &ctx, id).await });
        let inventory = h.engine.inventory();
        let came = if round % 2 == 0 {
            let fields = ItemFields { category: Some(id), ..item_fields(&format!("i{round}")) };
            inventory.create_item(&ada, fields).await.map(drop)
        } else {
            let new = ItemCategory::new("in", Some(id)).unwrap();
            h.engine.records().create(&ada, new).await.map(drop)
        };
        let missing = match round % 2 {
            0 => Error::invalid("category", "no such category"),
            _ => Error::invalid("parent", "no such item category"),
        };
        match (going.await.unwrap(), came) {
            (Ok(()), came) => assert_eq!(came, Err(missing)),
            (gone, came) => {
                assert_eq!(gone, Err(Conflict::in_use("item_category", "content").into()));
                assert_eq!(came, Ok(()));
            }
        }
    }
}
