//! Keys as words.

use chrono::{DateTime, Datelike, NaiveDate};
use erp_core::{
    access::TokenHash,
    chat::{DirectPair, Seq},
    ids::{
        AttachmentId, AuditId, CommentId, ConnectionId, ItemCategoryId, ItemId, LotId, MessageId,
        MilestoneId, PhaseDefinitionId, PhaseId, PostingId, ProjectCategoryId, ProjectId,
        ProjectTemplateId, RateId, ReservationId, RoleId, RoomId, SessionId, StockAlertId, TaskId,
        TeamId, TimeEntryId, UserId, WarehouseId,
    },
    money::Decimal,
    time::Timestamp,
};
use uuid::Uuid;

/// What a word can hold, without loss.
pub(crate) trait Bits: Copy {
    fn bits(self) -> u128;

    /// The value of these bits, which [`Bits::bits`] has made.
    fn of_bits(bits: u128) -> Self;
}

/// What has the order of its bits, so that a key can be made of it.
pub(crate) trait Word: Bits {}

/// What is kept as words in the order of their bits.
pub(crate) trait Key {
    type Raw: Copy + Ord + 'static;

    fn raw(&self) -> Self::Raw;

    fn of_raw(raw: Self::Raw) -> Self;
}

impl<A: Word> Key for A {
    type Raw = u128;

    fn raw(&self) -> Self::Raw {
        self.bits()
    }

    fn of_raw(raw: Self::Raw) -> Self {
        A::of_bits(raw)
    }
}

impl<A: Word, B: Word> Key for (A, B) {
    type Raw = (u128, u128);

    fn raw(&self) -> Self::Raw {
        (self.0.bits(), self.1.bits())
    }

    fn of_raw((a, b): Self::Raw) -> Self {
        (A::of_bits(a), B::of_bits(b))
    }
}

impl<A: Word, B: Word, C: Word> Key for (A, B, C) {
    type Raw = (u128, u128, u128);

    fn raw(&self) -> Self::Raw {
        (self.0.bits(), self.1.bits(), self.2.bits())
    }

    fn of_raw((a, b, c): Self::Raw) -> Self {
        (A::of_bits(a), B::of_bits(b), C::of_bits(c))
    }
}

macro_rules! ids {
    ($($id:ident)*) => {$(
        impl Bits for $id {
            fn bits(self) -> u128 {
                self.uuid().as_u128()
            }

            fn of_bits(bits: u128) -> Self {
                Self::from_uuid(Uuid::from_u128(bits))
            }
        }

        impl Word for $id {}
    )*};
}

ids! {
    AttachmentId AuditId CommentId ConnectionId ItemCategoryId ItemId LotId MessageId MilestoneId
    PhaseDefinitionId PhaseId PostingId ProjectCategoryId ProjectId ProjectTemplateId RateId
    ReservationId RoleId RoomId SessionId StockAlertId TaskId TeamId TimeEntryId UserId WarehouseId
}

impl Bits for Uuid {
    fn bits(self) -> u128 {
        self.as_u128()
    }

    fn of_bits(bits: u128) -> Self {
        Self::from_u128(bits)
    }
}

impl Word for Uuid {}

impl Bits for i64 {
    fn bits(self) -> u128 {
        (i128::from(self) - i128::from(i64::MIN)).cast_unsigned()
    }

    fn of_bits(bits: u128) -> Self {
        i64::try_from(bits.cast_signed().saturating_add(i128::from(i64::MIN))).unwrap_or(i64::MAX)
    }
}

impl Word for i64 {}

impl Bits for Seq {
    fn bits(self) -> u128 {
        self.0.bits()
    }

    fn of_bits(bits: u128) -> Self {
        Self(i64::of_bits(bits))
    }
}

impl Word for Seq {}

/// The seconds before the nanoseconds.
impl Bits for Timestamp {
    fn bits(self) -> u128 {
        self.timestamp().bits() << 32 | u128::from(self.timestamp_subsec_nanos())
    }

    fn of_bits(bits: u128) -> Self {
        let nanos = u32::try_from(bits & u128::from(u32::MAX)).unwrap_or_default();
        DateTime::from_timestamp(i64::of_bits(bits >> 32), nanos).unwrap_or_default()
    }
}

