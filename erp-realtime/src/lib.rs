//! Live delivery of the ERP engine's events over SSE and WebSocket.
//!
//! A [`hub::Hub`] reads the event log and delivers; [`sse::open`] and [`websocket::upgrade`] are
//! handlers for any server that speaks `http` types. `docs/protocol.md` says what goes over the
//! wire; [`client`] is a client in Rust.

pub mod client;
pub mod frame;
pub mod hub;
pub mod resume;
pub mod sse;
pub mod websocket;

pub use hub::{Hub, HubOptions};
