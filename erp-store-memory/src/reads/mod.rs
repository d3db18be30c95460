//! The reads. What is short is read under the lock; what may be long, from a copy of the root.

mod access;
mod audit;
mod chat;
mod inventory;
mod sessions;
mod stock;
