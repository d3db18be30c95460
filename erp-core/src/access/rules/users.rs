//! Which states a user may go to from which.

use crate::{
    access::UserStatus::{self, Active, Deactivated, Deleted},
    error::{Error, Result},
};

/// The transitions, as data: from, to.
pub const TRANSITIONS: &[(UserStatus, UserStatus)] = &[
    (Active, Deactivated),
    (Deactivated, Active),
    (Active, Deleted),
    (Deactivated, Deleted),
    (Deleted, Active),
];

/// A user's way into a state. Restoring and reactivating lead to the same state from different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Shut out.
    Deactivate,
    /// Let in again.
    Reactivate,
    /// Delete softly.
    Delete,
    /// Take back the deletion.
    Restore,
}

impl Transition {
    /// The state that it leads to.
    pub const fn target(self) -> UserStatus {
        match self {
            Self::Deactivate => Deactivated,
            Self::Reactivate | Self::Restore => Active,
            Self::Delete => Deleted,
        }
    }

    /// The state to write; none when the user is in it already.
    ///
    /// # Errors
    /// A precondition error when the table has no such transition, and for reactivating a deleted
    /// user or restoring one who is not.
    pub fn applied_to(self, status: UserStatus) -> Result<Option<UserStatus>> {
        let target = self.target();
        if status == target {
            return Ok(None);
        }
        let fits = match self {
            Self::Restore => status == Deleted,
            Self::Reactivate => status == Deactivated,
            Self::Deactivate | Self::Delete => true,
        };
        if fits && TRANSITIONS.contains(&(status, target)) {
            Ok(Some(target))
        } else {
            Err(Error::Precondition(format!("the user is {}", status.as_str()).into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_12_only_the_tables_transitions_are_taken() {
        use Transition::{Deactivate, Delete, Reactivate, Restore};
        for (transition, from, expected) in [
            (Deactivate, Active, Some(Some(Deactivated))),
            (Deactivate, Deactivated, Some(None)),
            (Deactivate, Deleted, None),
            (Reactivate, Active, Some(None)),
            (Reactivate, Deactivated, Some(Some(Active))),
            (Reactivate, Deleted, None),
            (Delete, Active, Some(Some(Deleted))),
            (Delete, Deactivated, Some(Some(Deleted))),
            (Delete, Deleted, Some(None)),
            (Restore, Active, Some(None)),
            (Restore, Deactivated, None),
            (Restore, Deleted, Some(Some(Active))),
        ] {
            assert_eq!(transition.applied_to(from).ok(), expected, "{transition:?} from {from:?}");
        }
    }
}
