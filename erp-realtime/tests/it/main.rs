//! Tests of live delivery and of the HTTP surface, as a host and a client see them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod http;
mod live;
