//! The project that the issues go into, and what of them is there already.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context;
use erp_core::{
    Ctx, Engine, Error,
    access::BuiltInRole,
    ctx::IdempotencyKey,
    ids::{ProjectId, TaskId, UserId},
    page::PageRequest,
    projects::{
        NewComment, NewProject, NewTask, ProjectDetails, ProjectQuery, ProjectRole, Shelf,
        TaskQuery,
    },
};

use super::issue::{Issue, SOURCE_LABEL};
use crate::import::{patience::patiently, people::People};

/// The tasks of the import by their ids there, and the people they name. It grows with the file, by
/// two ids and a name for each task.
pub struct Project<'a> {
    engine: &'a Engine,
    ctx: &'a Ctx,
    pub id: ProjectId,
    code: String,
    tasks: HashMap<String, TaskId>,
    names: HashMap<TaskId, String>,
    pub people: People<'a>,
    members: BTreeSet<UserId>,
}

impl<'a> Project<'a> {
    /// The project of this code, made if there is none: this person owns it.
    pub async fn open(
        engine: &'a Engine,
        ctx: &'a Ctx,
        code: &str,
        owner: &str,
    ) -> anyhow::Result<Self> {
        let people = People::open(engine, ctx, vec![BuiltInRole::MEMBER.id]);
        let id = match find(engine, ctx, code).await? {
            Some(id) => id,
            None => {
                let owner = people.user_of(owner).await?;
                let owner = owner.context("no user has the address of --owner")?;
                let new = NewProject {
                    code: code.to_owned(),
                    details: ProjectDetails::named(code),
                    members: vec![(owner, ProjectRole::Owner)],
                };
                engine.projects().create(ctx, new).await.context("cannot make the project")?.id
            }
        };
        let (tasks, names) = (HashMap::new(), HashMap::new());
        let code = code.to_owned();
        let members = BTreeSet::new();
        let mut project = Self { engine, ctx, id, code, tasks, names, people, members };
        project.look_around().await.context("cannot list the tasks")?;
        Ok(project)
    }

    /// The task of this issue, if it is there.
    pub fn task(&self, issue: &str) -> Option<TaskId> {
        self.tasks.get(issue).copied()
    }

    /// The issue of this task, or its id where it is none.
    pub fn name(&self, task: TaskId) -> String {
        self.names.get(&task).cloned().unwrap_or_else(|| task.to_string())
    }

    /// What an earlier import has made: its tasks have a label that names the issue.
    async fn look_around(&mut self) -> Result<(), Error> {
        for shelf in [Shelf::Live, Shelf::Deleted] {
            let query = TaskQuery { shelf, ..TaskQuery::default() };
            let mut page = PageRequest::first(500);
            loop {
                let found =
                    self.engine.projects().tasks(self.ctx, self.id, query.clone(), &page).await?;
                for view in found.items {
                    let mut labels = view.task.details.labels.iter();
                    let source = labels.find_map(|label| label.strip_prefix(SOURCE_LABEL));
                    if let Some(issue) = source {
                        self.note(issue.to_owned(), view.task.id);
                    }
                }
                match found.next {
                    Some(next) => page.cursor = Some(next),
                    None => break,
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, issue: String, task: TaskId) {
        self.names.insert(task, issue.clone());
        self.tasks.insert(issue, task);
    }

    /// Makes the task of an issue, and what was said about it. Returns whether the task is new.
    pub async fn put(&mut self, issue: &Issue) -> Result<bool, Error> {
        let (task, new) = match self.task(&issue.id) {
            Some(task) => (task, false),
            None => (self.make(issue).await?, true),
        };
        if !issue.comments.is_empty() {
            self.say(issue, task).await?;
        }
        Ok(new)
    }

    async fn make(&mut self, issue: &Issue) -> Result<TaskId, Error> {
        let mut details = issue.details.clone();
        if let Some(name) = &issue.assignee {
            details.assignees.push(self.member(name).await?);
        }
        let new = NewTask { details, parent: None, status: Some(issue.status) };
        let key = self.key(&issue.id);
        let ctx = self.ctx.clone().with_idempotency_key(key?);
        let (engine, id) = (self.engine, self.id);
        let made = || async { engine.projects().create_task(&ctx, id, new.clone()).await };
        let task = patiently(made).await?.id;
        self.note(issue.id.clone(), task);
        Ok(task)
    }

    /// The comments that are not there yet.
    async fn say(&mut self, issue: &Issue, task: TaskId) -> Result<(), Error> {
        let page = PageRequest::first(500);
        let there = match self.engine.projects().comments(self.ctx, task, &page).await {
            // It is deleted already, so its comments were written before.
            Err(Error::NotFound { .. }) => return Ok(()),
            there => there?.items,
        };
        for said in &issue.comments {
            let author = self.member(&said.author).await?;
            if there.iter().any(|known| known.author == author && known.body == said.text) {
                continue;
            }
            let key = self.key(&format!("{}/{}", issue.id, said.id))?;
            let ctx = Ctx::user(author).with_idempotency_key(key);
            let new = NewComment { body: said.text.clone(), answers: None };
            let engine = self.engine;
            patiently(|| async { engine.projects().comment(&ctx, task, new.clone()).await })
                .await?;
        }
        Ok(())
    }

    /// The person of this name, in the project.
    async fn member(&mut self, name: &str) -> Result<UserId, Error> {
        let user = self.people.named(name).await?;
        if self.members.insert(user) {
            let role = ProjectRole::Member;
            let store = self.engine.store().projects();
            let access = store.access(self.id, user).await.map_err(Error::from)?;
            if access.is_none_or(|access| access.member.is_none()) {
                self.engine.projects().put_member(self.ctx, self.id, user, role).await?;
            }
        }
        Ok(user)
    }

    /// What makes the same request the same one, should its answer be lost.
    fn key(&self, what: &str) -> Result<IdempotencyKey, Error> {
        IdempotencyKey::new(format!("import-tasks/{}/{what}", self.code))
    }
}

/// The project of this code, if there is one.
pub async fn find(engine: &Engine, ctx: &Ctx, code: &str) -> anyhow::Result<Option<ProjectId>> {
    let mut page = PageRequest::first(500);
    loop {
        let found = engine.projects().projects(ctx, ProjectQuery::default(), &page).await?;
        let same = found.items.iter().find(|project| project.code.eq_ignore_ascii_case(code));
        if let Some(project) = same {
            return Ok(Some(project.id));
        }
        match found.next {
            Some(next) => page.cursor = Some(next),
            None => return Ok(None),
        }
    }
}
