//! Password hashing.

use async_trait::async_trait;

use crate::access::PasswordHash;

/// Why a password could not be hashed or checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many passwords are being hashed at this moment.
    #[error("too many logins at once")]
    Busy,
    /// The stored hash cannot be read, or hashing failed.
    #[error("password hashing failed: {0}")]
    Failed(String),
}

/// Hashes passwords and checks them. Neither may block the caller's thread.
#[async_trait]
pub trait PasswordHasher: Send + Sync + 'static {
    /// The hash of this password, with a salt of its own.
    async fn hash(&self, password: &str) -> Result<PasswordHash, PasswordError>;

    /// Whether the password is the hash's. Without a hash (no such user) it does the same work and
    /// answers no.
    async fn verify(
        &self,
        password: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, PasswordError>;

    /// The same for someone who is known already, by a session or a device: where there is a queue,
    /// strangers do not stand before him in it (AUTH-16).
    async fn verify_known(
        &self,
        password: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, PasswordError> {
        self.verify(password, hash).await
    }

    /// Whether this hash is as a new one would be. One that is not is renewed at the next login
    /// (AUTH-18).
    fn is_current(&self, _: &PasswordHash) -> bool {
        true
    }
}
