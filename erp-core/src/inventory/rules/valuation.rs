//! What goes out is worth, and what that leaves (INV-7 to INV-10).

use rust_decimal::Decimal;

use crate::{
    inventory::{Balance, Layer, ValuationMethod, ValueRounding},
    money::{Rounding, opposite, sum},
};

/// Digits after the point of a price of one unit.
pub(crate) const RATE_SCALE: u32 = 12;

/// A number that a decimal cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

type Result<T> = std::result::Result<T, Overflow>;

/// Goods that move: in when the quantity is more than zero, out when it is less.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goods {
    /// How much.
    pub quantity: Decimal,
    /// What they are worth, with the same sign; worked out when none.
    pub value: Option<Decimal>,
    /// Whether they were there before: they are the first to leave again.
    pub back: bool,
}

/// What moving goods came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Came {
    /// How much moved.
    pub quantity: Decimal,
    /// What it is worth, with the same sign.
    pub value: Decimal,
    /// By how much the value of what is there was put right besides.
    pub revaluation: Decimal,
}

impl Balance {
    /// Moves the goods.
    pub(super) fn move_goods(
        &mut self,
        goods: Goods,
        by: ValuationMethod,
        rounding: ValueRounding,
    ) -> Result<Came> {
        let Goods { quantity, value, .. } = goods;
        let (value, revaluation) = if quantity > Decimal::ZERO {
            let value = value.map_or_else(|| self.present_price(quantity, rounding), Ok)?;
            (value, self.take_in(goods, value, by, rounding)?)
        } else if quantity.is_zero() {
            (Decimal::ZERO, Decimal::ZERO)
        } else {
            match value {
                Some(value) => (value, self.take_back(-quantity, opposite(value), by, rounding)?),
                None => (opposite(self.take_out(-quantity, by, rounding)?), Decimal::ZERO),
            }
        };
        Ok(Came { quantity, value, revaluation })
    }

    /// From now on one unit is worth this. Returns by how much that changes the value of what is there.
    pub(super) fn revalue(
        &mut self,
        unit_cost: Decimal,
        by: ValuationMethod,
        rounding: ValueRounding,
    ) -> Result<Decimal> {
        let quantity = self.level.on_hand;
        let value = round(mul(quantity, unit_cost)?, rounding);
        let difference = add(value, opposite(self.level.value))?;
        self.level.value = value;
        self.rate = unit_cost;
        self.layers.clear();
        if by == ValuationMethod::Fifo && quantity > Decimal::ZERO {
            self.layers.push(Layer { quantity, value });
        }
        Ok(difference)
    }

    /// Takes goods in, worth this. Returns by how much the value must be put right besides: when
    /// less than nothing was there, what is there now is worth the new price (INV-10).
    fn take_in(
        &mut self,
        Goods { quantity, back, .. }: Goods,
        value: Decimal,
        by: ValuationMethod,
        rounding: ValueRounding,
    ) -> Result<Decimal> {
        let before = self.level.on_hand;
        let price = rate(value, quantity)?;
        self.level.on_hand = add(before, quantity)?;
        self.level.value = add(self.level.value, value)?;
        let on_hand = self.level.on_hand;
        let mut revaluation = Decimal::ZERO;
        if before.is_sign_negative() && !before.is_zero() {
            let worth = round(mul(on_hand, price)?, rounding);
            revaluation = worth - self.level.value;
            self.level.value = worth;
            self.layers.clear();
        }
        self.rate = match by {
            ValuationMethod::MovingAverage if on_hand > Decimal::ZERO => {
                rate(self.level.value, on_hand)?
            }
            _ => price,
        };
        if by == ValuationMethod::Fifo && on_hand > Decimal::ZERO {
            let layer = if self.layers.is_empty() {
                Layer { quantity: on_hand, value: self.level.value }
            } else {
                Layer { quantity, value }
            };
            self.layers.insert(if back { 0 } else { self.layers.len() }, layer);
        }
        Ok(revaluation)
    }

