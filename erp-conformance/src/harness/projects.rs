//! Projects and their members of a case.

use erp_core::{
    change::Version,
    ids::{ProjectId, TaskId, TimeEntryId, UserId},
    projects::{
        Dependency, DependencyKind, Milestone, Project, ProjectChange, ProjectDetails,
        ProjectMember, ProjectRole, ProjectStatus, Task, TaskCode, TaskDetails, TaskGraph,
        TaskStatus, TimeEntry,
    },
    record::{Name, Stored},
};

use super::Harness;

impl Harness {
    /// A new project's value. Nothing is written.
    pub fn new_project(&self, code: &str) -> Project {
        Project {
            id: ProjectId::generate(&*self.ids),
            code: code.to_owned(),
            details: ProjectDetails::named(format!("project {code}")),
            status: ProjectStatus::Active,
            member_count: 0,
            last_task: 0,
            roster: Version::FIRST,
            graph: Version::FIRST,
            phases: Version::FIRST,
            version: Version::FIRST,
            created_by: None,
            created_at: self.now(),
            updated_at: self.now(),
            deleted_at: None,
        }
    }

    /// Writes a project with these members: the first owns it, the others are members. Returns it
    /// as the store has it.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn project(&self, code: &str, members: &[UserId]) -> Project {
        let project = self.new_project(code);
        let id = project.id;
        let role = |n| if n == 0 { ProjectRole::Owner } else { ProjectRole::Member };
        let members = members.iter().enumerate().map(|(n, user)| (*user, role(n))).collect();
        self.commit(ProjectChange::CreateProject { project: Box::new(project), members }).await;
        self.read_project(id).await
    }

    /// The project as the store has it.
    ///
    /// # Panics
    /// When there is no such project.
    pub async fn read_project(&self, id: ProjectId) -> Project {
        self.store.projects().project(id).await.expect("a read").expect("the project exists")
    }

    /// The membership as the store has it, if there is one.
    ///
    /// # Panics
    /// When the store cannot read, or there is no such project.
    pub async fn project_member(&self, project: ProjectId, user: UserId) -> Option<ProjectMember> {
        let access = self.store.projects().access(project, user).await.expect("a read");
        access.expect("the project exists").member
    }

    /// A new task's value. Nothing is written.
    pub fn new_task(&self, project: ProjectId, title: &str) -> Task {
        Task {
            id: TaskId::generate(&*self.ids),
            project,
            code: TaskCode { prefix: "TASK".to_owned(), number: 0 },
            details: TaskDetails::titled(title),
            status: TaskStatus::Todo,
            parent: None,
            milestone: None,
            phase: None,
            completed_at: None,
            created_by: None,
            created_at: self.now(),
            updated_at: self.now(),
            deleted_at: None,
            deleted_with: None,
            version: Version::FIRST,
        }
    }

    /// Writes so many tasks of a project in one set; returns their ids in order.
    ///
    /// # Panics
    /// When the store refuses them.
    pub async fn tasks(&self, project: ProjectId, count: usize) -> Vec<TaskId> {
        let tasks: Vec<Task> =
            (0..count).map(|n| self.new_task(project, &format!("task {n}"))).collect();
        let ids = tasks.iter().map(|task| task.id).collect();
        let set = self.changes(tasks.into_iter().map(|it| ProjectChange::CreateTask(it.into())));
        self.store.commit(set).await.expect("the tasks are valid");
        ids
    }

    /// A new milestone's value, without a last day. Nothing is written.
    ///
    /// # Panics
    /// When it is no name.
    pub fn new_milestone(&self, project: ProjectId, name: &str) -> Stored<Milestone> {
        let name = Name::new(name).expect("a name");
        self.new_record(Milestone { project, name, description: None, due_on: None })
    }

    /// The task as the store has it.
    ///
    /// # Panics
    /// When there is no such task.
    pub async fn read_task(&self, id: TaskId) -> Task {
        self.store.projects().task(id).await.expect("a read").expect("the task exists")
    }

    /// The change that lets one task wait until the other is finished.
    pub fn link(
        &self,
        project: ProjectId,
        predecessor: TaskId,
        successor: TaskId,
    ) -> ProjectChange {
        let kind = DependencyKind::FinishStart;
        let dependency = Dependency { predecessor, successor, kind, lag_min: 0 };
        ProjectChange::Link { project, dependency }
    }

    /// The project's tasks and how they hang together.
    ///
    /// # Panics
    /// When there is no such project.
    pub async fn task_graph(&self, project: ProjectId) -> TaskGraph {
        self.store.projects().task_graph(project).await.expect("a read").expect("a project")
    }

    /// The value of a time entry on a task that began now and goes on. Nothing is written.
    pub fn new_time(&self, task: &Task, user: UserId) -> TimeEntry {
        TimeEntry {
            id: TimeEntryId::generate(&*self.ids),
            project: task.project,
            task: task.id,
            user,
            started_at: self.now(),
            ended_at: None,
            note: None,
            created_at: self.now(),
            deleted_at: None,
            version: Version::FIRST,
        }
    }
}
