//! Who is online.
//!
//! A live connection holds a lease that its node renews. A user is online while a lease of his is
//! in force; a closed connection's lease runs on for the grace, so a quick reconnect is no event
//! (PRES-3), and a killed node's leases lapse (PRES-4). Nothing can be stuck online (PRES-1).

mod model;
mod service;

pub use model::{Lease, OnlineUser, PresenceEvent, PresenceStore, PresenceTiming};
pub use service::*;
