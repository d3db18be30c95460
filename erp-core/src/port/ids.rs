//! The source of ids and secrets.

use std::sync::atomic::{AtomicU64, Ordering};

pub use erp_kernel::ids::IdGenerator;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// Ids that follow from a seed: the same seed gives the same ids. For tests only, as the secrets
/// can be guessed.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    next: AtomicU64,
}

impl SeededIds {
    /// The ids of this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(1) }
    }

    fn block(&self, kind: u8) -> (u64, [u8; 32]) {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        let mut hash = Sha256::new();
        hash.update([kind]);
        hash.update(self.seed.to_be_bytes());
        hash.update(number.to_be_bytes());
        (number, hash.finalize().into())
    }
}

impl IdGenerator for SeededIds {
    fn uuid(&self) -> Uuid {
        let (number, block) = self.block(0);
        let mut random = [0; 10];
        random.copy_from_slice(&block[..10]);
        // The number takes the place of the milliseconds, so that ids sort as they were made.
        Builder::from_unix_timestamp_millis(number, &random).into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        self.block(1).1
    }
}
