//! The registry of identifiers.
//!
//! Every id is a newtype over a UUID v7. It prints, and is written in JSON, with the prefix of its
//! kind (`msg_0190f3…`), so that an id of one kind pasted where another belongs is refused.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::port::IdGenerator;

/// A text that is not an id of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} id: expected `{prefix}_` and 32 hexadecimal digits")]
pub struct ParseIdError {
    /// The kind of id that was wanted.
    pub kind: &'static str,
    /// The prefix of that kind.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The prefix that ids of this kind print with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id from the generator.
            pub fn generate(ids: &dyn IdGenerator) -> Self {
                Self(ids.uuid())
            }

            /// The id over this UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID under this id.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl crate::page::CursorKey for $name {}

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut buffer = [0; 32];
                write!(f, "{}_{}", $prefix, self.0.as_simple().encode_lower(&mut buffer))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let error = ParseIdError { kind: stringify!($name), prefix: $prefix };
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or(error)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A person who can act.
    UserId "usr";
    /// A login of a user.
    SessionId "ses";
    /// A named set of permissions.
    RoleId "rol";
    /// A group of users, and of other teams.
    TeamId "tem";
    /// An entry of the audit log.
    AuditId "aud";
    /// A place where messages are exchanged.
    RoomId "rom";
    /// A message in a room.
    MessageId "msg";
    /// A project.
    ProjectId "prj";
    /// A live connection of a client.
    ConnectionId "con";
    /// A process that serves clients.
    NodeId "nod";
    /// A place where stock lies.
    WarehouseId "whs";
    /// A category of items.
    ItemCategoryId "ict";
    /// What stock is of.
    ItemId "itm";
    /// A part of an item's stock that is kept apart.
    LotId "lot";
    /// A stock transaction.
    PostingId "pst";
    /// Stock that is set aside for someone.
    ReservationId "rsv";
    /// A notice that stock went low.
    StockAlertId "sal";
    /// Something to do in a project.
    TaskId "tsk";
    /// Time that was spent on a task.
    TimeEntryId "tim";
    /// What an hour of someone's work costs.
    RateId "rat";
    /// What a project is to have reached by a day.
    MilestoneId "mls";
    /// What someone says about a task.
    CommentId "cmt";
    /// A file on a task.
    AttachmentId "att";
    /// A line of a task's checklist.
    ChecklistItemId "chk";
    /// A category of projects.
    ProjectCategoryId "pct";
    /// A kind of phase that projects go through.
    PhaseDefinitionId "phd";
    /// A phase of a project.
    PhaseId "phs";
    /// What projects are made from.
    ProjectTemplateId "ptl";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_with_its_prefix_and_reads_back() {
        let id = UserId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string(), "usr_01900000000070008000000000000001");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let room = RoomId::from_uuid(Uuid::from_u128(7)).to_string();
        assert!(room.parse::<UserId>().is_err());
        for bad in ["", "usr_", "usr_0", "usr_0190000000007000800000000000000g", "usr-x"] {
            assert!(bad.parse::<UserId>().is_err(), "{bad}");
        }
    }
}
