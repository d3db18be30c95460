//! The one place that says yes or no.
//!
//! [`authorize`] looks the action up in [`MATRIX`], a table of alternatives: each names the
//! permission it needs and the condition on the resource. The first alternative that holds grants;
//! [`explain`] names it. When none holds, a viewer who may not read the resource is told that it
//! does not exist (rule X-17).

mod action;
mod matrix;
mod names;
mod permission;
mod permission_set;
mod resource;

pub use action::{Action, OtherAction, UnknownAction};
pub use matrix::{Grant, MATRIX, Row, When};
pub use permission::{HostPermission, Permission, RegisterPermissionError, UnknownPermission};
pub use permission_set::PermissionSet;
pub use resource::Resource;

use crate::{
    ctx::Actor,
    error::{Error, Result},
    ids::UserId,
};

/// The one who acts, with the rights he has at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Who.
    pub actor: Actor,
    /// Whether he is let in at all.
    pub active: bool,
    /// The union of his direct roles and those of his teams.
    pub permissions: PermissionSet,
}

impl Subject {
    /// The host itself.
    pub const SYSTEM: Self =
        Self { actor: Actor::System, active: true, permissions: PermissionSet::EVERY };

    /// An active user with these permissions.
    pub fn user(id: UserId, permissions: PermissionSet) -> Self {
        Self { actor: Actor::User(id), active: true, permissions }
    }

    /// Whether this subject is the user.
    pub fn is(&self, user: UserId) -> bool {
        self.actor == Actor::User(user)
    }

    /// Whether the subject is let in and has the permission.
    pub fn has(&self, permission: Permission) -> bool {
        self.active && self.permissions.contains(permission)
    }
}

/// What the policy decided, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes, by the alternative of this name.
    Granted {
        /// The name of the alternative in [`MATRIX`].
        rule: &'static str,
    },
    /// No.
    Refused {
        /// Why: the name of the rule that refuses.
        rule: &'static str,
        /// Whether even the existence of the resource is hidden.
        hidden: bool,
    },
}

/// Asks the policy, and names the rule that decided.
pub fn explain(subject: &Subject, action: Action, resource: &Resource<'_>) -> Decision {
    if !subject.active {
        return Decision::Refused { rule: "inactive", hidden: true };
    }
    if subject.actor == Actor::System {
        return Decision::Granted { rule: "system" };
    }
    match granting(subject, action, resource) {
        Some(grant) => Decision::Granted { rule: grant.rule },
        None => {
            let readable = match resource.read_action(action) {
                Some(read) if read != action => granting(subject, read, resource).is_some(),
                Some(_) => false,
                None => true,
            };
            Decision::Refused { rule: "no_grant", hidden: !readable }
        }
    }
}

/// Asks the policy.
///
/// # Errors
/// [`Error::Unauthenticated`] for a user who is shut out, [`Error::NotFound`] when he may not read
/// the resource, [`Error::Forbidden`] when he may read it but not do this.
pub fn authorize(subject: &Subject, action: Action, resource: &Resource<'_>) -> Result<()> {
    match explain(subject, action, resource) {
        Decision::Granted { .. } => Ok(()),
        Decision::Refused { .. } if !subject.active => Err(Error::Unauthenticated),
        Decision::Refused { hidden: true, .. } => {
            Err(Error::NotFound { entity: resource.entity() })
        }
        Decision::Refused { .. } => Err(Error::Forbidden { action: action.as_str() }),
    }
}

fn granting(subject: &Subject, action: Action, resource: &Resource<'_>) -> Option<&'static Grant> {
    MATRIX.iter().find(|row| row.action == action)?.grants.iter().find(|grant| {
        subject.permissions.covers(grant.needs) && grant.when.holds(subject, resource)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_row() {
        for action in Action::ALL {
            let rows = MATRIX.iter().filter(|row| row.action == *action).count();
            assert_eq!(rows, 1, "{action}");
        }
    }

    #[test]
    fn an_action_without_a_row_is_refused_whatever_the_rights() {
        let subject = Subject::user(UserId::from_uuid(uuid::Uuid::nil()), PermissionSet::ALL);
        let refused = authorize(&subject, Action::named("robot.dance"), &Resource::Global);
        assert_eq!(refused, Err(Error::Forbidden { action: "robot.dance" }));
    }

    #[test]
    fn x_15_an_inactive_user_may_do_nothing() {
        let id = UserId::from_uuid(uuid::Uuid::from_u128(1));
        let subject = Subject { active: false, ..Subject::user(id, PermissionSet::ALL) };
        for action in Action::ALL {
            let refused = authorize(&subject, *action, &Resource::Global);
            assert_eq!(refused, Err(Error::Unauthenticated), "{action}");
        }
    }
}
