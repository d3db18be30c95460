//! The HTTP surface, over a real server on a free port of the loopback interface.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod attachments;
mod both_stores;
mod call;
mod chat;
mod contract;
mod cors;
mod coverage;
mod document;
mod embedding;
mod errors;
mod hostile;
mod hostile_texts;
mod limits;
mod login;
mod origin;
mod records;
mod requests;
mod serve;
mod stock;
mod streams;
mod world;
