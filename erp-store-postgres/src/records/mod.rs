//! Records: statements that follow from the description of a kind, written once for all kinds.
//!
//! Names of tables and columns come from descriptions alone, never from a caller.

mod bind;
mod catalogue;
mod read;
mod texts;
mod write;

pub(crate) use catalogue::{compare, create};
pub(crate) use read::{selected, typed};
pub(crate) use texts::refusal;
pub(crate) use write::{apply, bind_folded, folded};
