//! Decisions about what people say.

use super::super::model::Comment;

/// The comment as a viewer sees it: of a deleted one only that it was there.
#[must_use]
pub fn shown(mut comment: Comment) -> Comment {
    if comment.deleted_at.is_some() {
        comment.body.clear();
    }
    comment
}
