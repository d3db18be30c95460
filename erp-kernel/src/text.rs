//! Text: its one canonical form at the border, what may stand in it, and the folded key
//! by which it is unique, sorted and found.
//!
//! A text that comes in is brought into its [`Form`] once: NFC, without spaces around it where the form
//! says so, else as it was typed. What compares texts compares their [`key`].

mod form;
mod key;
mod signs;
mod words;

pub use form::{Facts, Form, Further, Lines, Max, Spaces};
pub use key::{KEY_VERSION, key};
pub use signs::{is_assigned, is_bidi_control, is_line_break, is_visible};
pub use words::words;

pub mod forms;