    /// Takes goods out, and returns what they are worth: their share of what is there, all of it
    /// when nothing is left (INV-9). What was not there costs the last known price.
    fn take_out(
        &mut self,
        quantity: Decimal,
        by: ValuationMethod,
        rounding: ValueRounding,
    ) -> Result<Decimal> {
        let before = self.level.on_hand;
        let cost = if quantity < before {
            match by {
                ValuationMethod::MovingAverage => {
                    share(self.level.value, quantity, before, rounding)?
                }
                ValuationMethod::Fifo => self.first_in(quantity, rounding)?,
            }
        } else {
            self.layers.clear();
            let there = before.max(Decimal::ZERO);
            let worth = if there.is_zero() { Decimal::ZERO } else { self.level.value };
            let lacking = round(mul(quantity - there, self.rate)?, rounding);
            add(worth, lacking)?
        };
        self.level.on_hand = add(before, -quantity)?;
        self.level.value = add(self.level.value, opposite(cost))?;
        Ok(cost)
    }

    /// Takes back what came in at this value. Returns by how much the value must be put right
    /// besides, when what is left cannot be worth what that leaves.
    fn take_back(
        &mut self,
        quantity: Decimal,
        value: Decimal,
        by: ValuationMethod,
        rounding: ValueRounding,
    ) -> Result<Decimal> {
        let before = self.level.value;
        let cost = self.take_out(quantity, by, rounding)?;
        let kept = add(before, opposite(value))?;
        let on_hand = self.level.on_hand;
        let sound = by == ValuationMethod::MovingAverage
            && on_hand > Decimal::ZERO
            && kept >= Decimal::ZERO;
        if !sound {
            return add(value, opposite(cost));
        }
        self.level.value = kept;
        self.rate = rate(kept, on_hand)?;
        Ok(Decimal::ZERO)
    }

    /// What goods that come in without a price are worth.
    fn present_price(&self, quantity: Decimal, rounding: ValueRounding) -> Result<Decimal> {
        let on_hand = self.level.on_hand;
        if on_hand > Decimal::ZERO {
            return share(self.level.value, quantity, on_hand, rounding);
        }
        Ok(round(mul(quantity, self.rate)?, rounding))
    }

    /// Takes less than what is there from the oldest layers.
    fn first_in(&mut self, quantity: Decimal, rounding: ValueRounding) -> Result<Decimal> {
        let (mut left, mut cost, mut gone) = (quantity, Decimal::ZERO, 0);
        for layer in &mut self.layers {
            if left < layer.quantity {
                let part = share(layer.value, left, layer.quantity, rounding)?;
                layer.quantity -= left;
                layer.value -= part;
                cost = add(cost, part)?;
                break;
            }
            left -= layer.quantity;
            cost = add(cost, layer.value)?;
            gone += 1;
        }
        self.layers.drain(..gone);
        Ok(cost)
    }
}

fn share(
    value: Decimal,
    part: Decimal,
    whole: Decimal,
    rounding: ValueRounding,
) -> Result<Decimal> {
    let share = mul(value, part)?.checked_div(whole).ok_or(Overflow)?;
    Ok(round(share, rounding))
}

fn rate(value: Decimal, quantity: Decimal) -> Result<Decimal> {
    let rate = value.checked_div(quantity).ok_or(Overflow)?;
    Ok(Rounding::HalfUp.round(rate, RATE_SCALE).normalize())
}

fn round(value: Decimal, rounding: ValueRounding) -> Decimal {
    let mut rounded = rounding.mode.round(value, rounding.scale);
    rounded.rescale(rounding.scale);
    rounded
}

pub(super) fn add(one: Decimal, other: Decimal) -> Result<Decimal> {
    sum(one, other).ok_or(Overflow)
}

fn mul(one: Decimal, other: Decimal) -> Result<Decimal> {
    one.checked_mul(other).ok_or(Overflow)
}
