//! What handlers take: bodies, queries, path parameters and the caller, with every refusal as a
//! problem that names the field.

mod body;
mod call;
mod caller;
mod path;
mod query;
mod streamed;

pub(super) use body::Body;
pub(super) use call::{Argument, Call};
pub(super) use caller::{Caller, Visit, origin};
pub(super) use path::{Path, PathPair};
pub(super) use query::{Expected, Paging, Query, names};
pub(super) use streamed::Streamed;
