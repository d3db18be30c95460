//! Changes of projects and their members.

use erp_core::{
    change::{Change, Guard, NewEvent, Scope, Version},
    ids::{ProjectId, TaskId, UserId},
    projects::{
        Project, ProjectChange as C, ProjectDetails, ProjectEvent, ProjectRole, ProjectStatus, Task,
    },
};

use super::{generate::Generator, model::Model};

impl Generator {
    pub(super) fn project_change(&mut self, model: &Model) -> C {
        match self.random.below(50) {
            _ if model.projects.len() < 2 => self.create_project(model),
            0 => self.create_project(model),
            1 => self.update_project(model),
            2 => {
                let (id, expected) = self.project_seen(model);
                let deleted_at = self.random.percent(40).then_some(self.now);
                C::SetProjectDeleted { id, expected, deleted_at }
            }
            3..6 => {
                let (project, user) = (self.project_id(model), self.user_id(model));
                let role = *self.random.pick(ProjectRole::ALL);
                C::PutMember { project, user, role, at: self.now }
            }
            6 => self.remove_member_of(model),
            7..12 => self.put_time(model),
            12..15 => self.put_comment(model),
            15..27 => self.task_change(model),
            _ if model.tasks.is_empty() => self.task_change(model),
            27..31 => self.plan_change(model),
            31..39 => self.phase_change(model),
            _ => self.task_part_change(model),
        }
    }

    /// The event of a change that has one with a number to be filled in.
    pub(super) fn project_event(&self, change: &Change, index: usize) -> Option<NewEvent> {
        let Change::Projects(C::CreateTask(task)) = change else { return None };
        let event = ProjectEvent::TaskCreated(task.clone());
        let audience = [erp_core::change::Audience::Project(task.project)];
        Some(NewEvent::new(event, audience).filled_by(index))
    }

    /// A guard of one of the versions that projects have.
    pub(super) fn project_guard(&mut self, model: &Model) -> Option<Guard> {
        if model.projects.is_empty() || !self.random.percent(14) {
            return None;
        }
        let Project { id: project, roster, graph, phases, .. } = *self.random.pick(&model.projects);
        let project = if self.rarely() { ProjectId::generate(&self.ids) } else { project };
        Some(match self.random.below(5) {
            0 => Guard::Held(Scope::project_roster(project), self.expected(roster)),
            1 => Guard::Held(Scope::task_graph(project), self.expected(graph)),
            2 => Guard::Held(Scope::phases(project), self.expected(phases)),
            3 if !model.tasks.is_empty() => {
                let Task { id: task, project, version, .. } =
                    self.random.pick(&model.tasks).clone();
                Guard::Held(Scope::task(project, task), self.expected(version))
            }
            _ => {
                let user = self.user_id(model);
                Guard::Held(Scope::timesheet(user), self.expected(model.timesheet_version(user)))
            }
        })
    }

    pub(super) fn project_id(&mut self, model: &Model) -> ProjectId {
        if self.rarely() {
            return ProjectId::generate(&self.ids);
        }
        self.random.pick(&model.projects).id
    }

    fn project_seen(&mut self, model: &Model) -> (ProjectId, Version) {
        let id = self.project_id(model);
        let present = model.project(id).map_or(Version::FIRST, |project| project.version);
        (id, self.expected(present))
    }

    /// A task of the project, deleted or not; rarely none of it.
    pub(super) fn task_of(&mut self, model: &Model, project: ProjectId) -> TaskId {
        let tasks: Vec<TaskId> =
            model.tasks.iter().filter(|task| task.project == project).map(|task| task.id).collect();
        if tasks.is_empty() || self.rarely() {
            return TaskId::generate(&self.ids);
        }
        *self.random.pick(&tasks)
    }

    fn create_project(&mut self, model: &Model) -> C {
        let mut id = ProjectId::generate(&self.ids);
        if self.rarely() && !model.projects.is_empty() {
            id = self.random.pick(&model.projects).id;
        }
        let mut members: Vec<UserId> = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            members.push(self.user_id(model));
        }
        members.sort_unstable();
        members.dedup();
        let members = members.into_iter().map(|user| (user, *self.random.pick(ProjectRole::ALL)));
        let members = members.collect();
        let created_by = self.random.percent(30).then(|| self.user_id(model));
        let code = format!("P{}", self.random.below(12));
        let project = Project {
            id,
            code,
            details: self.project_details(model),
            status: *self.random.pick(ProjectStatus::ALL),
            member_count: 0,
            last_task: 0,
            roster: Version::FIRST,
            graph: Version::FIRST,
            phases: Version::FIRST,
            version: Version::FIRST,
            created_by,
            created_at: self.now,
            updated_at: self.now,
            deleted_at: None,
        };
        C::CreateProject { project: Box::new(project), members }
    }

    fn project_details(&mut self, model: &Model) -> ProjectDetails {
        let name = format!("Größe {}", self.random.below(9));
        let description = self.random.percent(50).then(|| "more\nof it".to_owned());
        let (start_on, due_on) = (self.day(0), self.day(40));
        let (budget, category) =
            (self.random.percent(30).then(|| self.money()), self.category_id(model));
        let details = ProjectDetails::named(name);
        ProjectDetails { description, start_on, due_on, budget, category, ..details }
    }

    fn update_project(&mut self, model: &Model) -> C {
        let (id, expected) = self.project_seen(model);
        let details = Box::new(self.project_details(model));
        let status = *self.random.pick(ProjectStatus::ALL);
        C::UpdateProject { id, expected, details, status, at: self.now }
    }
    /// Takes someone out, mostly one who is in it; what he watches goes with him.
    fn remove_member_of(&mut self, model: &Model) -> C {
        if !model.watchers.is_empty() && self.random.percent(60) {
            let (project, watcher) = *self.random.pick(&model.watchers);
            return C::RemoveMember { project, user: watcher.user };
        }
        if !model.project_members.is_empty() && self.random.percent(70) {
            let member = self.random.pick(&model.project_members);
            return C::RemoveMember { project: member.project, user: member.user };
        }
        let (project, user) = (self.project_id(model), self.user_id(model));
        C::RemoveMember { project, user }
    }
}
