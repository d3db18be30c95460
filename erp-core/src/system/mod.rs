//! The outside world as it comes: the system's clock and timer, its randomness, and argon2id on threads of
//! its own. The only place in this crate that may touch them; each stands behind a port.

mod argon2id;

use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use uuid::Uuid;

pub use argon2id::Argon2Passwords;

use crate::{
    port::{Clock, IdGenerator, Pause},
    time::{Timestamp, to_micros},
};

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one adapter to the wall clock")]
    fn now(&self) -> Timestamp {
        to_micros(Utc::now())
    }
}

/// Waits for so long.
pub(crate) async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Waits by the runtime's timer: Tokio's, which must be enabled.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemPause;

#[async_trait]
impl Pause for SystemPause {
    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// Ids and secrets from the operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl IdGenerator for SystemIds {
    #[allow(clippy::disallowed_methods, reason = "the one adapter to randomness")]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    #[allow(clippy::disallowed_methods, reason = "the one adapter to randomness")]
    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // It fails only before the kernel has gathered entropy, at boot: wait for that, since a
        // weak secret is never an answer.
        while getrandom::fill(&mut bytes).is_err() {
            std::thread::yield_now();
        }
        bytes
    }
}
