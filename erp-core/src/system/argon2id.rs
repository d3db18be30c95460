//! Passwords hashed with argon2id, on blocking threads, a bounded number at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::phc::PasswordHash as Phc,
};
use async_trait::async_trait;
use tokio::sync::Semaphore;

use crate::{
    access::PasswordHash,
    port::{PasswordError, PasswordHasher},
};

/// Hashes that run at once; each needs [`MEMORY_KIB`].
const MAX_AT_ONCE: usize = 4;
/// Callers that may wait for their turn before the next one is told to come again.
const MAX_WAITING: usize = 64;
/// Memory for one hash: 19 MiB, with two passes and one lane (OWASP's recommendation).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The default [`PasswordHasher`]. It needs a tokio runtime.
#[derive(Clone, Debug)]
pub struct Argon2Passwords {
    argon2: Argon2<'static>,
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    /// Checked when there is no user, so that both cases take the same work.
    decoy: Arc<str>,
}

impl Argon2Passwords {
    /// With argon2id's parameters m = 19 MiB, t = 2, p = 1.
    ///
    /// # Errors
    /// [`PasswordError::Failed`] when argon2 refuses the parameters.
    pub fn new() -> Result<Self, PasswordError> {
        Self::with_params(MEMORY_KIB, PASSES, LANES)
    }

    /// With other parameters: memory in KiB, passes, lanes. Tests use the least to be quick.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_params(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, PasswordError> {
        let params = Params::new(memory_kib, passes, lanes, None).map_err(failed)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = argon2.hash_password(b"no user has this password").map_err(failed)?.to_string();
        Ok(Self {
            argon2,
            running: Arc::new(Semaphore::new(MAX_AT_ONCE)),
            admitted: Arc::new(Semaphore::new(MAX_AT_ONCE + MAX_WAITING)),
            decoy: decoy.into(),
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let admitted =
            self.admitted.clone().try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let running = self.running.clone().acquire_owned().await.map_err(failed)?;
        let argon2 = self.argon2.clone();
        #[allow(clippy::disallowed_methods, reason = "the one adapter to blocking threads")]
        let hashing = tokio::task::spawn_blocking(move || {
            let result = work(&argon2);
            // Held until the work ends, even when the caller has gone away.
            drop((admitted, running));
            result
        });
        hashing.await.map_err(failed)?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Passwords {
    async fn hash(&self, password: &str) -> Result<PasswordHash, PasswordError> {
        let password = password.to_owned();
        self.run(move |argon2| {
            let hash = argon2.hash_password(password.as_bytes()).map_err(failed)?;
            Ok(PasswordHash(hash.to_string()))
        })
        .await
    }

    async fn verify(
        &self,
        password: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, PasswordError> {
        let password = password.to_owned();
        let known = hash.is_some();
        let hash = hash.map_or_else(|| self.decoy.to_string(), |hash| hash.0.clone());
        self.run(move |argon2| {
            let phc = Phc::new(&hash).map_err(failed)?;
            Ok(argon2.verify_password(password.as_bytes(), &phc).is_ok() && known)
        })
        .await
    }
}

fn failed(error: impl std::fmt::Display) -> PasswordError {
    PasswordError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_checked_against_its_hash_alone() {
        let passwords = Argon2Passwords::with_params(8, 1, 1).unwrap();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.0.starts_with("$argon2id$"), "{}", hash.0);
        assert_eq!(passwords.verify("correct horse", Some(&hash)).await, Ok(true));
        assert_eq!(passwords.verify("battery staple", Some(&hash)).await, Ok(false));
        assert_eq!(passwords.verify("no user has this password", None).await, Ok(false));
    }
}
