//! Decisions about what people say.

use super::{super::model::Comment, project::text};
use crate::error::{Error, Result, Violation};

/// Checks what a comment says.
///
/// # Errors
/// A validation error on `body` when it is blank, longer than 64 KiB, or has a NUL character.
pub fn check_comment(body: &str) -> Result<()> {
    let mut wrong = Vec::new();
    if text(Some(body.to_owned()), "body", &mut wrong).is_none() {
        wrong.push(Violation::new("body", "must not be blank"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Validation(wrong)) }
}

/// The comment as a viewer sees it: of a deleted one only that it was there.
#[must_use]
pub fn shown(mut comment: Comment) -> Comment {
    if comment.deleted_at.is_some() {
        comment.body.clear();
    }
    comment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_not_blank_not_long_and_has_no_nul() {
        assert_eq!(check_comment("well"), Ok(()));
        for bad in ["", " \n", "a\0b", &"x".repeat(64 * 1024 + 1)] {
            assert!(matches!(check_comment(bad), Err(Error::Validation(_))));
        }
    }
}
