//! The demo's stock: two warehouses, what is in them, and what is set aside.

use anyhow::Context;
use erp_core::{
    Ctx, Engine,
    ids::{ItemId, WarehouseId},
    inventory::{
        Direction, ItemCategory, ItemFields, NewLine, NewPosting, NewReservation, PostingKind,
        Price, Unit, Warehouse,
    },
    money::Decimal,
    record::Address,
};

use super::Cast;

/// An item of the demo data. Quantities are whole; prices are in cents.
struct Ware {
    sku: &'static str,
    name: &'static str,
    category: &'static str,
    unit: (&'static str, u8),
    reorder: i64,
    cents: i64,
    /// What came into the main warehouse and into the depot.
    came: [i64; 2],
    /// What went out of them.
    went: [i64; 2],
    /// What is set aside in the main warehouse.
    reserved: i64,
}

const fn ware(sku: &'static str, name: &'static str, category: &'static str) -> Ware {
    let (came, went) = ([0, 0], [0, 0]);
    Ware { sku, name, category, unit: ("pcs", 0), reorder: 0, cents: 0, came, went, reserved: 0 }
}

const WARES: &[Ware] = &[
    Ware {
        reorder: 40,
        cents: 8_990,
        came: [240, 60],
        went: [50, 10],
        reserved: 96,
        ..ware("PV-440", "Solar module 440 W, black", "Solar")
    },
    Ware {
        reorder: 2,
        cents: 119_500,
        came: [9, 4],
        went: [3, 1],
        reserved: 2,
        ..ware("INV-10", "Inverter 10 kW, three-phase", "Solar")
    },
    Ware {
        reorder: 100,
        cents: 685,
        came: [600, 200],
        went: [140, 100],
        ..ware("HOOK-A2", "Roof hook, stainless", "Solar")
    },
    Ware {
        unit: ("m", 1),
        reorder: 80,
        cents: 410,
        came: [400, 120],
        went: [90, 20],
        ..ware("RAIL-40", "Mounting rail 40 mm", "Solar")
    },
    Ware {
        reorder: 1,
        cents: 638_000,
        came: [5, 2],
        went: [2, 0],
        reserved: 1,
        ..ware("HP-AW12", "Heat pump air/water 12 kW", "Heating")
    },
    Ware {
        reorder: 1,
        cents: 94_900,
        came: [6, 3],
        went: [1, 1],
        reserved: 1,
        ..ware("TANK-300", "Buffer tank 300 l", "Heating")
    },
    Ware {
        reorder: 6,
        cents: 5_240,
        came: [20, 8],
        went: [15, 0],
        ..ware("VESSEL-25", "Expansion vessel 25 l", "Heating")
    },
    Ware {
        unit: ("m", 1),
        reorder: 50,
        cents: 1_170,
        came: [180, 100],
        went: [35, 25],
        ..ware("CU-28", "Copper pipe 28 mm", "Heating")
    },
    Ware {
        reorder: 3,
        cents: 72_900,
        came: [14, 6],
        went: [5, 1],
        reserved: 2,
        ..ware("WB-11", "Wall charger 11 kW", "Charging")
    },
    Ware {
        unit: ("m", 1),
        reorder: 100,
        cents: 535,
        came: [500, 150],
        went: [120, 30],
        ..ware("NYY-5X6", "Cable NYY-J 5 × 6 mm²", "Charging")
    },
];

/// Makes warehouses and items, and moves the stock.
pub async fn fill(engine: &Engine, cast: &Cast) -> anyhow::Result<()> {
    let owner = Ctx::user(cast["anna"]);
    let main = warehouse(engine, &owner, "MAIN", "Main warehouse", "Harbour Road 12").await?;
    let depot = warehouse(engine, &owner, "NORTH", "North depot", "Mill Lane 3").await?;
    let places = [main, depot];
    let mut categories = Vec::new();
    let mut items = Vec::new();
    for ware in WARES {
        if !categories.iter().any(|(name, _)| *name == ware.category) {
            let new = ItemCategory::new(ware.category, None)?;
            let category = engine.records().create(&owner, new).await?;
            categories.push((ware.category, category.id));
        }
        let category = categories.iter().find(|(name, _)| *name == ware.category);
        let fields = ItemFields {
            category: category.map(|(_, id)| *id),
            unit: Unit { name: ware.unit.0.to_owned(), scale: ware.unit.1 },
            reorder_level: Some(Decimal::from(ware.reorder)),
            ..ItemFields::new(ware.sku, ware.name)
        };
        let item = engine.inventory().create_item(&owner, fields).await;
        items.push(item.with_context(|| format!("cannot make the item {}", ware.sku))?.id);
    }
    move_goods(engine, cast, &items, places).await
}

async fn warehouse(
    engine: &Engine,
    ctx: &Ctx,
    code: &str,
    name: &str,
    address: &str,
) -> anyhow::Result<WarehouseId> {
    let address = Some(Address::of("address", address).map_err(erp_core::Error::from)?);
    let fields = Warehouse { address, ..Warehouse::new(code, name)? };
    let warehouse = engine.records().create(ctx, fields).await;
    Ok(warehouse.with_context(|| format!("cannot make the warehouse {code}"))?.id)
}

/// One delivery for each warehouse, then what went out of it, then what is set aside.
async fn move_goods(
    engine: &Engine,
    cast: &Cast,
    items: &[ItemId],
    places: [WarehouseId; 2],
) -> anyhow::Result<()> {
    let clerk = Ctx::user(cast["oskar"]);
    let wares = || WARES.iter().zip(items.iter().copied());
    for (place, warehouse) in places.into_iter().enumerate() {
        let line = |item, quantity: i64, direction| {
            let quantity = Decimal::from(quantity);
            (!quantity.is_zero()).then_some(NewLine::new((item, warehouse), quantity, direction))
        };
        let receipt = |(ware, item): (&Ware, ItemId)| {
            let price = Some(Price::Each(Decimal::new(ware.cents, 2)));
            line(item, ware.came[place], Direction::In { price })
        };
        let issue = |(ware, item): (&Ware, ItemId)| {
            line(item, ware.went[place], Direction::Out { reservation: None })
        };
        let came = wares().filter_map(receipt).collect();
        let went = wares().filter_map(issue).collect();
        for (kind, reference, lines) in [
            (PostingKind::Receipt, "Opening stock", came),
            (PostingKind::Issue, "Taken to the sites", went),
        ] {
            let reference = Some(reference.to_owned());
            let new = NewPosting { kind, reference, effective_at: None, returns: None, lines };
            engine.inventory().post(&clerk, new).await.context("cannot move the stock")?;
        }
    }
    let warehouse = places[0];
    for (ware, item) in wares().filter(|(ware, _)| ware.reserved > 0) {
        let (quantity, owner, expires_at) = (Decimal::from(ware.reserved), None, None);
        let reference = Some("Seaview school".to_owned());
        let new = NewReservation { item, warehouse, quantity, owner, expires_at, reference };
        engine.inventory().reserve(&clerk, new).await.context("cannot set stock aside")?;
    }
    Ok(())
}
