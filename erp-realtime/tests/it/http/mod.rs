//! The HTTP surface, over a real server on a free port of the loopback interface.

mod access;
mod call;
mod chat;
mod contract;
mod coverage;
mod document;
mod embedding;
mod errors;
mod limits;
mod login;
mod origin;
mod requests;
mod streams;
mod world;
