//! Identifiers: newtypes over a UUID v7, declared by [`ids!`](crate::ids!).

pub use serde;
pub use uuid::Uuid;

/// Makes ids and secrets. The domain has no other source of randomness (rule X-1).
pub trait IdGenerator: Send + Sync + 'static {
    /// A UUID v7 that was never returned before.
    fn uuid(&self) -> Uuid;

    /// 32 bytes that nobody can guess.
    fn secret(&self) -> [u8; 32];
}

/// A text that is not an id of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} id: expected `{prefix}_` and 32 hexadecimal digits")]
pub struct ParseIdError {
    /// The kind of id that was wanted.
    pub kind: &'static str,
    /// The prefix of that kind.
    pub prefix: &'static str,
}

/// The text of an id: the prefix of its kind, and 32 hexadecimal digits.
pub fn text(prefix: &str, id: Uuid) -> String {
    let mut buffer = [0; 32];
    format!("{prefix}_{}", id.as_simple().encode_lower(&mut buffer))
}

/// The id that a text with this prefix tells.
pub fn parse(text: &str, prefix: &str) -> Option<Uuid> {
    let hex = text.strip_prefix(prefix)?.strip_prefix('_')?;
    if hex.len() == 32 { Uuid::try_parse(hex).ok() } else { None }
}

/// A kind of ids.
pub trait Id: Copy + Eq + std::fmt::Display + std::fmt::Debug + Send + Sync + 'static {
    /// The prefix that ids of this kind print with.
    const PREFIX: &'static str;

    /// The id over this UUID.
    fn from_uuid(uuid: Uuid) -> Self;

    /// The UUID under this id.
    fn uuid(self) -> Uuid;
}

/// Declares kinds of ids: newtypes over a UUID v7 that print, and are written in JSON, with a prefix.
///
/// ```
/// erp_kernel::ids! {
///     /// A supplier's id.
///     SupplierId "sup";
/// }
/// let id = SupplierId::from_uuid(uuid::Uuid::nil());
/// assert_eq!(id.to_string(), "sup_00000000000000000000000000000000");
/// assert_eq!(id.to_string().parse(), Ok(id));
/// ```
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::ids::Uuid);

        impl $name {
            /// The prefix that ids of this kind print with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id from the generator.
            pub fn generate(ids: &dyn $crate::ids::IdGenerator) -> Self {
                Self(ids.uuid())
            }

            /// The id over this UUID.
            pub const fn from_uuid(uuid: $crate::ids::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID under this id.
            pub const fn uuid(self) -> $crate::ids::Uuid {
                self.0
            }
        }

        impl $crate::cursor::CursorKey for $name {}

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let mut buffer = [0; 32];
                write!(f, "{}_{}", $prefix, self.0.as_simple().encode_lower(&mut buffer))
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::ids::ParseIdError;

            fn from_str(text: &str) -> ::std::result::Result<Self, $crate::ids::ParseIdError> {
                let error = $crate::ids::ParseIdError { kind: stringify!($name), prefix: $prefix };
                $crate::ids::parse(text, $prefix).map(Self).ok_or(error)
            }
        }

        impl $crate::ids::Id for $name {
            const PREFIX: &'static str = $prefix;

            fn from_uuid(uuid: $crate::ids::Uuid) -> Self {
                Self(uuid)
            }

            fn uuid(self) -> $crate::ids::Uuid {
                self.0
            }
        }

        impl $crate::FieldType for $name {
            const TYPE: $crate::Type = $crate::Type::Id { prefix: $prefix };

            fn to_value(&self) -> $crate::Value {
                $crate::Value::Id(self.0)
            }

            fn from_value(value: &$crate::Value) -> ::std::option::Option<Self> {
                value.as_id().map(Self)
            }
        }

        impl $crate::ids::serde::Serialize for $name {
            fn serialize<S: $crate::ids::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> $crate::ids::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::ids::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as $crate::ids::serde::Deserialize<'de>>::deserialize(deserializer)?;
                text.parse().map_err($crate::ids::serde::de::Error::custom)
            }
        }
    )*};
}
