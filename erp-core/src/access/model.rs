//! What the module keeps.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    change::Version,
    error::Result,
    forms,
    ids::{AuditId, RoleId, SessionId, TeamId, UserId},
    policy::{Permission as P, PermissionSet},
    text,
    time::Timestamp,
};

/// An e-mail address: as it was given, and the normalised form by which it is unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Email {
    text: String,
    key: String,
}

impl Email {
    /// The address in this text, in its form.
    ///
    /// # Errors
    /// A validation error on `email` when it is not an address of at most 254 bytes.
    pub fn new(text: &str) -> Result<Self> {
        Ok(Self::kept(forms::EMAIL.check("email", text)?))
    }

    /// The address that was kept: less may have been asked of one then.
    pub fn kept(text: String) -> Self {
        Self { key: text::key(&text), text }
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The folded form by which addresses are compared.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl From<String> for Email {
    /// As [`Email::kept`].
    fn from(text: String) -> Self {
        Self::kept(text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.text
    }
}

/// Whether a user is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// Let in.
    Active,
    /// Shut out; may be let in again. History keeps the name.
    Deactivated,
    /// Deleted softly: hidden from lists, the address is free for another. May be restored.
    Deleted,
}

impl UserStatus {
    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deactivated => "deactivated",
            Self::Deleted => "deleted",
        }
    }
}

/// A person who can act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// His id.
    pub id: UserId,
    /// His address.
    pub email: Email,
    /// The name that others see.
    pub display_name: String,
    /// Whether he is let in.
    pub status: UserStatus,
    /// Rises with every change of the fields above.
    pub version: Version,
    /// When he was created.
    pub created_at: Timestamp,
    /// When he was last changed.
    pub updated_at: Timestamp,
}

/// A password's hash in PHC string format. It shows nothing of itself in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// The SHA-256 of a session token: what a store keeps of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenHash(pub [u8; 32]);

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// A session's secret, 256 random bits as base64url. It is shown once, in the answer to the login,
/// and shows nothing of itself in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// The token over these random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        use base64::Engine as _;
        Self(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The token that a client sent.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What a store keeps.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// A device's secret, 256 random bits as base64url. It is shown once, in the answer to the first login
/// from there, and shows nothing of itself in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceToken(SessionToken);

impl DeviceToken {
    /// The token over these random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(SessionToken::from_random(bytes))
    }

    /// The token that a client sent.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(SessionToken::from_text(text))
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What a store keeps.
    pub fn hash(&self) -> TokenHash {
        self.0.hash()
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken(…)")
    }
}

/// A device that a user has logged in from. With its token and the right password the user gets in at
/// once, whatever strangers try (AUTH-16); alone it opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// The hash of its token.
    pub token: TokenHash,
    /// Whose.
    pub user: UserId,
    /// The session of the last login from there, which the next one ends (AUTH-19).
    pub session: SessionId,
    /// When it became known.
    pub created_at: Timestamp,
    /// When the user last logged in from there.
    pub last_used_at: Timestamp,
    /// When it is forgotten unless the user logs in from there before.
    pub expires_at: Timestamp,
}

/// What a login says of the device it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// A name for the device, at most 200 bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The client's user agent, at most 500 bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_agent: Option<String>,
}

/// A login of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The device.
    pub device: DeviceInfo,
    /// The address it came from, truncated.
    pub ip: Option<IpAddr>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to within the touch interval.
    pub last_used_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
}

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name, unique without regard to case.
    pub name: String,
    /// What it permits.
    pub permissions: PermissionSet,
    /// Whether it came with the engine: such a role cannot be changed or deleted.
    pub built_in: bool,
    /// Rises with every change.
    pub version: Version,
}

/// A role that comes with the engine.
#[derive(Clone, Copy, Debug)]
pub struct BuiltInRole {
    /// Its id, the same in every organisation.
    pub id: RoleId,
    /// Its name.
    pub name: &'static str,
    /// What it permits.
    pub permissions: PermissionSet,
}

impl BuiltInRole {
    /// All rights. The organisation always keeps an active holder of it.
    pub const OWNER: Self = Self::new(1, "owner", PermissionSet::ALL);
    /// All rights but those of an owner.
    pub const ADMIN: Self =
        Self::new(2, "admin", PermissionSet::ALL.without(PermissionSet::of(&[P::OrganisationOwn])));
    /// Someone who works here.
    pub const MEMBER: Self = Self::new(
        3,
        "member",
        PermissionSet::of(&[
            P::UsersRead,
            P::TeamsRead,
            P::ChatUse,
            P::ChatCreateRooms,
            P::ChatChannels,
            P::InventoryRead,
            P::InventoryPost,
            P::ProjectsUse,
            P::ProjectsCreate,
        ]),
    );
    /// Someone from outside: only the rooms and projects that he is put into.
    pub const GUEST: Self = Self::new(4, "guest", PermissionSet::of(&[P::ChatUse, P::ProjectsUse]));

    const fn new(number: u128, name: &'static str, permissions: PermissionSet) -> Self {
        // Version 8 (custom) UUIDs: fixed, and outside the range of generated ids.
        let id = Uuid::from_u128(0x8000_8000_0000_0000_0000 | number);
        Self { id: RoleId::from_uuid(id), name, permissions }
    }

    /// The role as a store keeps it.
    pub fn role(&self) -> Role {
        Role {
            id: self.id,
            name: self.name.to_owned(),
            permissions: self.permissions,
            built_in: true,
            version: Version::FIRST,
        }
    }
}

/// The roles that come with the engine; every store has them from the start.
pub const BUILT_IN_ROLES: &[BuiltInRole] =
    &[BuiltInRole::OWNER, BuiltInRole::ADMIN, BuiltInRole::MEMBER, BuiltInRole::GUEST];

/// A role that a user or a team has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGrant {
    /// Who has it.
    pub holder: super::RoleHolder,
    /// Which role.
    pub role: RoleId,
}

/// A group of users, and of other teams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name, unique without regard to case.
    pub name: String,
    /// Rises with every change of its name.
    pub version: Version,
    /// When it was created.
    pub created_at: Timestamp,
}

/// That a user is in a team; directly, or through a team within it (AUTH-11: separate facts).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TeamMember {
    /// The team.
    pub team: TeamId,
    /// The user.
    pub user: UserId,
    /// Whether he was put into this very team.
    pub direct: bool,
    /// Whether he is in a team nested in this one.
    pub inherited: bool,
}

/// That a team is in a team: the members of the child are members of the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TeamNesting {
    /// The outer team.
    pub parent: TeamId,
    /// The inner team.
    pub child: TeamId,
}

/// Failed logins under one key, such as an address with the household they came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoginFailures {
    /// How many in a row.
    pub count: u32,
    /// When the last one was.
    pub last_at: Option<Timestamp>,
}

/// What stays of a period of the audit log after retention has dropped it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditAnchor {
    /// The month that was dropped, its first instant in UTC.
    pub period: Timestamp,
    /// How many entries it had.
    pub entries: i64,
    /// SHA-256, in hexadecimal, over the anchor before and the period's entry ids in order.
    pub digest: String,
}

impl AuditAnchor {
    /// The digest of a period with these entries, in order of (time, id): over the text of the
    /// digest before, if there is one, and the 16 bytes of each id.
    pub fn digest_of(
        previous: Option<&Self>,
        entries: impl IntoIterator<Item = AuditId>,
    ) -> String {
        let mut hash = Sha256::new();
        if let Some(previous) = previous {
            hash.update(previous.digest.as_bytes());
        }
        for id in entries {
            hash.update(id.uuid().as_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
