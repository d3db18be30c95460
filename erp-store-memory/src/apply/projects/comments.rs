//! Changes of comments.

use std::sync::Arc;

use erp_core::{change::Version, port::StoreResult, projects::Comment};

use crate::{
    apply::{next_version, require},
    state::Domain,
};

impl Domain {
    pub(super) fn put_comment(
        &mut self,
        comment: Comment,
        expected: Option<Version>,
    ) -> StoreResult<()> {
        let state = &mut self.projects;
        let old = state.comments.shared(&comment.id);
        let present = old.as_ref().map(|old| old.version);
        let version = next_version("comment", present, expected)?;
        let tasks = &state.project(comment.project)?.tasks;
        require(tasks.contains_key(&comment.task), "task")?;
        let thread = comment.thread.map(|thread| state.comments.get(&thread));
        let known = thread.is_none_or(|it| it.is_some_and(|first| first.task == comment.task));
        require(known, "comment")?;
        require(self.access.users.contains_key(&comment.author), "user")?;
        let state = &mut self.projects;
        if let Some(old) = old {
            state.comments_of.remove(&(old.task, old.created_at, old.id));
        }
        state.comments_of.insert((comment.task, comment.created_at, comment.id));
        state.comments.insert(comment.id, Arc::new(Comment { version, ..comment }));
        Ok(())
    }
}
