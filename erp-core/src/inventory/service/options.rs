//! What a host may set.

use crate::{inventory::ValueRounding, money::Rounding, time::tz::Zone};

/// Stock and its value.
#[derive(Clone, Debug)]
pub struct InventoryOptions {
    /// Digits after the point of a value, and how it is rounded: those of the organisation's
    /// currency. They stay once there is stock.
    pub rounding: ValueRounding,
    /// The zone that the organisation's days are days of: what is good until a day has expired when that
    /// day is over there.
    pub zone: Zone,
    /// The most lines of a posting.
    pub max_lines: usize,
    /// The most postings of one call.
    pub max_postings: usize,
    /// The longest history of an item, in movements, that is worked out again for a posting of the
    /// past. The store holds the item's balances meanwhile.
    pub max_replayed: usize,
    /// How much of the past may be worked out again for one caller in a minute, in movements, on each node
    /// . What is refused counts 10,000. The host itself is not limited.
    pub max_replayed_per_minute: usize,
}

impl Default for InventoryOptions {
    fn default() -> Self {
        Self {
            rounding: ValueRounding { scale: 2, mode: Rounding::HalfUp },
            zone: Zone::utc(),
            max_lines: 1_000,
            max_postings: 100,
            max_replayed: 100_000,
            max_replayed_per_minute: 1_000_000,
        }
    }
}
