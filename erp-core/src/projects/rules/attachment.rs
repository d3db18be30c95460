//! Decisions about files.

use super::project::is_line;
use crate::{
    error::{Error, Result, Violation},
    projects::{Attachment, AttachmentState},
};

/// The longest name of a file, in characters.
const MAX_NAME_CHARS: usize = 255;
/// The longest content type, in bytes.
const MAX_TYPE_BYTES: usize = 127;

/// The name of a file and what it is, as they are kept.
///
/// # Errors
/// Validation errors on `name` unless it is 1 to 255 characters on one line without a path, and on
/// `content_type` unless it is `type/subtype` (RFC 6838, without parameters).
pub fn check_file(name: &str, content_type: &str) -> Result<(String, String)> {
    let (name, kind) = (name.trim(), content_type.trim().to_ascii_lowercase());
    let mut wrong = Vec::new();
    let is_path = name.contains(['/', '\\']) || matches!(name, "." | "..");
    if !is_line(name, MAX_NAME_CHARS) || is_path {
        let message = "must be 1 to 255 characters on one line, without a path";
        wrong.push(Violation::new("name", message));
    }
    let token = |text: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !text.is_empty() && text.bytes().all(known)
    };
    let typed = kind.split_once('/').is_some_and(|(main, sub)| token(main) && token(sub));
    if !typed || kind.len() > MAX_TYPE_BYTES {
        wrong.push(Violation::new("content_type", "must be a type like `image/png`"));
    }
    if wrong.is_empty() { Ok((name.to_owned(), kind)) } else { Err(Error::Validation(wrong)) }
}

/// The attachment may go from its state into this one: from pending onto a task, when all of it was
/// stored; from there it is deleted and comes back; what is not on a task may be swept.
///
/// # Errors
/// A precondition error.
pub fn check_attachment_state(attachment: &Attachment, to: AttachmentState) -> Result<()> {
    use AttachmentState as S;
    let refused = |text: &'static str| Err(Error::Precondition(text.into()));
    match (attachment.state, to) {
        (S::Pending, S::Linked) if attachment.stored.is_none() => {
            refused("the file has not come in whole")
        }
        (S::Pending | S::Deleted, S::Linked | S::Doomed) | (S::Linked, S::Deleted) => Ok(()),
        (S::Doomed, S::Doomed) => Ok(()),
        (S::Linked, S::Linked) => refused("the file is on a task already"),
        _ => refused("the file is not in a state for this"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_name_without_a_path_and_a_type() {
        assert_eq!(
            check_file(" Plan é.PDF ", "Application/PDF"),
            Ok(("Plan é.PDF".to_owned(), "application/pdf".to_owned()))
        );
        let fields = |name: &str, kind: &str| -> Vec<String> {
            match check_file(name, kind) {
                Err(Error::Validation(wrong)) => wrong.into_iter().map(|it| it.field).collect(),
                other => panic!("{other:?}"),
            }
        };
        let long = "x".repeat(256);
        for name in ["", " ", "..", "a/b", "a\\b", "a\nb", "a\0", &long] {
            assert_eq!(fields(name, "a/b"), ["name"], "{name:?}");
        }
        for kind in ["", "png", "/", "a/", "a/b/c", "a/b; charset=x", "a/b\r\nX: y", &long] {
            assert_eq!(fields("a", kind), ["content_type"], "{kind:?}");
        }
        assert_eq!(fields("", ""), ["name", "content_type"]);
    }
}
