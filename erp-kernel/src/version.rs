//! Versions of things that change.

use serde::{Deserialize, Serialize};

/// The version of a mutable thing. It starts at 1 and rises by 1 with every change.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(pub i64);

impl Version {
    /// The version of a new thing.
    pub const FIRST: Self = Self(1);

    /// The version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Whether this is the version that the caller has seen, so that they overwrite nothing that they do
    /// not know. A store checks the same when it writes.
    ///
    /// # Errors
    /// The version of the thing is another one.
    pub fn must_be(self, expected: Self, entity: &'static str) -> Result<(), Stale> {
        if self == expected { Ok(()) } else { Err(Stale { entity, current: self }) }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A thing has another version than the caller has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{entity} was changed by someone else; its version is now {current}")]
pub struct Stale {
    /// The kind of thing.
    pub entity: &'static str,
    /// Its present version.
    pub current: Version,
}
