//! Users, sessions, roles, teams and the audit log.
//!
//! Invariants: there is always an active owner (AUTH-7); nobody grants or gains a right that the
//! granter lacks (AUTH-9); teams never nest in a ring (AUTH-10); of a session's token only the hash
//! is kept (AUTH-5). The graph of states, roles, grants and teams has one version: whoever decides
//! on it commits under a guard of [`Scope::access_graph`](crate::change::Scope).

mod change;
mod event;
mod model;
mod reads;
pub mod rules;
mod service;

pub use change::{AccessChange, RevokedSessions, RoleHolder, UserPatch};
pub use event::{AccessEvent, UserCard};
pub use model::{
    AuditAnchor, BUILT_IN_ROLES, BuiltInRole, DeviceInfo, DeviceToken, Email, KnownDevice,
    LoginFailures, PasswordHash, Role, RoleGrant, Session, SessionToken, Team, TeamMember,
    TeamNesting, TokenHash, User, UserStatus,
};
pub use reads::{
    AccessGraph, AccessReads, AuditQuery, AuditReads, CredentialRow, SessionRow, SessionStore,
    UserQuery,
};
pub use service::*;