impl Word for Timestamp {}

impl Bits for NaiveDate {
    fn bits(self) -> u128 {
        i64::from(self.num_days_from_ce()).bits()
    }

    fn of_bits(bits: u128) -> Self {
        let day = i32::try_from(i64::of_bits(bits)).ok();
        day.and_then(Self::from_num_days_from_ce_opt).unwrap_or_default()
    }
}

impl Word for NaiveDate {}

/// Not in their order: numbers are values, never keys.
impl Bits for Decimal {
    fn bits(self) -> u128 {
        u128::from_be_bytes(self.serialize())
    }

    fn of_bits(bits: u128) -> Self {
        Self::deserialize(bits.to_be_bytes())
    }
}

impl Key for DirectPair {
    type Raw = (u128, u128);

    fn raw(&self) -> Self::Raw {
        self.users().raw()
    }

    fn of_raw(raw: Self::Raw) -> Self {
        let (one, other) = Key::of_raw(raw);
        Self::new(one, other)
    }
}

impl Key for TokenHash {
    type Raw = (u128, u128);

    fn raw(&self) -> Self::Raw {
        let mut halves = self
            .0
            .chunks_exact(16)
            .map(|half| half.iter().fold(0, |bits: u128, byte| bits << 8 | u128::from(*byte)));
        (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
    }

    fn of_raw((first, last): Self::Raw) -> Self {
        let mut hash = [0; 32];
        let bytes = first.to_be_bytes().into_iter().chain(last.to_be_bytes());
        hash.iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
        Self(hash)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    /// These, in order, have their order as bits, and come back from them.
    fn keep<K: Key<Raw: Debug> + Ord + Debug>(ordered: &[K]) {
        assert!(ordered.is_sorted());
        let raw: Vec<_> = ordered.iter().map(Key::raw).collect();
        assert!(raw.is_sorted_by(|one, next| one < next), "{ordered:?} as {raw:?}");
        for (key, raw) in ordered.iter().zip(raw) {
            assert_eq!(&K::of_raw(raw), key);
        }
    }

    #[test]
    fn keys_keep_their_value_and_their_order_as_words() {
        let id = |n| ItemId::from_uuid(Uuid::from_u128(n));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        keep(&[id(0), id(1), id(256), id(u128::MAX)]);
        keep(&[i64::MIN, -1, 0, 1, i64::MAX]);
        keep(&[Seq(-7), Seq(0), Seq(7)]);
        keep(&[
            Timestamp::MIN_UTC,
            at("0001-01-01T00:00:00Z"),
            at("1969-12-31T23:59:59.999999Z"),
            at("1970-01-01T00:00:00Z"),
            at("2024-03-01T00:00:00.000001Z"),
            at("2024-03-01T00:00:01Z"),
            at("9999-12-31T23:59:59.999999Z"),
            Timestamp::MAX_UTC,
        ]);
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        keep(&[NaiveDate::MIN, day("1969-12-31"), day("2024-02-29"), NaiveDate::MAX]);
        keep(&[(id(1), id(9)), (id(2), id(1)), (id(2), id(2))]);
        keep(&[(at("1970-01-01T00:00:00Z"), id(9)), (at("1970-01-01T00:00:01Z"), id(1))]);
        keep(&[(-1, id(9), id(9)), (0, id(1), id(9)), (0, id(2), id(0)), (0, id(2), id(1))]);
        let mut tokens = [TokenHash([0; 32]); 3];
        (tokens[1].0[31], tokens[2].0[0]) = (1, 1);
        keep(&tokens);
        let user = |n| UserId::from_uuid(Uuid::from_u128(n));
        keep(&[DirectPair::new(user(1), user(1)), DirectPair::new(user(2), user(1))]);
    }

    #[test]
    fn numbers_come_back_as_they_were_written() {
        for text in ["0", "-0.10", "1.000000", "79228162514264337593543950335"] {
            let number: Decimal = text.parse().unwrap();
            assert_eq!(Decimal::of_bits(number.bits()).to_string(), text);
        }
    }
}
