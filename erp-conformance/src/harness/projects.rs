//! Projects and their members of a case.

use erp_core::{
    change::Version,
    ids::{ProjectId, UserId},
    projects::{Project, ProjectChange, ProjectDetails, ProjectMember, ProjectRole, ProjectStatus},
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
}
