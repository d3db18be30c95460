//! Decisions about files.

use crate::{
    error::{Conflict, Error, Result, Violation},
    forms,
    projects::{Attachment, AttachmentState, PendingFiles, ProjectOptions},
};

/// The longest content type, in bytes.
const MAX_TYPE_BYTES: usize = 127;

/// The name of a file and what it is, as they are kept.
///
/// # Errors
/// Validation errors on `name` unless it is 1 to 255 characters on one line without a path, and on
/// `content_type` unless it is `type/subtype` (RFC 6838, without parameters).
pub fn check_file(name: &str, content_type: &str) -> Result<(String, String)> {
    let (mut name, kind) = (name.to_owned(), content_type.trim().to_ascii_lowercase());
    let mut wrong = Vec::new();
    forms::FILE_NAME.keep("name", &mut name, &mut wrong);
    let token = |text: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !text.is_empty() && text.bytes().all(known)
    };
    let typed = kind.split_once('/').is_some_and(|(main, sub)| token(main) && token(sub));
    if !typed || kind.len() > MAX_TYPE_BYTES {
        wrong.push(Violation::new("content_type", "must be a type like `image/png`"));
    }
    if wrong.is_empty() { Ok((name, kind)) } else { Err(Error::Validation(wrong)) }
}

/// A user may have so much on no task. Uploads that run at once may all have been let in on what was true
/// before them: so it is asked again with the file itself among the others.
///
/// # Errors
/// A conflict when it is more.
pub fn check_pending_files(held: PendingFiles, options: &ProjectOptions) -> Result<()> {
    let (max_files, max_bytes) = (options.max_pending_files, options.max_pending_bytes);
    if held.files > max_files || held.bytes > max_bytes {
        return Err(Conflict::PendingFilesFull { max_files, max_bytes }.into());
    }
    Ok(())
}

/// The attachment may be put onto a task: it is on none yet, and all of it was stored.
///
/// # Errors
/// A precondition error.
pub fn check_attachment_link(attachment: &Attachment) -> Result<()> {
    if attachment.state != AttachmentState::Pending {
        return Err(Error::Precondition("the file is on a task already".into()));
    }
    match attachment.stored {
        Some(_) => Ok(()),
        None => Err(Error::Precondition("the file has not come in whole".into())),
    }
}

/// The attachment may be deleted or restored: it is or was on a task.
///
/// # Errors
/// A precondition error.
pub fn check_on_a_task(attachment: &Attachment) -> Result<()> {
    match attachment.state {
        AttachmentState::Linked | AttachmentState::Deleted => Ok(()),
        AttachmentState::Pending | AttachmentState::Doomed => {
            Err(Error::Precondition("the file is on no task".into()))
        }
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
