//! Users, sessions, roles, teams and the audit log.

mod audit;
mod authority;
mod devices;
mod gate;
mod input;
mod login;
mod options;
mod passwords;
mod roles;
mod sessions;
mod set_up;
mod teams;
mod throttle;
mod users;

pub(crate) use gate::Gate;

pub use audit::{AuditFilter, AuditView, FieldView};
pub use input::Password;
pub use login::{LoginOutcome, LoginRequest, RequestOrigin};
pub use options::AccessOptions;
pub use passwords::PasswordChange;
pub use roles::{NewRole, RoleUpdate};
pub use sessions::{Authenticated, SessionView};
pub use set_up::NewOwner;
pub use teams::{NewTeam, TeamDetails, TeamUpdate};
pub use users::{Me, NewUser, UserFilter, UserUpdate, UserView};

use crate::engine::Engine;

/// Users, sessions, roles, teams and the audit log.
pub struct AccessService<'a> {
    engine: &'a Engine,
}

impl<'a> AccessService<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        Self { engine }
    }
}
