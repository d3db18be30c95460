//! What goes out is worth, and what that leaves (INV-7 to INV-10).

use rust_decimal::Decimal;

use crate::{
    inventory::{Balance, Layer, MovementKey, ValuationMethod, ValueRounding},
    money::{Rounding, opposite, sum},
};

/// Digits after the point of a price of one unit.
pub(crate) const RATE_SCALE: u32 = 12;

/// A number that a decimal cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

type Result<T> = std::result::Result<T, Overflow>;

/// Goods that move: in when the quantity is more than zero, out when it is less.
#[derive(Clone, Debug)]
pub(super) struct Goods {
    /// How much.
    pub quantity: Decimal,
    /// What they are worth, with the same sign; worked out when none.
    pub value: Option<Decimal>,
    /// The layers that they come in with; they are a layer of their own when there are none. Of what
    /// goes out: the layers that it is taken from first, at most so much of each; the rest is taken from
    /// the oldest. Without meaning unless the item is valued by FIFO.
    pub layers: Vec<Layer>,
}

/// What moving goods came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Came {
    /// How much moved.
    pub quantity: Decimal,
    /// What it is worth, with the same sign.
    pub value: Decimal,
    /// By how much the value of what is there was put right besides.
    pub revaluation: Decimal,
    /// The layers that it was taken from or came in with; none when it is a layer of its own.
    pub layers: Vec<Layer>,
}

impl Came {
    /// The goods of this movement the other way: out of the layers that they came into, or back into
    /// those that they were taken from (INV-17). They brought `own` in if they were a layer of their own.
    pub fn back(&self, own: MovementKey) -> Goods {
        let (quantity, value) = (opposite(self.quantity), Some(opposite(self.value)));
        let layers = match self.layers.as_slice() {
            [] if quantity < Decimal::ZERO => {
                vec![Layer { quantity: self.quantity, value: self.value, of: Some(own) }]
            }
            // Taken before layers were kept in the ledger: it is the first to leave again.
            [] => vec![Layer { quantity, value: opposite(self.value), of: None }],
            layers => layers.to_vec(),
        };
        Goods { quantity, value, layers }
    }
}

impl Balance {
    /// Moves the goods. What makes a layer of its own is known by `own` from then on.
    pub(super) fn move_goods(
        &mut self,
        goods: Goods,
        own: MovementKey,
        by: ValuationMethod,
        rounding: ValueRounding,
    ) -> Result<Came> {
        let Goods { quantity, value, layers } = goods;
        let mut came = Came { quantity, ..Came::default() };
        if quantity > Decimal::ZERO {
            came.value = value.map_or_else(|| self.present_price(quantity, rounding), Ok)?;
            let comes = match by {
                ValuationMethod::MovingAverage => Vec::new(),
                ValuationMethod::Fifo => {
                    came.layers = layers;
                    came_in(&mut came, own)
                }
            };
            came.revaluation = self.take_in(quantity, came.value, comes, by, rounding)?;
        } else if quantity < Decimal::ZERO {
            let before = self.level.value;
            let (cost, taken) = self.take_out(-quantity, &layers, own, by, rounding)?;
            came.layers = taken;
            match value {
                None => came.value = opposite(cost),
                Some(value) => {
                    came.value = value;
                    came.revaluation = self.keep(before, opposite(value), cost, by)?;
                }
            }
        }
        Ok(came)
    }

    /// From now on one unit is worth this. Returns by how much that changes the value of what is there.
    /// Layers stay what they are, each worth so much of it.
    pub(super) fn revalue(
        &mut self,
        unit_cost: Decimal,
        by: ValuationMethod,
        rounding: ValueRounding,
    ) -> Result<Decimal> {
        let quantity = self.level.on_hand;
        let value = round(mul(quantity, unit_cost)?, rounding);
        let difference = add(value, opposite(self.level.value))?;
        // Not the value itself: the sum keeps the digits after the point.
        self.level.value = add(self.level.value, difference)?;
        self.rate = unit_cost;
        if by == ValuationMethod::Fifo && quantity > Decimal::ZERO {
            let (mut upto, mut worth) = (Decimal::ZERO, Decimal::ZERO);
            for layer in &mut self.layers {
                upto = add(upto, layer.quantity)?;
                let so_far = round(mul(upto, unit_cost)?, rounding);
                layer.value = so_far - worth;
                worth = so_far;
            }
        } else {
            self.layers.clear();
        }
        Ok(difference)
    }

    /// Takes goods in, worth this. Returns by how much the value must be put right besides: when
    /// less than nothing was there, what is there now is worth the new price (INV-10).
    fn take_in(
        &mut self,
        quantity: Decimal,
        value: Decimal,
        mut layers: Vec<Layer>,
        by: ValuationMethod,
        rounding: ValueRounding,
    ) -> Result<Decimal> {
        let before = self.level.on_hand;
        let price = rate(value, quantity)?;
        self.level.on_hand = add(before, quantity)?;
        self.level.value = add(self.level.value, value)?;
        let on_hand = self.level.on_hand;
        let mut revaluation = Decimal::ZERO;
        if before < Decimal::ZERO {
            // What was lacking is made up for by what is the first to leave.
            take_first(&mut layers, -before, rounding)?;
            let worth = if layers.is_empty() {
                round(mul(on_hand, price)?, rounding)
            } else {
                layers.iter().try_fold(Decimal::ZERO, |sum, layer| add(sum, layer.value))?
            };
            revaluation = add(worth, opposite(self.level.value))?;
            self.level.value = add(self.level.value, revaluation)?;
            self.layers.clear();
        }
        self.rate = match by {
            ValuationMethod::MovingAverage if on_hand > Decimal::ZERO => {
                rate(self.level.value, on_hand)?
            }
            _ => price,
        };
        layers.into_iter().try_for_each(|layer| self.put(layer))?;
        Ok(revaluation)
    }

