//! Setting stock aside, and giving it back (INV-2, INV-3).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{InventoryService, NewLine, READERS, lines};
use crate::{
    change::{ChangeSet, EntityRef, Idempotency, NewEvent, Recorder},
    ctx::Ctx,
    error::{Conflict, Error, Result},
    forms,
    ids::{ItemId, ReservationId, StockAlertId, UserId, WarehouseId},
    inventory::{
        InventoryChange, InventoryEvent, Reservation, ReservationQuery, ReservationState,
        StockOutcome,
    },
    money::Decimal,
    page::{Page, PageRequest},
    policy::{self, Action, Resource, Subject},
    time::{self, Timestamp},
};

/// Stock to set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewReservation {
    /// Of what.
    pub item: ItemId,
    /// Where.
    pub warehouse: WarehouseId,
    /// How much, more than zero, not finer than the item's unit.
    #[serde(deserialize_with = "crate::money::read_decimal")]
    pub quantity: Decimal,
    /// For whom; the caller when none. Only the host reserves for others.
    pub owner: Option<UserId>,
    /// From when on it no longer holds; in the future.
    pub expires_at: Option<Timestamp>,
    /// What it is for, at most 200 characters.
    pub reference: Option<String>,
}

#[erp_derive::boxed]
impl InventoryService<'_> {
    /// Sets stock aside. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// Forbidden; validation errors on `item`, `warehouse`, `quantity`, `owner`, `expires_at` and
    /// `reference`; a conflict when not so much is available.
    pub async fn reserve(&self, ctx: &Ctx, new: NewReservation) -> Result<Reservation> {
        self.allowed(ctx, Action::StockReserve).await?;
        let masters = self.masters(&[new.item], &[new.warehouse]).await?;
        let item = masters.item("item", new.item)?;
        masters.check_warehouse("warehouse", new.warehouse)?;
        let now = self.engine.now();
        let expires_at = new.expires_at.map(|at| time::checked("expires_at", at)).transpose()?;
        if expires_at.is_some_and(|at| at <= now) {
            return Err(Error::invalid("expires_at", "must be in the future"));
        }
        let reservation = Reservation {
            id: ReservationId::generate(self.engine.ids()),
            item: new.item,
            warehouse: new.warehouse,
            owner: self.owner(ctx, new.owner).await?,
            quantity: lines::quantity("quantity", new.quantity, item)?,
            consumed: Decimal::ZERO,
            state: ReservationState::Active,
            expires_at,
            reference: forms::REFERENCE.check_optional("reference", new.reference.as_deref())?,
            created_at: now,
        };
        self.freeing_expired(|| self.try_reserve(ctx, &new, &reservation)).await
    }

    async fn owner(&self, ctx: &Ctx, named: Option<UserId>) -> Result<UserId> {
        match (ctx.actor.user(), named) {
            (Some(caller), None) => Ok(caller),
            (Some(caller), Some(owner)) if owner == caller => Ok(caller),
            (None, Some(owner)) if self.engine.store().access().user(owner).await?.is_some() => {
                Ok(owner)
            }
            _ => Err(Error::invalid("owner", "must be the caller")),
        }
    }

    async fn try_reserve(
        &self,
        ctx: &Ctx,
        new: &NewReservation,
        reservation: &Reservation,
    ) -> Result<Reservation> {
        let action = Action::StockReserve;
        let mut set = self.engine.change(ctx, action, entity(reservation.id));
        set.idempotency = Idempotency::of(ctx, action, new, reservation)?;
        set.record(
            Recorder::new()
                .created("item", reservation.item)
                .created("warehouse", reservation.warehouse)
                .created("quantity", reservation.quantity),
        );
        let change = set.change(InventoryChange::Reserve {
            reservation: reservation.clone(),
            alert: StockAlertId::generate(self.engine.ids()),
            day: self.day("expires_at", set.at())?,
        });
        let event = InventoryEvent::StockReserved(StockOutcome::default());
        set.event(NewEvent::new(event, READERS).filled_by(change));
        self.engine.commit(set).await?.answer(reservation.clone())
    }

    /// The reservations that lines consume, as far as they are there.
    pub(super) async fn held_of(&self, lines: &[&NewLine]) -> Result<Vec<Reservation>> {
        let ids: BTreeSet<_> = lines.iter().filter_map(|line| line.consumes()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.engine.store().inventory().reservations_by_id(&Vec::from_iter(ids)).await?)
    }

    /// That the caller may release what the lines consume (INV-18).
    pub(super) async fn may_consume(&self, subject: &Subject, lines: &[&NewLine]) -> Result<()> {
        may_release(subject, &self.held_of(lines).await?, lines)
    }

    /// Gives back what is left of a reservation. When it is no longer active, nothing is written.
    ///
    /// # Errors
    /// Not found; forbidden for another's reservation.
    pub async fn release(&self, ctx: &Ctx, id: ReservationId) -> Result<Reservation> {
        let action = Action::StockRelease;
        let there = self.engine.store().inventory().reservation(id);
        let old = self.allowed_on(ctx, Action::StockRead, "reservation", there).await?;
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, action, &Resource::Reservation(old.owner))?;
        if old.state != ReservationState::Active {
            return Ok(old);
        }
        let set = self.ending(ctx, action, &old, ReservationState::Released)?;
        let ended = match self.engine.commit(set).await {
            Ok(mut receipt) => receipt.take_stock(0)?.reservations.pop(),
            // Another was faster: this one has nothing to tell of.
            Err(Error::Conflict(Conflict::ReservationEnded { .. })) => {
                self.engine.store().inventory().reservation(id).await?
            }
            Err(other) => return Err(other),
        };
        ended.ok_or(Error::NotFound { entity: "reservation" })
    }

    /// Gives back what was set aside for too long, and returns how many reservations that were. A
    /// host calls it on a timer; several nodes may. Whoever finds too little stock does it as well.
    ///
    /// # Errors
    /// Forbidden for anyone but the host; store errors, after which another run goes on.
    pub async fn expire_reservations(&self, ctx: &Ctx) -> Result<usize> {
        self.allowed(ctx, Action::StockExpire).await?;
        self.end_expired().await
    }

    /// The one change of an ended reservation, with its audit entry and its event.
    pub(super) fn ending(
        &self,
        ctx: &Ctx,
        action: Action,
        old: &Reservation,
        state: ReservationState,
    ) -> Result<ChangeSet> {
        let mut set = self.engine.change(ctx, action, entity(old.id));
        set.record(Recorder::new().field("state", old.state, state));
        let (id, key) = (old.id, old.key());
        let day = self.day("expires_at", set.at())?;
        let change = set.change(InventoryChange::EndReservation { id, key, state, day });
        let event = InventoryEvent::ReservationEnded(StockOutcome::default());
        set.event(NewEvent::new(event, READERS).filled_by(change));
        Ok(set)
    }

    /// The reservation.
    ///
    /// # Errors
    /// Not found, also when the caller may not read stock.
    pub async fn reservation(&self, ctx: &Ctx, id: ReservationId) -> Result<Reservation> {
        let there = self.engine.store().inventory().reservation(id);
        self.allowed_on(ctx, Action::StockRead, "reservation", there).await
    }

    /// The active reservations of an item, by id.
    ///
    /// # Errors
    /// Forbidden; a validation error on `cursor`.
    pub async fn reservations(
        &self,
        ctx: &Ctx,
        item: ItemId,
        page: &PageRequest,
    ) -> Result<Page<Reservation>> {
        self.allowed(ctx, Action::StockRead).await?;
        let filter = ("reservations", item);
        let after = page.after(&filter)?;
        let query = ReservationQuery { item, after, limit: page.limit.get() + 1 };
        let rows = self.engine.store().inventory().reservations(&query).await?;
        Page::from_rows(rows, page.limit, &filter, |row| row.id)
    }
}

/// That the caller may release those of the reservations that the lines consume: what is set aside for
/// another is not theirs to take (INV-18).
pub(super) fn may_release(
    subject: &Subject,
    held: &[Reservation],
    lines: &[&NewLine],
) -> Result<()> {
    for id in lines.iter().filter_map(|line| line.consumes()) {
        if let Some(held) = held.iter().find(|one| one.id == id) {
            policy::authorize(subject, Action::StockRelease, &Resource::Reservation(held.owner))?;
        }
    }
    Ok(())
}

fn entity(id: ReservationId) -> EntityRef {
    EntityRef::new("reservation", id.uuid())
}
