//! What is part of what, and what waits for what. All of it is decided on the graph, and holds only while
//! the graph stays as it was. One more link or another parent needs only what it leads to, which is
//! remembered by the graph's version; what is refused or goes and comes back is decided on the whole.

use serde::{Deserialize, Serialize};

use super::{ProjectService, link, project_audience, task_entity};
use crate::{
    change::{ChangeSet, EntityRef, Guard, NewEvent, Recorder, Scope, Version},
    ctx::Ctx,
    error::{Error, Result},
    ids::{ProjectId, TaskId},
    policy::Action,
    projects::{
        Dependency, DependencyKind, Project, ProjectAccess, ProjectChange, ProjectEvent, Task,
        TaskGraph, rules,
    },
};

/// A dependency to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDependency {
    /// The task that is waited for.
    pub predecessor: TaskId,
    /// The task that waits.
    pub successor: TaskId,
    /// What it waits for.
    pub kind: DependencyKind,
    /// How long it waits after that, in minutes of work; negative to begin before.
    #[serde(default)]
    pub lag_min: i64,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Puts a task under another of its project, or under none (PROJ-5).
    ///
    /// # Errors
    /// Not found, forbidden, a validation error on `parent` when there is no such task, conflicts when
    /// the version is not the present one or tasks would form a ring.
    pub async fn move_task(
        &self,
        ctx: &Ctx,
        id: TaskId,
        expected: Version,
        parent: Option<TaskId>,
    ) -> Result<Task> {
        let attempt = || async {
            let action = Action::TaskMove;
            let (old, access) = self.task_for(ctx, action, id).await?;
            old.version.must_be(expected, "task")?;
            if old.parent == parent {
                return Ok(old);
            }
            let project = old.project;
            let entity = task_entity(project, id);
            let mut set = self.change_in(ctx, action, &access, entity);
            let mut links = self.links(&access.project, parent.into_iter().chain([id])).await?;
            if !links.allows_move(id, parent) {
                let graph = self.graph(project).await?;
                links = rules::Links::of(&graph);
                if let Err(refused) = rules::check_move(&graph, id, parent) {
                    self.engine.links().put(project, links);
                    return Err(match refused {
                        Error::NotFound { .. } => Error::invalid("parent", "no such task"),
                        other => other,
                    });
                }
            }
            self.guard_graph(&mut set, project, links.version());
            let at = set.at();
            set.record(Recorder::new().field("parent", old.parent, parent));
            set.change(ProjectChange::MoveTask { project, id, expected, parent, at });
            let version = expected.next();
            let moved = self.told(set, Task { parent, updated_at: at, version, ..old }).await?;
            links.put_under(id, parent);
            self.engine.links().put(project, links);
            Ok(moved)
        };
        self.engine.retry(attempt).await
    }

    /// Deletes a task and all its parts; their dependencies are hidden with them. Deleting twice
    /// deletes once.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one.
    pub async fn delete_task(&self, ctx: &Ctx, id: TaskId, expected: Version) -> Result<()> {
        let attempt = || async {
            let action = Action::TaskDelete;
            let (old, access) = self.any_task_for(ctx, action, id).await?;
            if old.deleted_at.is_some() {
                return Ok(());
            }
            old.version.must_be(expected, "task")?;
            let project = old.project;
            let entity = task_entity(project, id);
            let (mut set, graph) = self.graph_change(ctx, action, &access, entity).await?;
            let tasks = rules::deleted_with(&graph, id)?;
            let at = set.at();
            set.record(Recorder::new().created("deleted_at", at).created("tasks", &tasks));
            let with = tasks.clone();
            set.change(ProjectChange::DeleteTasks { project, id, expected, tasks: with, at });
            let event = ProjectEvent::TasksDeleted { project, task: id, tasks, deleted_at: at };
            set.event(NewEvent::new(event, project_audience(project)));
            self.engine.commit(set).await?;
            Ok(())
        };
        self.engine.retry(attempt).await
    }

    /// Restores a deleted task and what was deleted with it; what had been deleted before stays so
    /// . Dependencies are checked anew (PROJ-6).
    ///
    /// # Errors
    /// Not found, forbidden, a precondition error when it was deleted with another, conflicts when the
    /// version is not the present one or tasks would form a ring.
    pub async fn restore_task(&self, ctx: &Ctx, id: TaskId, expected: Version) -> Result<Task> {
        let attempt = || async {
            let action = Action::TaskRestore;
            let (old, access) = self.any_task_for(ctx, action, id).await?;
            let Some(deleted_at) = old.deleted_at else { return Ok(old) };
            old.version.must_be(expected, "task")?;
            let project = old.project;
            let entity = task_entity(project, id);
            let (mut set, graph) = self.graph_change(ctx, action, &access, entity).await?;
            let tasks = rules::restored_with(&graph, id)?;
            let gone = serde_json::Value::Null;
            set.record(Recorder::new().field("deleted_at", deleted_at, gone));
            set.change(ProjectChange::RestoreTasks { project, id, expected });
            let event = ProjectEvent::TasksRestored { project, task: id, tasks };
            set.event(NewEvent::new(event, project_audience(project)));
            self.engine.commit(set).await?;
            let version = expected.next();
            Ok(Task { deleted_at: None, deleted_with: None, version, ..old })
        };
        self.engine.retry(attempt).await
    }

    /// Makes a task wait for another of the same project.
    ///
    /// # Errors
    /// Not found when there is no such pair of tasks in one project, forbidden, a validation error on
    /// `lag_min`, conflicts when the pair has a dependency or tasks would form a ring (PROJ-3).
    pub async fn link_tasks(&self, ctx: &Ctx, new: NewDependency) -> Result<Dependency> {
        let NewDependency { predecessor, successor, kind, lag_min } = new;
        let dependency = Dependency { predecessor, successor, kind, lag_min };
        let attempt = || async {
            let action = Action::TaskLink;
            let (task, access) = self.task_for(ctx, action, successor).await?;
            rules::check_lag(lag_min)?;
            let project = task.project;
            let entity = task_entity(project, successor);
            let mut set = self.change_in(ctx, action, &access, entity);
            let mut links = self.links(&access.project, [predecessor, successor]).await?;
            if !links.allows_link(dependency) {
                let graph = self.graph(project).await?;
                links = rules::Links::of(&graph);
                if let Err(refused) = rules::check_link(&graph, dependency) {
                    self.engine.links().put(project, links);
                    return Err(refused);
                }
            }
            self.guard_graph(&mut set, project, links.version());
            let recorder = link(&mut set, &access.project, dependency);
            set.record(recorder);
            self.engine.commit(set).await?;
            links.link(dependency);
            self.engine.links().put(project, links);
            Ok(dependency)
        };
        self.engine.retry(attempt).await
    }

    /// Makes a task wait for another no more; where it does not wait, nothing is written.
    ///
    /// # Errors
    /// Not found, forbidden.
    pub async fn unlink_tasks(
        &self,
        ctx: &Ctx,
        predecessor: TaskId,
        successor: TaskId,
    ) -> Result<()> {
        let attempt = || async {
            let action = Action::TaskUnlink;
            let (task, access) = self.task_for(ctx, action, successor).await?;
            let project = task.project;
            let edges = self.engine.store().projects().dependencies(successor).await?;
            let same =
                |edge: &&Dependency| (edge.predecessor, edge.successor) == (predecessor, successor);
            let Some(old) = edges.iter().find(same) else { return Ok(()) };
            let mut set = self.change_in(ctx, action, &access, task_entity(project, successor));
            self.guard_graph(&mut set, project, access.project.graph);
            let gone = serde_json::Value::Null;
            set.record(Recorder::new().field("predecessor", predecessor, gone).field(
                "kind",
                old.kind,
                serde_json::Value::Null,
            ));
            set.change(ProjectChange::Unlink { project, predecessor, successor });
            let event = ProjectEvent::TaskUnlinked { project, predecessor, successor };
            set.event(NewEvent::new(event, project_audience(project)));
            self.engine.commit(set).await?;
            Ok(())
        };
        self.engine.retry(attempt).await
    }

    /// The dependencies that a task is in, those with deleted tasks left out, by predecessor and
    /// successor.
    ///
    /// # Errors
    /// Not found.
    pub async fn dependencies(&self, ctx: &Ctx, task: TaskId) -> Result<Vec<Dependency>> {
        self.task_for(ctx, Action::ProjectRead, task).await?;
        let projects = self.engine.store().projects();
        let edges = projects.dependencies(task).await?;
        let ends: Vec<TaskId> =
            edges.iter().flat_map(|edge| [edge.predecessor, edge.successor]).collect();
        let live: Vec<TaskId> = projects
            .tasks_by_id(&ends)
            .await?
            .into_iter()
            .filter(|task| task.deleted_at.is_none())
            .map(|task| task.id)
            .collect();
        let shown =
            |edge: &Dependency| live.contains(&edge.predecessor) && live.contains(&edge.successor);
        Ok(edges.into_iter().filter(shown).collect())
    }

    /// The whole graph of a project's live tasks, as a chart draws it.
    ///
    /// # Errors
    /// Not found.
    pub async fn task_graph(&self, ctx: &Ctx, project: ProjectId) -> Result<TaskGraph> {
        self.project_for(ctx, Action::ProjectRead, project).await?;
        Ok(rules::live_part(self.graph(project).await?))
    }

    pub(in super::super) async fn graph(&self, project: ProjectId) -> Result<TaskGraph> {
        let graph = self.engine.store().projects().task_graph(project).await?;
        graph.ok_or(Error::NotFound { entity: "project" })
    }

    /// How a project's tasks hang together, as this node remembers it or as it is, with these tasks as far
    /// as they are there.
    async fn links(
        &self,
        project: &Project,
        tasks: impl IntoIterator<Item = TaskId>,
    ) -> Result<rules::Links> {
        let Some(mut links) = self.engine.links().take(project.id, project.graph) else {
            return Ok(rules::Links::of(&self.graph(project.id).await?));
        };
        let new: Vec<TaskId> = tasks.into_iter().filter(|task| !links.knows(*task)).collect();
        if !new.is_empty() {
            let there = self.engine.store().projects().tasks_by_id(&new).await?;
            for task in there.iter().filter(|task| task.project == project.id) {
                // What is deleted or a part of another, the graph's version tells of.
                if task.deleted_at.is_some() || task.parent.is_some() {
                    return Ok(rules::Links::of(&self.graph(project.id).await?));
                }
                links.add(task.id);
            }
        }
        Ok(links)
    }

    /// A change that is decided on the graph that comes with it, and holds only for that.
    async fn graph_change(
        &self,
        ctx: &Ctx,
        action: Action,
        access: &ProjectAccess,
        entity: EntityRef,
    ) -> Result<(ChangeSet, TaskGraph)> {
        let graph = self.graph(access.project.id).await?;
        let mut set = self.change_in(ctx, action, access, entity);
        self.guard_graph(&mut set, graph.project, graph.version);
        Ok((set, graph))
    }

    fn guard_graph(&self, set: &mut ChangeSet, project: ProjectId, version: Version) {
        set.guard(Guard::Held(Scope::task_graph(project), version));
    }
}
