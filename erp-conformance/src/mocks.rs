//! Mocks of the small ports, for a host's tests of what happens when one of them fails. A store is
//! better faked by a whole one in memory.
//!
//! ```
//! use erp_conformance::mocks::MockPasswordHasher;
//! use erp_core::port::PasswordError;
//!
//! let mut passwords = MockPasswordHasher::new();
//! passwords.expect_hash().returning(|_| Err(PasswordError::Busy));
//! ```

#![allow(missing_docs, reason = "mockall writes them")]

use async_trait::async_trait;
use erp_core::{
    access::PasswordHash,
    port::{
        Broadcaster, Clock, IdGenerator, PasswordError, PasswordHasher, Signal, SignalStream,
        StoreResult,
    },
    time::Timestamp,
};
use uuid::Uuid;

mockall::mock! {
    /// A clock that shows what it is told to.
    #[derive(Debug)]
    pub Clock {}

    impl Clock for Clock {
        fn now(&self) -> Timestamp;
    }
}

mockall::mock! {
    /// A source of ids and secrets that gives what it is told to.
    #[derive(Debug)]
    pub IdGenerator {}

    impl IdGenerator for IdGenerator {
        fn uuid(&self) -> Uuid;
        fn secret(&self) -> [u8; 32];
    }
}

mockall::mock! {
    /// A password hasher that answers what it is told to.
    #[derive(Debug)]
    pub PasswordHasher {
        pub fn hash(&self, password: String) -> Result<PasswordHash, PasswordError>;
        pub fn verify(
            &self,
            password: String,
            hash: Option<PasswordHash>,
        ) -> Result<bool, PasswordError>;
    }
}

// By hand, as mockall cannot mock an optional reference in an async method.
#[async_trait]
impl PasswordHasher for MockPasswordHasher {
    async fn hash(&self, password: &str) -> Result<PasswordHash, PasswordError> {
        Self::hash(self, password.to_owned())
    }

    async fn verify(
        &self,
        password: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, PasswordError> {
        Self::verify(self, password.to_owned(), hash.cloned())
    }
}

mockall::mock! {
    /// A broadcaster that answers what it is told to.
    #[derive(Debug)]
    pub Broadcaster {}

    #[async_trait]
    impl Broadcaster for Broadcaster {
        async fn publish(&self, signal: Signal) -> StoreResult<()>;
        async fn subscribe(&self) -> StoreResult<SignalStream>;
    }
}
