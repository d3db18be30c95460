//! The ports: everything outside, as traits that a host can replace.

mod broadcast;
mod clock;
mod events;
mod ids;
mod maintenance;
mod password;
mod pause;
mod store;

pub use broadcast::{Broadcaster, Signal, SignalStream};
pub use clock::{Clock, ManualClock};
pub use events::{EventBatch, EventLog};
pub use ids::{IdGenerator, SeededIds};
pub use maintenance::{Discrepancy, Maintenance};
pub use password::{PasswordError, PasswordHasher};
pub use pause::{ManualPause, Pause};
pub use store::{Store, StoreError, StoreResult};
