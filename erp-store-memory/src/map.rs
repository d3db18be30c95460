//! The persistent maps of the store: typed faces over few compiled maps.
//!
//! A map of `imbl` is some ten thousand lines of machine code for every pair of types that it is
//! used with, and the state has some seventy maps. So a key is kept as what it is made of: one, two
//! or three words ([`Key`]), or a text with an id ([`text::TextKey`]); a row as an `Arc<dyn Any>`, or, if
//! it is a word, as that. A face knows the types and keeps the order: words stand in the order of
//! what they are made from.
//!
//! | face | kept as |
//! |---|---|
//! | [`Table`]: rows by id, or by a pair | `OrdMap<Raw, Arc<dyn Any>>` |
//! | [`Index`]: a small value by id, or by a pair | `OrdMap<Raw, u128>` |
//! | [`Set`]: ids, pairs, triples | `OrdSet<Raw>` |
//! | [`Names`]: ids by a text | `OrdMap<Text, u128>` |
//! | [`Texts`]: rows by a text | `OrdMap<Text, Arc<dyn Any>>` |
//!
//! A copy is O(1) and shares all that stays the same. What is hot and large enough to be worth a
//! map of its own (messages, movements, answers) has one in [`crate::state`].

mod index;
mod key;
mod list;
mod row;
mod set;
mod table;
mod text;

pub(crate) use self::{
    index::Index,
    key::{Key, Word},
    list::List,
    set::Set,
    table::Table,
    text::{Names, Texts},
};
