//! Tests of live delivery, as a host and a client see it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod live;
mod protocol;