    /// Puts a layer in its place in the queue: to the rest of itself, if there is some.
    fn put(&mut self, layer: Layer) -> Result<()> {
        if layer.of.is_none() {
            self.layers.insert(0, layer);
            return Ok(());
        }
        match self.layers.binary_search_by_key(&layer.of, |one| one.of) {
            Ok(place) => {
                if let Some(rest) = self.layers.get_mut(place) {
                    rest.quantity = add(rest.quantity, layer.quantity)?;
                    rest.value = add(rest.value, layer.value)?;
                }
            }
            Err(place) => self.layers.insert(place, layer),
        }
        Ok(())
    }

    /// Takes goods out, and returns what they are worth: their share of what is there, all of it
    /// when nothing is left (INV-9). What was not there costs the last known price. With it the layers
    /// that they were taken from.
    fn take_out(
        &mut self,
        quantity: Decimal,
        wanted: &[Layer],
        own: MovementKey,
        by: ValuationMethod,
        rounding: ValueRounding,
    ) -> Result<(Decimal, Vec<Layer>)> {
        let before = self.level.on_hand;
        let (cost, taken) = if quantity < before {
            match by {
                ValuationMethod::MovingAverage => {
                    (share(self.level.value, quantity, before, rounding)?, Vec::new())
                }
                ValuationMethod::Fifo => self.take_layers(quantity, wanted, rounding)?,
            }
        } else {
            let mut taken = std::mem::take(&mut self.layers);
            let there = before.max(Decimal::ZERO);
            let worth = if there.is_zero() { Decimal::ZERO } else { self.level.value };
            let lacking = quantity - there;
            let price = round(mul(lacking, self.rate)?, rounding);
            if by == ValuationMethod::Fifo && !lacking.is_zero() {
                taken.push(Layer { quantity: lacking, value: price, of: Some(own) });
            }
            (add(worth, price)?, taken)
        };
        self.level.on_hand = add(before, -quantity)?;
        self.level.value = add(self.level.value, opposite(cost))?;
        Ok((cost, taken))
    }

    /// Of what came in at this value and was just taken out at that cost. Returns by how much the value
    /// must be put right besides, when what is left cannot be worth what that leaves.
    fn keep(
        &mut self,
        before: Decimal,
        value: Decimal,
        cost: Decimal,
        by: ValuationMethod,
    ) -> Result<Decimal> {
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

    /// Takes less than what is there: from the wanted layers, then from the oldest.
    fn take_layers(
        &mut self,
        quantity: Decimal,
        wanted: &[Layer],
        rounding: ValueRounding,
    ) -> Result<(Decimal, Vec<Layer>)> {
        let (mut left, mut taken) = (quantity, Vec::new());
        for want in wanted {
            let place = self.layers.binary_search_by_key(&want.of, |one| one.of);
            let there = place.ok().and_then(|place| self.layers.get_mut(place));
            let Some(there) = there.filter(|_| want.of.is_some() && !left.is_zero()) else {
                continue;
            };
            let part = take_part(there, left.min(want.quantity), rounding)?;
            left -= part.quantity;
            taken.push(part);
        }
        if !taken.is_empty() {
            self.layers.retain(|layer| !layer.quantity.is_zero());
        }
        taken.extend(take_first(&mut self.layers, left, rounding)?);
        let cost = taken.iter().try_fold(Decimal::ZERO, |sum, part| add(sum, part.value))?;
        Ok((cost, taken))
    }
}

/// The layers that goods come in with: those they are said to have, if these are all of them.
fn came_in(came: &mut Came, own: MovementKey) -> Vec<Layer> {
    let Came { quantity, value, .. } = *came;
    let sum = |what: fn(&Layer) -> Decimal| came.layers.iter().map(what).sum::<Decimal>();
    let (there, rest) = (sum(|layer| layer.quantity), value - sum(|layer| layer.value));
    if there != quantity {
        came.layers.clear();
    }
    let Some(last) = came.layers.last_mut() else {
        return vec![Layer { quantity, value, of: Some(own) }];
    };
    last.value += rest;
    came.layers.clone()
}

/// Takes so much from the first layers, or all that there is of them.
fn take_first(
    layers: &mut Vec<Layer>,
    quantity: Decimal,
    rounding: ValueRounding,
) -> Result<Vec<Layer>> {
    let (mut left, mut gone, mut taken) = (quantity, 0, Vec::new());
    for layer in layers.iter_mut() {
        if left.is_zero() {
            break;
        }
        let part = take_part(layer, left, rounding)?;
        left -= part.quantity;
        gone += usize::from(layer.quantity.is_zero());
        taken.push(part);
    }
    layers.drain(..gone);
    Ok(taken)
}

/// Takes so much from a layer, or all of it.
fn take_part(layer: &mut Layer, most: Decimal, rounding: ValueRounding) -> Result<Layer> {
    let part = if most < layer.quantity {
        let value = share(layer.value, most, layer.quantity, rounding)?;
        Layer { quantity: most, value, of: layer.of }
    } else {
        layer.clone()
    };
    layer.quantity -= part.quantity;
    layer.value -= part.value;
    Ok(part)
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
