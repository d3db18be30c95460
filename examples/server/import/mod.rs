//! Taking over what another program kept, from files. An import may be broken off and run again, at
//! any later time: what is there already is counted, not written.

pub mod chat;
mod csv;
mod lines;
mod patience;
mod people;
mod source;
pub mod stock;
mod tally;
pub mod tasks;
