//! Changes of checklists.

use std::sync::Arc;

use erp_core::{change::Version, port::StoreResult, projects::Checklist};

use crate::{
    apply::{fresh, require},
    state::ProjectsState,
};

impl ProjectsState {
    pub(super) fn put_checklist(
        &mut self,
        checklist: Checklist,
        expected: Version,
    ) -> StoreResult<()> {
        let state = self.project(checklist.project)?;
        require(state.tasks.contains_key(&checklist.task), "task")?;
        let present = state.checklists.get(&checklist.task);
        let present = present.map_or(Checklist::UNSET, |it| it.version);
        fresh("checklist", expected, present)?;
        let new = Checklist { version: present.next(), ..checklist };
        state.checklists.insert(new.task, Arc::new(new));
        Ok(())
    }
}
